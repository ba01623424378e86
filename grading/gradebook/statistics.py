"""Pictures of a course: for staff everything, for students what is released, and never of fewer than five."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString

from coursesite.handin.models import Kind
from coursesite.look import pictures
from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Course, Section

from ..models import AUDITS, Item
from ..spread import COHORT
from . import ledger
from .asked import number
from .page import columns_of, staff_page
from .sealed import Seal, seal_of

ITEMS = """
    WITH {seen} {counted} SELECT score.item_id, array_agg((100 * score.points / item.points_possible)::float8)
    FROM grading_score score JOIN student ON student.id = score.enrollment_id
    JOIN grading_item item ON item.id = score.item_id
    WHERE score.points IS NOT NULL GROUP BY score.item_id
"""
# Of whom the worker has not caught up with, there is no figure but a mark.
GRADES = """
    WITH {seen} {counted} SELECT grade.so_far, grade.final, EXISTS (
        SELECT FROM grading_stale stale WHERE stale.enrollment_id = student.id) OR grade.enrollment_id IS NULL
    FROM student LEFT JOIN grading_coursegrade grade ON grade.enrollment_id = student.id
"""
# What is graded or missing, in percent of what it could have been: one row for each student who has both.
PAIRS = """
    WITH {seen} {counted}, result AS (
        SELECT score.enrollment_id, task.kind,
            100 * sum(coalesce(score.points, 0)) / sum(item.points_possible) AS percent
        FROM grading_score score JOIN student ON student.id = score.enrollment_id
        JOIN grading_item item ON item.id = score.item_id JOIN handin_assignment task ON task.id = item.assignment_id
        WHERE score.state IN ('graded', 'missing') GROUP BY score.enrollment_id, task.kind
    )
    SELECT homework.percent, project.percent FROM result homework JOIN result project USING (enrollment_id)
    WHERE homework.kind = %(homework)s AND project.kind = %(milestone)s
"""
# By the week in which work was due; `own` is one student's. Students read what is released, and no column in which
# fewer than five are graded: its mean could be worked out from that of the week and from the other columns.
WEEKS = """
    WITH {seen} {counted} SELECT 1 + ((task.due_at AT TIME ZONE course.time_zone)::date - course.first_day) / 7 AS week,
        task.kind, count(DISTINCT score.enrollment_id),
        round(avg(100 * coalesce(score.points, 0) / item.points_possible), 2),
        round(100.0 * count(*) FILTER (WHERE score.state = 'graded') / count(*), 2),
        round(avg(100 * coalesce(score.points, 0) / item.points_possible)
            FILTER (WHERE score.enrollment_id = %(own)s), 2)
    FROM grading_score score JOIN student ON student.id = score.enrollment_id
    JOIN grading_item item ON item.id = score.item_id JOIN handin_assignment task ON task.id = item.assignment_id
    JOIN roster_course course ON course.id = task.course_id
    WHERE score.state IN ('graded', 'missing') AND (%(everything)s OR (item.released_at IS NOT NULL AND (
        SELECT count(*) FROM grading_score there JOIN student ON student.id = there.enrollment_id
        WHERE there.item_id = item.id AND there.state = 'graded') >= %(cohort)s))
    GROUP BY week, task.kind ORDER BY week, task.kind
"""


class Week(NamedTuple):
    """One kind of work that was due in one week: of how many students, mean, share that came, and one's own."""

    week: int
    kind: str
    students: int
    mean: Decimal
    came: Decimal
    own: Decimal | None


def asked(
    course: Course, statement: str, section: int = 0, seal: Seal | None = None, **more: Any
) -> list[tuple[Any, ...]]:
    given = {"course": course.pk, "section": section, "audits": AUDITS, "homework": Kind.HOMEWORK}
    given |= {"milestone": Kind.MILESTONE, "own": None, "everything": True, "cohort": COHORT}
    text = statement.format(seen=seal.text if seal else "", counted=ledger.COUNTED)
    return ledger.fetched(text, given | (seal.given if seal else {}) | more)


