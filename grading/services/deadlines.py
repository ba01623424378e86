"""The deadline job, the only one that writes *missing*."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from coursesite.handin import policy as late
from coursesite.handin import queries as handin
from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, Membership

from ..models import Item, Score, Source
from ..policy import State
from .scoring import due_members


def write_missing(*, now: datetime) -> int:
    """Every student whose last moment has passed with nothing handed in; safe to run at any time, many at once."""
    due = Item.objects.filter(assignment__due_at__lt=now).select_related("assignment", "category")
    return sum(write_missing_of(item, now) for item in due)


@transaction.atomic
def write_missing_of(item: Item, now: datetime) -> int:
    assignment = item.assignment
    assert assignment is not None
    closes = late.last_moment(assignment.late_rule)
    # A deadline that was past already when the course was loaded says nothing about its students.
    if now <= closes or assignment.created_at >= closes:
        return 0
    found = candidates(item, closes, now)
    if not found.exists():
        return 0
    # Locked, and asked again: somebody may be handing in, or be given more time, at this moment.
    list(Enrollment.objects.filter(pk__in=found.values("pk")).order_by("pk").select_for_update(no_key=True))
    left = candidates(item, closes, now)
    rows = [Score(item=item, enrollment=student, state=State.MISSING.value) for student in left]
    Score.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["enrollment", "item"],
        update_fields=["state", "penalty", "floor", "changed_at"],
    )
    return len(rows)


def candidates(item: Item, closes: datetime, now: datetime) -> QuerySet[Enrollment]:
    """Active students, enrolled before the last moment, who have no work, no score and no time left there."""
    students = Enrollment.objects.filter(course=item.category.course_id).students().active()
    settled = ~Q(state=State.UNGRADED.value) | ~Q(source=Source.MARKS)
    return students.filter(enrolled_at__lt=closes).exclude(
        Q(pk__in=Score.objects.filter(settled, item=item).values("enrollment"))
        | Q(pk__in=handed_in(item))
        | Q(pk__in=with_time_left(item, now))
    )


def with_time_left(item: Item, now: datetime) -> list[int]:
    """Who may still hand in, by more time of their own or of the team that they were in when it was due."""
    assert item.assignment
    left = handin.with_time_left(item.assignment, now)
    return [student.pk for owner in left for student in due_members(item.assignment, owner, now)]


def handed_in(item: Item) -> QuerySet[Enrollment]:
    work = Submission.objects.current().filter(assignment=item.assignment_id)
    assignment = item.assignment
    if assignment is None or not assignment.by_team:
        return Enrollment.objects.filter(pk__in=work.filter(team=None).values("enrollment"))
    teams = work.filter(enrollment=None).values("team")
    members = Membership.objects.at(assignment.due_at).filter(team__in=teams)
    return Enrollment.objects.filter(pk__in=members.values("enrollment"))
