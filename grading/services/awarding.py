"""Scores set by a person, over marks or without them; and their release."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster.models import Enrollment, Role, User

from .. import permissions
from ..models import Item, Score, Source
from ..policy import State
from . import computing, scoring, telling


@transaction.atomic
def award(
    *, item: Item, enrollment: Enrollment, by: User, state: State, points: Decimal | None = None, reason: str = "",
    comment: str | None = None,
) -> Score:  # fmt: skip
    """Sets one score apart, with a reason where marks are overridden. Points are net of any penalty. The comment is
    what the student reads beside them; None leaves it as it is."""
    permissions.check_leads(by, item.category.course)
    check(item, enrollment, state, points, reason)
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    score = Score.objects.filter(item=item, enrollment=enrollment).first()
    score = score or Score(item=item, enrollment=enrollment)
    score.state, score.source, score.reason = state.value, Source.ENTRY, reason.strip()
    score.points = score.raw_points = points if state == State.GRADED else None  # type: ignore[assignment]
    score.comment = score.comment if comment is None else comment.strip()
    score.full_clean()
    score.save()
    computing.soon()
    return score


def check(item: Item, enrollment: Enrollment, state: State, points: Decimal | None, reason: str) -> None:
    """ValidationError by field."""
    mistakes = {}
    if enrollment.course_id != item.category.course_id or enrollment.role != Role.STUDENT:
        mistakes["enrollment"] = "This is no student of the item's course."
    if item.assignment_id and not reason.strip():
        mistakes["reason"] = "Say why this score is set by hand."
    if state == State.GRADED and points is None:
        mistakes["points"] = "A graded score needs points."
    if mistakes:
        raise ValidationError(mistakes)


@transaction.atomic
def take_back(*, item: Item, enrollment: Enrollment, by: User) -> None:
    """Ends an override: the score is again what submission and marks say."""
    permissions.check_leads(by, item.category.course)
    Score.objects.filter(item=item, enrollment=enrollment).update(
        source=Source.MARKS, state=State.UNGRADED.value, points=None, raw_points=None, reason="", comment=""
    )
    if item.assignment:
        scoring.refresh(assignment=item.assignment, enrollment=enrollment)
    computing.soon()


@transaction.atomic
def release(*, items: Sequence[Item], by: User) -> int:
    """Students see these scores from now on, and are told so once; returns how many items were not released before."""
    count = set_released(items, by, hidden=True)
    for item in Item.objects.select_for_update(no_key=True).filter(pk__in=[i.pk for i in items], announced_at=None):
        announce(item)
    return count


def announce(item: Item) -> None:
    """Once, however often it is released."""
    telling.released(item)
    item.announced_at = timezone.now()
    item.save(update_fields=["announced_at"])


@transaction.atomic
def unrelease(*, items: Sequence[Item], by: User) -> int:
    """Hides these scores again, and forgets what was planned; returns how many were released."""
    count = set_released(items, by, hidden=False)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(release_at=None)
    return count


def set_released(items: Sequence[Item], by: User, *, hidden: bool) -> int:
    for item in items:
        permissions.check_leads(by, item.category.course)
    computing.soon()
    rows = Item.objects.filter(pk__in=[item.pk for item in items], released_at__isnull=hidden)
    return rows.update(released_at=timezone.now() if hidden else None, release_at=None)


@transaction.atomic
def plan_release(*, items: Sequence[Item], by: User, at: datetime, now: datetime) -> int:
    """The worker releases them at that moment; returns how many. What is released already stays as it is."""
    for item in items:
        permissions.check_leads(by, item.category.course)
    if not now < at <= now + timedelta(days=366):
        raise ValidationError({"at": "Choose a moment that lies ahead, within a year."})
    return Item.objects.filter(pk__in=[item.pk for item in items], released_at=None).update(release_at=at)


@transaction.atomic
def release_due(*, now: datetime) -> int:
    """What was planned up to now. Beat asks every minute; two workers at once never release the same item twice."""
    due = Item.objects.filter(release_at__lte=now, released_at=None).select_related("category__course")
    items = list(due.select_for_update(no_key=True, skip_locked=True, of=("self",)))
    Item.objects.filter(pk__in=[item.pk for item in items]).update(released_at=now, release_at=None)
    for item in items:
        item.released_at, item.release_at = now, None
        if item.announced_at is None:
            announce(item)
    if items:
        computing.soon()
    return len(items)
