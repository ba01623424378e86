"""Reports that span models: the scheme of a course as the policy reads it, and students' cells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Min, QuerySet

from coursesite.handin.models import Kind, Problem
from coursesite.handin.policy import net
from coursesite.roster.history import events_of
from coursesite.roster.models import Course, Enrollment, User
from coursesite.sql.reading import rows_of

from . import policy, steps
from .models import Regrade, RubricItem, Source

Cells = dict[int, policy.Cell]
Origins = dict[int, steps.Origin]
SET = {Source.MARKS.value: "", Source.ENTRY.value: "set by the staff", Source.IMPORT.value: "imported by the staff"}
GRADED, UNGRADED = policy.State.GRADED.value, policy.State.UNGRADED.value
JUDGED = {state.value: policy.Cell(state) for state in (policy.State.MISSING, policy.State.EXCUSED)}

# A row for each item with one student's score in it, or one row for a category that has none. Plain SQL, since every
# page that shows a grade asks this; `past` asks it of tables as they were.
SCHEME = """
    SELECT category.id, category.title, category.weight, category.keep_best, category.drop_lowest,
        category.points_weighted, category.cap_percent, (
            SELECT array_agg(letter || ' ' || minimum ORDER BY minimum DESC)
            FROM grading_cutoff WHERE course_id = asked.course
        ),
        item.id, item.title, item.points_possible, item.position, assignment.kind,
        score.state, score.points, score.penalty, score.floor, item.points_possible, item.released_at,
        (
            SELECT coalesce(
                (SELECT letter FROM grading_amendment
                 WHERE sign_off_id = signed.id AND enrollment_id = asked.student ORDER BY id DESC LIMIT 1),
                (SELECT letter FROM grading_finalgrade WHERE sign_off_id = signed.id AND enrollment_id = asked.student)
            ) FROM grading_signoff signed WHERE signed.course_id = asked.course AND signed.withdrawn_at IS NULL
        ),
        (SELECT letter FROM grading_override WHERE enrollment_id = asked.student),
        score.raw_points, score.source, score.reason
    FROM (SELECT {course}::bigint AS course, {student}::bigint AS student) AS asked
    JOIN grading_category category ON category.course_id = asked.course
    LEFT JOIN grading_item item ON item.category_id = category.id
    LEFT JOIN handin_assignment assignment ON assignment.id = item.assignment_id
    LEFT JOIN grading_score score ON score.item_id = item.id AND score.enrollment_id = asked.student
    ORDER BY category.position, category.id, item.position, item.id
"""

NOW = SCHEME.format(course="%s", student="%s")

CELLS = """
    SELECT score.enrollment_id, score.item_id, score.state, score.points, score.penalty, score.floor,
        item.points_possible, item.released_at
    FROM grading_score score JOIN grading_item item ON item.id = score.item_id
    WHERE score.enrollment_id = ANY(%s)
"""


def scheme(course: Course) -> policy.Scheme:
    """One query, whatever the size of the course."""
    return scheme_of(scheme_rows(course.pk))


class Own(NamedTuple):
    """What a student reads: the scheme, the cells by item, how the graded ones came about, and the letter that was
    signed off (or amended) and the one set by hand, if there are any."""

    scheme: policy.Scheme
    cells: Cells
    origins: Origins
    signed: str | None
    by_hand: str | None


def own(student: Enrollment) -> tuple[policy.Scheme, Cells]:
    """The scheme, and the student's cells by item as the student reads them; one query for both."""
    return own_page(student)[:2]


def own_page(student: Enrollment) -> Own:
    """One query too."""
    rows = scheme_rows(student.course_id, student.pk)
    cells = {row[8]: pair(*row[13:19])[1] for row in rows if row[13] is not None}
    origins = {row[8]: origin(*row[21:24], *row[15:17], kind=row[12]) for row in rows if is_graded(cells.get(row[8]))}
    signed, by_hand = rows[0][19:21] if rows else (None, None)
    return Own(scheme_of(rows), cells, origins, signed, by_hand)


def is_graded(cell: policy.Cell | None) -> bool:
    """As its reader sees it: of what is not released nothing is told."""
    return cell is not None and cell.state == policy.State.GRADED


def origin(
    raw: Decimal | None, source: str, reason: str, penalty: Decimal, floor: Decimal, *, kind: str | None
) -> steps.Origin:
    """What is entered by hand where no marks are needs no word, unless there is one."""
    said = "" if kind is None and not reason else SET[source]
    return steps.Origin(raw, penalty, floor, said, reason)


