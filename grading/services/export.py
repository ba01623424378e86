"""The gradebook as CSV: the form that Canvas reads, and the complete one. Rows are streamed from one snapshot."""

import csv
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from coursesite.roster.models import Course, Enrollment

from ..models import Item, Score
from ..policy import State

HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
TOTALS = ["Final percent", "So far percent", "Letter", "Counted"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BATCH = 500


class Shown(NamedTuple):
    """What a cell says of a score."""

    state: str
    points: Decimal | None


Own = dict[int, Shown]  # one student's, by item


class Student(NamedTuple):
    """One row's student, and their grade once it is computed (`counted` is None before)."""

    pk: int
    sort_name: str
    canvas_id: str
    sis_id: str
    email: str
    section: str | None
    final: Decimal | None
    so_far: Decimal | None
    letter: str | None
    counted: list[int] | None


USER = ("user__sort_name", "user__canvas_id", "user__sis_id", "user__email")
STUDENT = ("pk", *USER, "section__name", "grade__final", "grade__so_far", "grade__letter", "grade__counted")


class Line:
    """A file for csv.writer that hands back what was written."""

    def write(self, text: str) -> str:
        return text


def export(*, course: Course, form: str) -> Iterator[str]:
    """Lines of CSV (CRLF). One repeatable-read transaction sees one state.

    `form` is `canvas`, `complete`, or `percent`: Canvas's format with every column out of 100, so that Canvas, which
    weighs points, agrees with sets that count equally. Importing it again scales it back.
    """
    writer = csv.writer(Line(), lineterminator="\r\n")
    for row in rows(course, form):
        yield writer.writerow([safe(cell) for cell in row])


def rows(course: Course, form: str) -> Iterator[list[str]]:
    with transaction.atomic():
        if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        items = list(Item.objects.filter(category__course=course).order_by("position", "pk"))
        scales = {item.pk: 100 / item.points_possible if form == "percent" else Decimal(1) for item in items}
        yield from (complete_head(items) if form == "complete" else canvas_head(items, scales))
        for students in batches(course):
            scores = scores_of(students)
            for student in students:
                own = scores.get(student.pk, {})
                cells = complete(items, own, student) if form == "complete" else canvas(items, scales, own)
                yield identity(student) + cells


Scales = dict[int, Decimal]


def canvas_head(items: list[Item], scales: Scales) -> Iterator[list[str]]:
    yield HEAD + [f"{item.title} ({item.canvas_id})" if item.canvas_id else item.title for item in items]
    yield ["    Points Possible", "", "", "", ""] + [two(item.points_possible * scales[item.pk]) for item in items]


def complete_head(items: list[Item]) -> Iterator[list[str]]:
    yield HEAD + [title for item in items for title in (item.title, f"{item.title} state")] + TOTALS


def batches(course: Course) -> Iterator[list[Student]]:
    """Active students by name, so many at a time that memory stays as it is."""
    students = Enrollment.objects.filter(course=course).students().active().order_by("user__sort_name", "pk")
    found = students.values_list(*STUDENT).iterator(chunk_size=BATCH)
    while batch := [Student(*row) for row in islice(found, BATCH)]:
        yield batch


def scores_of(students: Iterable[Student]) -> dict[int, Own]:
    found: dict[int, Own] = {}
    scores = Score.objects.filter(enrollment__in=[s.pk for s in students])
    for enrollment, item, state, points in scores.values_list("enrollment", "item", "state", "points"):
        found.setdefault(enrollment, {})[item] = Shown(state, points)
    return found


def identity(student: Student) -> list[str]:
    return [student.sort_name, student.canvas_id, student.sis_id, student.email, student.section or ""]


def canvas(items: list[Item], scales: Scales, own: Own) -> list[str]:
    return [cell(own.get(item.pk), scales[item.pk], excused="EX") for item in items]


def complete(items: list[Item], own: Own, student: Student) -> list[str]:
    cells = []
    for item in items:
        score = own.get(item.pk)
        cells += [cell(score), score.state if score else State.UNGRADED.value]
    return cells + totals(items, student)


def totals(items: list[Item], student: Student) -> list[str]:
    if student.counted is None:
        return ["", "", "", ""]
    counted = ";".join(item.title for item in items if item.pk in student.counted)
    return [two(student.final), two(student.so_far), student.letter or "", counted]


def cell(score: Shown | None, scale: Decimal = Decimal(1), *, excused: str = "") -> str:
    """Missing is 0.00 like a zero; the state column, where there is one, tells them apart."""
    if score is None or score.state == State.UNGRADED:
        return ""
    if score.state == State.EXCUSED:
        return excused
    return two((score.points or Decimal(0)) * scale)


@lru_cache(maxsize=2_000)
def two(value: Decimal | None) -> str:
    return "" if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def safe(text: str) -> str:
    """A spreadsheet would run a cell that starts like a formula (battery G17)."""
    return f"'{text}" if text.startswith(FORMULA) else text
