"""Many cells of one column at once, as pasting, ticking and typing in the gradebook do: looked through first, then
written by one statement, all or nothing. What one cell may become is `awarding.check`'s to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster.models import Enrollment, User

from .. import permissions, written
from ..models import Item, Score, Source
from ..policy import State
from ..written import CLEAR, Wanted
from . import awarding, computing, scoring

FIELDS = ["state", "raw_points", "points", "source", "reason", "changed_at"]


class Entry(NamedTuple):
    """`seen` is what stood there when it was decided (written.short), None when that doesn't matter."""

    wanted: Wanted
    seen: str | None = None


@dataclass(frozen=True)
class Change:
    """One cell: what stands there, what it would become, and why not, if so."""

    student: Enrollment
    was: Score | None
    entry: Entry
    refused: str = ""

    @property
    def stands(self) -> str:
        return written.short(self.was.state, self.was.points) if self.was else "u"

    @property
    def becomes(self) -> str:
        return written.short(*self.entry.wanted)

    @property
    def conflicts(self) -> bool:
        """Somebody has changed it since it was looked at, and not to what is wanted now."""
        return self.entry.seen not in (None, self.stands) and self.stands != self.becomes

    @property
    def changes(self) -> bool:
        """What marks or the deadline say can't be cleared, only set over."""
        if self.refused:
            return False
        if self.entry.wanted == CLEAR:
            return self.was is not None and self.was.source != Source.MARKS
        return self.stands != self.becomes


class Conflict(ValidationError):
    """Cells that somebody else has changed meanwhile; nothing was written."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__([f"{change.student.user} has {written.told(change.stands)} meanwhile." for change in changes])
        self.changes = changes


def look(*, item: Item, entries: Mapping[int, Entry], reason: str) -> list[Change]:
    """What these entries, by enrolment, would do, in the order of names; two queries."""
    students = Enrollment.objects.filter(pk__in=entries, course=item.category.course_id).select_related("user")
    there = {score.enrollment_id: score for score in Score.objects.filter(item=item, enrollment__in=entries)}
    return [
        Change(student, there.get(student.pk), entries[student.pk], refusal(item, student, entries[student.pk], reason))
        for student in students
    ]


def refusal(item: Item, student: Enrollment, entry: Entry, reason: str) -> str:
    try:
        awarding.check(item, student, entry.wanted.state, entry.wanted.points, reason)
    except ValidationError as problem:
        return " ".join(problem.messages)
    return ""


@transaction.atomic
def enter(*, item: Item, entries: Mapping[int, Entry], by: User, reason: str = "") -> list[Change]:
    """Writes what changes and returns it. Conflict when somebody was quicker, ValidationError for what can't be."""
    permissions.check_leads(by, item.category.course)
    # Locked: the deadline job, a mark or another entry may meet at these students.
    list(Enrollment.objects.filter(pk__in=entries).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found = look(item=item, entries=entries, reason=reason)
    if len(found) < len(entries):
        raise ValidationError("Somebody among them is no student of this course.")
    refused = [change.refused for change in found if change.refused]
    if refused:
        raise ValidationError(sorted(set(refused)))
    conflicts = [change for change in found if change.conflicts]
    if conflicts:
        raise Conflict(conflicts)
    changed = [change for change in found if change.changes]
    with pghistory.context(reason=reason.strip()):
        write(item, [change for change in changed if change.entry.wanted != CLEAR], reason.strip())
        clear(item, [change for change in changed if change.entry.wanted == CLEAR])
    computing.soon()
    return changed


def write(item: Item, changes: Sequence[Change], reason: str) -> None:
    rows = [score(item, change, reason) for change in changes]
    Score.objects.bulk_create(rows, update_conflicts=True, unique_fields=["enrollment", "item"], update_fields=FIELDS)


def score(item: Item, change: Change, reason: str) -> Score:
    wanted = change.entry.wanted
    row = Score(item=item, enrollment=change.student, state=wanted.state.value, source=Source.ENTRY, reason=reason)
    row.points = row.raw_points = wanted.points if wanted.state == State.GRADED else None  # type: ignore[assignment]
    row.changed_at = timezone.now()
    row.clean_fields(exclude=["item", "enrollment"])
    return row


def clear(item: Item, changes: Sequence[Change]) -> None:
    """The marks count again; without any the cell is open."""
    rows = Score.objects.filter(item=item, enrollment__in=[change.student.pk for change in changes])
    rows.update(source=Source.MARKS, state=State.UNGRADED.value, points=None, raw_points=None, reason="")
    if item.assignment:
        for change in changes:
            scoring.refresh(assignment=item.assignment, enrollment=change.student)