def scheme_rows(course: int, student: int | None = None) -> list[tuple[Any, ...]]:
    return rows_of(NOW, [course, student])


def scheme_of(rows: list[tuple[Any, ...]]) -> policy.Scheme:
    groups = [list(group) for _, group in groupby(rows, key=itemgetter(0))]
    cutoffs = groups[0][0][7] if groups else None
    return policy.Scheme(tuple(category(group) for group in groups), tuple(cutoff(text) for text in cutoffs or ()))


def cutoff(text: str) -> tuple[str, Decimal]:
    letter, _, minimum = text.rpartition(" ")
    return letter, Decimal(minimum)


def category(rows: list[tuple[Any, ...]]) -> policy.Category:
    _, title, weight, *rules = rows[0][:7]
    items = tuple(item(*row[8:13]) for row in rows if row[8] is not None)
    return policy.Category(title, weight, items, *rules)


def item(key: int, title: str, possible: Decimal, position: int, kind: str | None) -> policy.Item:
    return policy.Item(key, title, possible, position, is_homework=kind == Kind.HOMEWORK)


def cells(enrollments: Iterable[int]) -> dict[int, tuple[Cells, Cells]]:
    """For each enrolment, by item: the cells as staff read them, and as the student does.

    Rows instead of objects: a course of 100,000 students has a million scores.
    """
    found: dict[int, tuple[Cells, Cells]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CELLS, [list(enrollments)])
        rows = cursor.fetchall()
    for enrollment, item, *row in rows:
        staff, student = found.setdefault(enrollment, ({}, {}))
        staff[item], student[item] = pair(*row)
    return found


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
        opened = policy.Cell(policy.State.UNGRADED, None, net(possible, penalty, floor) if penalty else None)
        return (policy.Cell(policy.State.GRADED, points) if state == GRADED else opened), opened
    return JUDGED[state], JUDGED[state]


@dataclass(frozen=True)
class SecondLooks:
    """What came of the regrade requests for one problem. `days` is the median from request to answer."""

    item: str
    problem: str
    asked: int
    open: int
    up: int
    down: int
    kept: int
    withdrawn: int
    change: Decimal | None
    days: Decimal | None


ASKED = """
    SELECT assignment.title, problem.number || '. ' || problem.title, count(*),
        count(*) FILTER (WHERE asked.state = 'open'),
        count(*) FILTER (WHERE asked.state = 'changed' AND asked.new_points > asked.old_points),
        count(*) FILTER (WHERE asked.state = 'changed' AND asked.new_points < asked.old_points),
        count(*) FILTER (WHERE asked.state = 'kept'),
        count(*) FILTER (WHERE asked.state = 'withdrawn'),
        round(avg(asked.new_points - asked.old_points) FILTER (WHERE asked.state IN ('changed', 'kept')), 2),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM asked.answered_at - asked.asked_at))
            FILTER (WHERE asked.state IN ('changed', 'kept')) / 86400)::numeric, 1)
    FROM grading_regrade asked
    JOIN handin_problem problem ON problem.id = asked.problem_id
    JOIN handin_assignment assignment ON assignment.id = problem.assignment_id
    WHERE asked.id IN ({seen})
    GROUP BY assignment.id, problem.id ORDER BY assignment.course_id, assignment.position, problem.number
"""


def second_looks(seen: QuerySet[Regrade]) -> list[SecondLooks]:
    """Statistics of these requests and their outcomes, a line for each problem; one query."""
    inner, values = seen.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ASKED.format(seen=inner), values)
        return [SecondLooks(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class RubricChange:
    """The last change of a rubric: of which item, by whom, and what it was before (None: it is new)."""

    item: RubricItem
    before: Any
    by: User | None
    at: datetime


def last_rubric_change(problem: Problem) -> RubricChange | None:
    """From the history. Moving items is none; who wrote from outside the application is not known."""
    events: Any = events_of(RubricItem)
    rows = events.objects.filter(rubric__problem=problem)
    # Only what raises the version is a change: its first event of each.
    first = rows.order_by().values("pgh_obj_id", "version").annotate(at=Min("pgh_id")).order_by("-at").first()
    if first is None:
        return None
    last = rows.select_related("pgh_obj", "pgh_context").get(pk=first["at"])
    if last.pgh_obj.version != last.version:
        return None
    before = rows.filter(pgh_obj=last.pgh_obj, version__lt=last.version).order_by("pgh_id").last()
    by = (last.pgh_context.metadata if last.pgh_context else {}).get("user")
    return RubricChange(last.pgh_obj, before, User.objects.filter(pk=by or 0).first(), last.pgh_created_at)
