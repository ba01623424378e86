"""Reports that span models: the scheme of a course as the policy reads it, and students' cells."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from coursesite.handin.models import Kind
from coursesite.handin.policy import net
from coursesite.roster.models import Course

from . import policy
from .models import Category, Cutoff, Item, Score


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


def cells(enrollments: Iterable[int]) -> dict[int, dict[int, tuple[policy.Cell, policy.Cell]]]:
    """For each enrolment and item: the cell as staff read it, and as the student does."""
    found: dict[int, dict[int, tuple[policy.Cell, policy.Cell]]] = defaultdict(dict)
    for score in Score.objects.filter(enrollment__in=enrollments).select_related("item"):
        found[score.enrollment_id][score.item_id] = (staff_cell(score), student_cell(score))
    return found


def staff_cell(score: Score) -> policy.Cell:
    if score.state != policy.State.UNGRADED:
        return score.cell
    return policy.Cell(policy.State.UNGRADED, ceiling=ceiling(score))


def student_cell(score: Score) -> policy.Cell:
    """A graded score that is not released reads as ungraded; what is missing is known without a release."""
    if score.state == policy.State.GRADED and score.item.released_at is None:
        return policy.Cell(policy.State.UNGRADED, ceiling=ceiling(score))
    return staff_cell(score)


def ceiling(score: Score) -> Decimal:
    return net(score.item.points_possible, score.penalty, score.floor)
