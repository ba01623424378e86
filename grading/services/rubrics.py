"""Rubrics made and changed, before grading or amid it: every mark that uses an item follows, and so do course grades.

TAs and instructors write items; what holds for the whole rubric (scoring, floor, cap) is the instructor's.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from coursesite.handin.models import Problem
from coursesite.roster.history import events_of
from coursesite.roster.models import User

from .. import permissions
from ..models import Mark, Rubric, RubricGroup, RubricItem
from ..rubric_policy import Scoring
from . import computing, rewriting

CHANGED = "Somebody has changed this item meanwhile. Look at it again, and save again."
KEPT = ("text", "points", "group_id", "removed_at")


def begin(problem: Problem, by: User) -> Rubric:
    """The problem's rubric, in nobody else's hands until the transaction ends."""
    permissions.check_marks(by, problem.assignment.course)
    rewriting.hold([problem], shared=False)
    rubric, _ = Rubric.objects.get_or_create(problem=problem)
    return rubric


def follow(problem: Problem) -> int:
    changed = rewriting.rewrite(problem)
    computing.soon()
    return changed


@transaction.atomic
def add_item(*, problem: Problem, by: User, text: str, points: Decimal, group: RubricGroup | None = None) -> RubricItem:
    rubric = begin(problem, by)
    last = rubric.items.aggregate(last=Max("position"))["last"]
    item = RubricItem(rubric=rubric, position=0 if last is None else last + 1)
    write(item, text, points, group)
    return item


@transaction.atomic
def edit_item(
    *, item: RubricItem, by: User, text: str, points: Decimal, group: RubricGroup | None, version: int
) -> int:
    """Returns how many marks came out otherwise; none where only the text changed."""
    problem = item.rubric.problem
    begin(problem, by)
    row = RubricItem.objects.get(pk=item.pk)
    if row.version != version:
        raise ValidationError(CHANGED, code="conflict")
    row.version += 1
    write(row, text, points, group)
    return follow(problem)


def write(item: RubricItem, text: str, points: Decimal, group: RubricGroup | None) -> None:
    if group and group.rubric_id != item.rubric_id:
        raise ValidationError({"group": "This group belongs to another rubric."})
    item.text, item.points, item.group = text.strip(), points, group
    item.full_clean()
    item.save()


@transaction.atomic
def remove_item(*, item: RubricItem, by: User) -> int:
    """It counts for nobody from now on; what it alone graded is open again."""
    return set_removed(item, by, removed=True)


@transaction.atomic
def restore_item(*, item: RubricItem, by: User) -> int:
    """With everything that it applied to."""
    return set_removed(item, by, removed=False)


def set_removed(item: RubricItem, by: User, *, removed: bool) -> int:
    problem = item.rubric.problem
    begin(problem, by)
    row = RubricItem.objects.get(pk=item.pk)
    row.removed_at, row.version = (timezone.now() if removed else None), row.version + 1
    row.save()
    return follow(problem)


@transaction.atomic
def undo(*, item: RubricItem, by: User, version: int) -> int:
    """The item as it was before its last change, which made `version`; an item that is new goes again."""
    problem = item.rubric.problem
    begin(problem, by)
    row = RubricItem.objects.get(pk=item.pk)
    if row.version != version:
        raise ValidationError(CHANGED, code="conflict")
    events: Any = events_of(RubricItem)
    before = events.objects.filter(pgh_obj=row.pk, version__lt=version).order_by("pgh_id").last()
    for name in KEPT:
        setattr(row, name, getattr(before, name) if before else getattr(row, name))
    if before is None:
        row.removed_at = timezone.now()
    if row.group_id and not RubricGroup.objects.filter(pk=row.group_id).exists():
        row.group = None
    row.version = version + 1
    row.full_clean()
    row.save()
    return follow(problem)


@transaction.atomic
def arrange(*, problem: Problem, by: User, order: Sequence[int]) -> None:
    """Items in this order; those it does not name come after."""
    rubric = begin(problem, by)
    wanted = {key: place for place, key in enumerate(order)}
    rows = sorted(rubric.items.all(), key=lambda row: (wanted.get(row.pk, len(wanted)), row.position, row.pk))
    for position, row in enumerate(rows):
        row.position = position
    RubricItem.objects.bulk_update(rows, ["position"])


@transaction.atomic
def set_rule(*, problem: Problem, by: User, scoring: Scoring, floored: bool, capped: bool) -> int:
    permissions.check_leads(by, problem.assignment.course)
    rubric = begin(problem, by)
    rubric.scoring, rubric.floored, rubric.capped = scoring.value, floored, capped
    rubric.full_clean()
    rubric.save()
    return follow(problem)


@transaction.atomic
def add_group(*, problem: Problem, by: User, title: str, choose_one: bool) -> RubricGroup:
    rubric = begin(problem, by)
    group = RubricGroup(rubric=rubric, position=rubric.groups.count())
    return write_group(group, title, choose_one)


@transaction.atomic
def arrange_groups(*, problem: Problem, by: User, order: Sequence[int]) -> None:
    """Groups in this order; those it does not name come after."""
    rubric = begin(problem, by)
    wanted = {key: place for place, key in enumerate(order)}
    rows = sorted(rubric.groups.all(), key=lambda row: (wanted.get(row.pk, len(wanted)), row.position, row.pk))
    for position, row in enumerate(rows):
        row.position = position
    RubricGroup.objects.bulk_update(rows, ["position"])


@transaction.atomic
def edit_group(*, group: RubricGroup, by: User, title: str, choose_one: bool) -> RubricGroup:
    begin(group.rubric.problem, by)
    return write_group(group, title, choose_one)


def write_group(group: RubricGroup, title: str, choose_one: bool) -> RubricGroup:
    group.title, group.choose_one = title.strip(), choose_one
    group.full_clean()
    group.save()
    return group


@transaction.atomic
def remove_group(*, group: RubricGroup, by: User) -> None:
    """Its items stay, without a group."""
    begin(group.rubric.problem, by)
    group.delete()


def marks_using(item: RubricItem) -> QuerySet[Mark]:
    return Mark.objects.filter(applied__item=item)
