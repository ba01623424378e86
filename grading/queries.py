"""Reports that span models: the scheme of a course as the policy reads it, and students' cells."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from coursesite.handin.models import Kind
from coursesite.handin.policy import net
from coursesite.roster.models import Course

from . import policy
from .models import Category, Cutoff, Item, Score

Cells = dict[int, policy.Cell]
GRADED, UNGRADED = policy.State.GRADED.value, policy.State.UNGRADED.value
CELL = ("state", "points", "penalty", "floor", "item__points_possible", "item__released_at")
READ = tuple(attrgetter(name.replace("__", ".")) for name in CELL)


def scheme(course: Course) -> policy.Scheme:
    """Three queries, whatever the size of the course."""
    items = defaultdict(list)
    for item in Item.objects.filter(category__course=course).select_related("assignment"):
        homework = item.assignment is not None and item.assignment.kind == Kind.HOMEWORK
        items[item.category_id].append(
            policy.Item(item.pk, item.title, item.points_possible, item.position, is_homework=homework)
        )
    return policy.Scheme(
        tuple(category(row, items[row.pk]) for row in Category.objects.filter(course=course)),
        tuple(Cutoff.objects.filter(course=course).values_list("letter", "minimum")),
    )


def category(row: Category, items: list[policy.Item]) -> policy.Category:
    return policy.Category(
        row.title,
        row.weight,
        tuple(items),
        keep_best=row.keep_best,
        drop_lowest=row.drop_lowest,
        points_weighted=row.points_weighted,
        cap_percent=row.cap_percent,
    )


def cells(enrollments: Iterable[int]) -> dict[int, tuple[Cells, Cells]]:
    """For each enrolment, by item: the cells as staff read them, and as the student does.

    Rows instead of objects: a course of 100,000 students has a million scores.
    """
    found: dict[int, tuple[Cells, Cells]] = {}
    rows = Score.objects.filter(enrollment__in=enrollments).values_list("enrollment", "item", *CELL)
    for enrollment, item, *row in rows.iterator(chunk_size=10_000):
        staff, student = found.setdefault(enrollment, ({}, {}))
        staff[item], student[item] = pair(*row)
    return found


def own_cells(scores: Iterable[Score]) -> Cells:
    """The student's cells, by item, of scores that are at hand."""
    return {s.item_id: pair(*(value(s) for value in READ))[1] for s in scores}


def pair(
    state: str,
    points: Decimal | None,
    penalty: Decimal,
    floor: Decimal,
    possible: Decimal,
    released: datetime | None,
) -> tuple[policy.Cell, policy.Cell]:
    """The cell as staff read it, and as the student does: to whom a graded score that is not released
    reads as ungraded, while what is missing is known without a release."""
    if state == GRADED and released is not None:
        cell = policy.Cell(policy.State.GRADED, points)
        return cell, cell
    if state in (GRADED, UNGRADED):
        opened = policy.Cell(policy.State.UNGRADED, None, net(possible, penalty, floor) if penalty else possible)
        return (policy.Cell(policy.State.GRADED, points) if state == GRADED else opened), opened
    cell = policy.Cell(policy.State(state))
    return cell, cell
