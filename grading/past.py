"""The gradebook as of a moment, from history rows: what scores, scheme, enrolments and letters were then, and the
grades that the policy computes from them. Course grades are computed anew and not taken from anywhere, since the worker
may have been behind at that moment.

In such a statement each table's name means its rows of that moment, so that what reads the present reads the past.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from coursesite.roster.models import Course

from . import policy, queries
from .models import Item

Pair = tuple[queries.Cells, queries.Cells]
REMEMBERED = {
    "grading_category": "WHERE course_id = %(course)s",
    "grading_cutoff": "WHERE course_id = %(course)s",
    "grading_item": "WHERE category_id IN (SELECT id FROM grading_category)",
    "roster_enrollment": "WHERE course_id = %(course)s",
    "grading_score": "WHERE item_id IN (SELECT id FROM grading_item)",
    "grading_override": "WHERE enrollment_id IN (SELECT id FROM roster_enrollment)",
}
KEPT = """{table} AS (
    SELECT * FROM (
        SELECT DISTINCT ON (pgh_obj_id) * FROM {table}event {of} AND pgh_created_at <= %(at)s
        ORDER BY pgh_obj_id, pgh_id DESC
    ) AS last WHERE pgh_label <> 'delete'
)"""
# What was handed in has no history of which version was current; what is stale or signed now says nothing of then.
FORGOTTEN = """,
    handin_submission AS (SELECT * FROM handin_submission WHERE false),
    grading_stale AS (SELECT * FROM grading_stale WHERE false),
    grading_signoff AS (SELECT * FROM grading_signoff WHERE false),
    grading_coursegrade AS (SELECT * FROM json_populate_recordset(NULL::grading_coursegrade, %(grades)s))"""
TABLES = ", ".join(KEPT.format(table=table, of=of) for table, of in REMEMBERED.items())
CELLS = """
    SELECT score.enrollment_id, score.item_id, score.state, score.points, score.penalty, score.floor,
        item.points_possible, item.released_at
    FROM grading_score score JOIN grading_item item ON item.id = score.item_id
"""
# One student's: how the scores came about, and the letter set by hand.
ORIGINS = """
    SELECT score.item_id, score.raw_points, score.source, score.reason, score.penalty, score.floor, assignment.kind
    FROM grading_score score JOIN grading_item item ON item.id = score.item_id
    LEFT JOIN handin_assignment assignment ON assignment.id = item.assignment_id
    WHERE score.enrollment_id = %(student)s
"""
BY_HAND = "SELECT letter, reason FROM grading_override WHERE enrollment_id = %(student)s"
STUDENTS = "SELECT id FROM roster_enrollment WHERE role = 'student'"
VERSION = """
    SELECT (SELECT max(pgh_id) FROM grading_scoreevent WHERE enrollment_id = %(student)s AND pgh_created_at <= %(at)s),
        (SELECT max(pgh_id) FROM grading_itemevent event WHERE pgh_created_at <= %(at)s AND category_id IN (
            SELECT pgh_obj_id FROM grading_categoryevent WHERE course_id = %(course)s)),
        (SELECT max(pgh_id) FROM grading_categoryevent WHERE course_id = %(course)s AND pgh_created_at <= %(at)s),
        (SELECT max(pgh_id) FROM grading_cutoffevent WHERE course_id = %(course)s AND pgh_created_at <= %(at)s),
        (SELECT max(pgh_created_at) FROM grading_scoreevent
            WHERE enrollment_id = %(student)s AND pgh_created_at <= %(at)s)
"""


@dataclass(frozen=True)
class Past:
    """Goes before a statement's own common table expressions."""

    course: Course
    at: datetime
    text: str = field(default=f"{TABLES}{FORGOTTEN}, ", repr=False)
    given: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Version:
    """The newest row of history of each kind that a student's figures were computed from."""

    scores: int | None
    items: int | None
    categories: int | None
    letters: int | None
    changed_at: datetime | None

    def __str__(self) -> str:
        return ".".join(str(number or 0) for number in (self.scores, self.items, self.categories, self.letters))


def past(course: Course, at: datetime) -> Past:
    """Three statements, whatever the size of the course."""
    grades = list(computed(course, at))
    return Past(course, at, given={"at": at, "grades": json.dumps(grades, default=str)})


def computed(course: Course, at: datetime) -> Iterator[dict[str, Any]]:
    """Everybody's figures for staff, by the names of CourseGrade's columns."""
    scheme, cells = scheme_of(course, at), cells_of(course, at)
    for (student,) in fetched(course, at, STUDENTS):
        found = policy.figures(scheme, cells.get(student, ({}, {}))[0])
        yield {
            "enrollment_id": student,
            "final": found.final,
            "so_far": found.so_far,
            "reachable": found.reachable,
            "letter": found.letter,
        }


def scheme_of(course: Course, at: datetime) -> policy.Scheme:
    return queries.scheme_of(fetched(course, at, queries.SCHEME.format(course="%(course)s", student="NULL")))


def cells_of(
    course: Course, at: datetime, student: int | None = None
) -> dict[int, tuple[queries.Cells, queries.Cells]]:
    """By enrolment and item, as staff read them and as the student does."""
    found: dict[int, Pair] = {}
    only = "" if student is None else " WHERE score.enrollment_id = %(student)s"
    for enrollment, item, *rest in fetched(course, at, CELLS + only, student=student):
        staff, own = found.setdefault(enrollment, ({}, {}))
        staff[item], own[item] = queries.pair(*rest)
    return found


def origins_of(course: Course, at: datetime, student: int, cells: queries.Cells) -> queries.Origins:
    """Of those cells that are graded to whoever reads them."""
    rows = fetched(course, at, ORIGINS, student=student)
    return {item: queries.origin(*rest, kind=kind) for item, *rest, kind in rows if queries.is_graded(cells.get(item))}


def letter_of(course: Course, at: datetime, student: int) -> tuple[str, str] | None:
    """The letter set by hand at that moment, and why."""
    return next(iter(fetched(course, at, BY_HAND, student=student)), None)


def items_of(course: Course, at: datetime) -> list[Item]:
    """The columns with the titles, points and releases of then; not to be saved."""
    text = f"WITH {TABLES} SELECT item.* FROM grading_item item ORDER BY item.position, item.id"  # noqa: S608
    return list(Item.objects.raw(text, {"course": course.pk, "at": at}))


def version(course: Course, student: int, at: datetime) -> Version:
    with connection.cursor() as cursor:
        cursor.execute(VERSION, {"course": course.pk, "student": student, "at": at})
        return Version(*cursor.fetchone())


def fingerprint(scheme: policy.Scheme, cells: queries.Cells) -> str:
    """What a student's figures were computed from, by its content: rows and moments of history would tell that
    something was scored which is not released (battery A06)."""
    told = [scheme, sorted((key, cell) for key, cell in cells.items() if cell != policy.OPEN)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read within is of one state; inside a transaction that has begun already, it is that one's."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def fetched(course: Course, at: datetime, read: str, **given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {TABLES} {read}", {"course": course.pk, "at": at, **given})
        return list(cursor.fetchall())
