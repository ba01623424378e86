"""Interests, wishes, free hours; project ideas; what the board is narrowed to."""

import re
from typing import Any

from django import forms

from coursesite.roster.models import Course, Enrollment
from coursesite.schedule.models import Topic

from ..models import BLOCKS, DASH, DAYS, HOURS, Idea, Profile, block_name
from ..services import Proposal, Told

MOST_WORDS = 12


class WordsField(forms.CharField):
    """A list, written with commas between."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=500, **options)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        found = [" ".join(word.split()) for word in re.split(r"[,;\n]", text) if word.strip()]
        long = next((word for word in found if len(word) > 40), None)
        if long:
            raise forms.ValidationError(f"“{long[:40]}…” is too long; put commas between.")
        if len(found) > MOST_WORDS:
            raise forms.ValidationError(f"Name {MOST_WORDS} at most.")
        return list({word.casefold(): word for word in found}.values())


def topics_field(label: str) -> Any:
    return forms.ModelMultipleChoiceField(
        Topic.objects.none(), required=False, label=label, widget=forms.CheckboxSelectMultiple
    )


class InterestsForm(forms.Form):
    topics = topics_field("Topics of the course that interest you")
    keywords = WordsField(label="Other interests", help_text="With commas between: medical images, music")
    skills = WordsField(label="What you can do", help_text="With commas between: PyTorch, writing, statistics")
    about = forms.CharField(
        label="In your own words", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    hours = forms.TypedMultipleChoiceField(
        label="When you are free in a usual week",
        required=False,
        coerce=int,
        choices=[(n, block_name(n)) for n in BLOCKS],
    )
    seeking = forms.BooleanField(label="Show me on the board while I am in no team", required=False, initial=True)

    def __init__(self, student: Enrollment, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.student = student
        self.fields["topics"].queryset = Topic.objects.filter(course=student.course)  # type: ignore[attr-defined]
        mates = Enrollment.objects.active().students().filter(course=student.course).exclude(pk=student.pk)
        for number in range(1, student.course.team_max):
            self.fields[f"wish-{number}"] = forms.ModelChoiceField(
                mates.select_related("user"), required=False, label=f"Classmate {number}", empty_label="nobody"
            )
            self.fields[f"wish-{number}"].label_from_instance = lambda mate: str(mate.user)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, student: Enrollment, row: Profile | None) -> "InterestsForm":
        if row is None:
            return cls(student)
        initial = {name: getattr(row, name) for name in ("keywords", "skills", "about", "hours", "seeking")}
        wishes = {f"wish-{n}": wish for n, wish in enumerate(row.wishes.all(), 1)}
        return cls(student, initial=initial | wishes | {"topics": list(row.topics.all())})

    def wish_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("wish-")]

    def week(self) -> list[tuple[str, list[tuple[str, int, bool]]]]:
        """Rows of the grid: the hours, and for each day name, block and whether it is ticked."""
        ticked = {int(value) for value in self["hours"].value() or [] if str(value).isdecimal()}
        width = len(HOURS)
        return [
            (f"{hour}{DASH}{hour + 2}", [(day, d * width + h, d * width + h in ticked) for d, day in enumerate(DAYS)])
            for h, hour in enumerate(HOURS)
        ]

    def told(self) -> Told:
        found = self.cleaned_data
        wishes = {mate.pk: mate for name, mate in found.items() if name.startswith("wish-") and mate}
        return Told(
            topics=list(found["topics"]), keywords=found["keywords"], about=found["about"], skills=found["skills"],
            hours=found["hours"], wishes=list(wishes.values()), seeking=found["seeking"],
        )  # fmt: skip


class IdeaForm(forms.Form):
    title = forms.CharField(label="Title", max_length=120)
    text = forms.CharField(
        label="What it is about", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Markdown; maths between $ signs. Which question, which data, what would count as success?",
    )  # fmt: skip
    skills = WordsField(label="Skills that are wanted", help_text="With commas between")
    topics = topics_field("Topics")

    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["topics"].queryset = Topic.objects.filter(course=course)  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(idea: Idea) -> dict[str, Any]:
        return {name: getattr(idea, name) for name in ("title", "text", "skills")} | {"topics": list(idea.topics.all())}

    def proposal(self) -> Proposal:
        found = self.cleaned_data
        return Proposal(found["title"], found["text"], list(found["topics"]), found["skills"])


class BoardForm(forms.Form):
    """What the board is narrowed to; whatever can't be understood narrows nothing."""

    topic = forms.ModelChoiceField(Topic.objects.none(), required=False, label="Topic", empty_label="all topics")
    words = forms.CharField(required=False, max_length=60, label="Name, skill or word")

    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["topic"].queryset = Topic.objects.filter(course=course)  # type: ignore[attr-defined]
