"""How the optimiser weighs, and what staff do with teams."""

from typing import Any

from django import forms

from coursesite.roster.models import Course, Enrollment, Team

from ..models import MOST
from ..optimiser.values import Weights


def weight(label: str, initial: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST, initial=initial, help_text=help_text)


class WeighForm(forms.Form):
    interests = weight("Shared interests", Weights.interests, "topics and keywords that both have named")
    hours = weight("Common free hours", Weights.hours, "blocks of the week in which all are free")
    sections = weight("Nobody alone from a section", Weights.sections, "10 avoids it wherever it can be avoided")
    seed = forms.IntegerField(
        label="Seed", min_value=0, max_value=2**31 - 1, initial=1,
        help_text="the same number gives the same teams; another one may find others that are as good",
    )  # fmt: skip
    extends = forms.BooleanField(
        label="Complete teams with a place left may take somebody in, if the sizes ask for it", required=False
    )

    def weights(self) -> Weights:
        found = self.cleaned_data
        return Weights(found["interests"], found["hours"], found["sections"])


class SeatForm(forms.Form):
    """Somebody in a proposal goes to another team of it."""

    student = forms.ModelChoiceField(Enrollment.objects.none(), empty_label="Choose a student")
    number = forms.TypedChoiceField(label="to", coerce=int)

    def __init__(self, seated: list[Enrollment], teams: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["student"].queryset = Enrollment.objects.filter(pk__in=[row.pk for row in seated])  # type: ignore[attr-defined]
        choices = [(number, f"team {number}") for number in range(1, teams + 1)]
        self.fields["number"].choices = [*choices, (teams + 1, "a new team")]  # type: ignore[attr-defined]
        self.fields["student"].choices = [(row.pk, str(row.user)) for row in seated]  # type: ignore[attr-defined]


class StaffForm(forms.Form):
    """One act of staff on teams, with its reason."""

    reason = forms.CharField(max_length=300, label="Why")
    over_size = forms.BooleanField(label="Beyond the size", required=False)

    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.course = course


def teams_field(course: Course, **options: Any) -> Any:
    return forms.ModelChoiceField(Team.objects.filter(course=course), **options)


def students_of(course: Course) -> Any:
    return Enrollment.objects.active().students().filter(course=course).select_related("user")


class MoveForm(StaffForm):
    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(course, *args, **options)
        self.fields["student"] = forms.ModelChoiceField(students_of(course), empty_label="Choose a student")
        self.fields["team"] = teams_field(course, required=False, empty_label="in no team")
        self.fields["student"].label_from_instance = lambda row: str(row.user)  # type: ignore[attr-defined]
        self.order_fields(["student", "team", "reason", "over_size"])


class MergeForm(StaffForm):
    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(course, *args, **options)
        self.fields["team"] = teams_field(course, label="Everybody of", empty_label="Choose a team")
        self.fields["into"] = teams_field(course, label="into", empty_label="Choose a team")
        self.order_fields(["team", "into", "reason", "over_size"])


class SplitForm(StaffForm):
    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(course, *args, **options)
        self.fields["team"] = teams_field(course)
        self.fields["leaving"] = forms.ModelMultipleChoiceField(students_of(course))
        self.fields["name"] = forms.CharField(max_length=100)
        del self.fields["over_size"]