@staff_page
def statistics(visit: Visit) -> HttpResponse:
    section = number(visit.request.GET.get("section", ""))
    seal = seal_of(visit)
    every = asked(visit.course, GRADES, section, seal)
    grades = [row for row in every if not row[2]]
    values = dict(asked(visit.course, ITEMS, section, seal))
    pairs = asked(visit.course, PAIRS, section, seal)
    weeks = [Week(*row) for row in asked(visit.course, WEEKS, section, seal)]
    return visit.page(
        "grading/gradebook/statistics.html",
        sections=Section.objects.filter(course=visit.course),
        section=section,
        updating=0 if seal else len(every) - len(grades),
        kept=seal.told if seal else None,
        grades=[
            pictures.histogram(known(row[0] for row in grades), title="Course grades so far"),
            pictures.histogram(known(row[1] for row in grades), title="Course grades, final as of today"),
        ],
        together=[
            pictures.scatter(pairs, title="Homework against project", names=("Homework, %", "Project, %")),
            progress(weeks, {"Homework": Kind.HOMEWORK, "Project": Kind.MILESTONE}),
        ],
        items=[
            pictures.histogram(values[item.pk], title=item.title) for item in columns_of(visit) if item.pk in values
        ],
    )


def known(values: Iterable[Decimal | None]) -> list[Decimal]:
    return [value for value in values if value is not None]


def progress(weeks: Sequence[Week], kinds: dict[str, str]) -> SafeString:
    """Means by the week in which the work was due, and how much of it came."""
    span = range(weeks[0].week, weeks[-1].week + 1) if weeks else range(0)
    found = {(row.week, row.kind): row for row in weeks}
    series = {name: line(found, span, kind) for name, kind in kinds.items()}
    series["Handed in"] = [came([row for row in weeks if row.week == week]) for week in span]
    labels = [f"Week {week}" for week in span]
    return pictures.lines(series, title="Over the weeks: means of what was due", labels=labels)


def line(found: dict[tuple[int, str], Week], span: range, kind: str) -> list[Decimal | None]:
    rows = [found.get((week, kind)) for week in span]
    return [row.mean if row else None for row in rows]


def came(rows: Sequence[Week]) -> Decimal | None:
    total = sum(row.students for row in rows)
    return sum((row.came * row.students for row in rows), Decimal(0)) / total if total else None


@course_page
def own(visit: Visit) -> HttpResponse:
    """What is released, with one's own place in it; in courses that show it."""
    if visit.student is None or not visit.course.shows_statistics:
        raise Http404
    course, student = visit.course, visit.student
    shown = Item.objects.filter(category__course=course, released_at__isnull=False).order_by("position", "pk")
    values = dict(asked(course, ITEMS))
    mine = dict(student.scores.filter(points__isnull=False).values_list("item", "points"))
    items = [
        pictures.histogram(values[item.pk], title=item.title, own=share(mine.get(item.pk), item))
        for item in shown
        if len(values.get(item.pk, ())) >= COHORT
    ]
    weeks = [Week(*row) for row in asked(course, WEEKS, own=student.pk, everything=False)]
    return visit.page(
        "grading/statistics.html", items=items, progress=compared([row for row in weeks if row.students >= COHORT])
    )


def share(points: Decimal | None, item: Item) -> Decimal | None:
    return None if points is None else 100 * points / item.points_possible


def compared(weeks: Sequence[Week]) -> SafeString | None:
    """The student's own line beside the course's mean, once there is more than one week."""
    span = sorted({row.week for row in weeks})
    if len(span) < 2:
        return None
    by_week = [[row for row in weeks if row.week == week] for week in span]
    series = {"You": [mean(known(row.own for row in rows)) for rows in by_week]}
    series["Mean of all"] = [mean([row.mean for row in rows]) for rows in by_week]
    labels = [f"Week {week}" for week in span]
    return pictures.lines(series, title="Over the weeks: what was due and is released", labels=labels)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return round(sum(values, Decimal(0)) / len(values), 2) if values else None
