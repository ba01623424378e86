"""Forms around talks."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from coursesite.roster.models import Course, Enrollment, User
from coursesite.roster.moments import plausible
from coursesite.schedule.models import Lecture

from .. import slotting
from ..models import Feedback, Presentation, Slot

MOMENT = "%Y-%m-%dT%H:%M"
FORMATS = [MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


def moment_field(**options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(widget=widget, input_formats=FORMATS, validators=[plausible], **options)


class OpenForm(forms.Form):
    """Days from the lecture schedule, or one day by hand; lengths and rooms are the same for all of them."""

    lectures = forms.ModelMultipleChoiceField(
        Lecture.objects.none(), label="In these lectures", required=False, widget=forms.CheckboxSelectMultiple
    )
    day = forms.DateField(
        label="Or on a day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[plausible],
    )
    begin = forms.TimeField(label="from", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(label="to", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    rooms = forms.CharField(
        label="Rooms", max_length=300, help_text="Several, separated by commas, run at the same time."
    )
    minutes = forms.IntegerField(label="Minutes for a team", min_value=3, max_value=240, initial=15)
    pause = forms.IntegerField(label="Minutes between", min_value=0, max_value=120, initial=0)

    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Lecture.objects.filter(course=course, ends_at__gt=timezone.now())
        self.fields["lectures"].queryset = rows  # type: ignore[attr-defined]
        self.fields["lectures"].label_from_instance = label  # type: ignore[attr-defined]
        self.fields["rooms"].initial = rows.exclude(room="").values_list("room", flat=True).first()

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        by_hand = [found.get(name) for name in ("day", "begin", "end")]
        if any(by_hand) and not all(by_hand):
            self.add_error("day", "A day by hand needs a date, from and to.")
        if not any(by_hand) and not found.get("lectures"):
            self.add_error("lectures", "Choose lectures, or a day.")
        if not self.errors:
            self.plan(found)
        return found

    def plan(self, found: dict[str, Any]) -> None:
        spans = [(lecture.starts_at, lecture.ends_at) for lecture in found["lectures"]]
        if found["day"]:
            spans.append((local(found["day"], found["begin"]), local(found["day"], found["end"])))
        rooms = slotting.rooms_of(found["rooms"])
        length, pause = timedelta(minutes=found["minutes"]), timedelta(minutes=found["pause"])
        self.planned = slotting.plan(spans, rooms=rooms, length=length, pause=pause)
        if not self.planned:
            self.add_error(None, "Not one slot of this length fits.")
        if len(self.planned) > slotting.MOST:
            self.add_error(None, f"{slotting.MOST} slots at a time, at most.")
        if any(len(room) > 100 for room in rooms):
            self.add_error("rooms", "A room's name has 100 letters at most.")


def label(lecture: Lecture) -> str:
    begin, end = timezone.localtime(lecture.starts_at), timezone.localtime(lecture.ends_at)
    return f"{begin:%a} {begin.day} {begin:%b}, {begin:%H:%M} to {end:%H:%M}: {lecture.title}"


def local(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Read by the service; nothing is saved here."""

    locks_at = moment_field(label="Teams book until", required=False)

    class Meta:
        model = Presentation
        fields = ("locks_at", "combining", "decider")

    def __init__(self, course: Course, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        staff = Enrollment.objects.active().staff().filter(course=course)
        self.fields["decider"].queryset = User.objects.filter(enrollments__in=staff)  # type: ignore[attr-defined]
        self.fields["decider"].label = "Who decides"


class SlotForm(forms.ModelForm):  # type: ignore[type-arg]
    starts_at = moment_field(label="From")
    ends_at = moment_field(label="To")

    class Meta:
        model = Slot
        fields = ("starts_at", "ends_at", "room")

    def _post_clean(self) -> None:
        """The service validates and saves."""


class FeedbackForm(forms.Form):
    text = forms.CharField(
        label="What was good, and what would make it better?",
        max_length=Feedback.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": Feedback.LONGEST}),
    )
