"""The gradebook as CSV: the form that Canvas reads, and the complete one. Rows are streamed from one snapshot."""

import csv
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection, transaction

from coursesite.roster.models import Course, Enrollment

from ..models import CourseGrade, Item, Score
from ..policy import State

HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
TOTALS = ["Final percent", "So far percent", "Letter", "Counted"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BATCH = 2000


class Line:
    """A file for csv.writer that hands back what was written."""

    def write(self, text: str) -> str:
        return text


def export(*, course: Course, form: str) -> Iterator[str]:
    """Lines of CSV (CRLF), `form` being `canvas` or `complete`. One repeatable-read transaction sees one state."""
    writer = csv.writer(Line(), lineterminator="\r\n")
    for row in rows(course, form):
        yield writer.writerow([safe(cell) for cell in row])


def rows(course: Course, form: str) -> Iterator[list[str]]:
    with transaction.atomic():
        if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        items = list(Item.objects.filter(category__course=course).order_by("position", "pk"))
        yield from (canvas_head(items) if form == "canvas" else complete_head(items))
        for students in batches(course):
            scores = scores_of(students)
            for student in students:
                own = scores.get(student.pk, {})
                yield identity(student) + (canvas(items, own) if form == "canvas" else complete(items, own, student))


def canvas_head(items: list[Item]) -> Iterator[list[str]]:
    yield HEAD + [f"{item.title} ({item.canvas_id})" if item.canvas_id else item.title for item in items]
    yield ["    Points Possible", "", "", "", ""] + [two(item.points_possible) for item in items]


def complete_head(items: list[Item]) -> Iterator[list[str]]:
    yield HEAD + [title for item in items for title in (item.title, f"{item.title} state")] + TOTALS


def batches(course: Course) -> Iterator[list[Enrollment]]:
    """Active students by name, so many at a time that memory stays as it is."""
    students = Enrollment.objects.filter(course=course).students().active().select_related("user", "section", "grade")
    batch: list[Enrollment] = []
    for student in students.order_by("user__sort_name", "pk").iterator(chunk_size=BATCH):
        batch.append(student)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def scores_of(students: Iterable[Enrollment]) -> dict[int, dict[int, Score]]:
    found: dict[int, dict[int, Score]] = {}
    for score in Score.objects.filter(enrollment__in=[s.pk for s in students]):
        found.setdefault(score.enrollment_id, {})[score.item_id] = score
    return found


def identity(student: Enrollment) -> list[str]:
    user = student.user
    section = student.section.name if student.section else ""
    return [user.sort_name, user.canvas_id, user.sis_id, user.email, section]


def canvas(items: list[Item], own: dict[int, Score]) -> list[str]:
    return [cell(own.get(item.pk), excused="EX") for item in items]


def complete(items: list[Item], own: dict[int, Score], student: Enrollment) -> list[str]:
    cells = []
    for item in items:
        score = own.get(item.pk)
        cells += [cell(score), score.state if score else State.UNGRADED.value]
    return cells + totals(items, getattr(student, "grade", None))


def totals(items: list[Item], grade: CourseGrade | None) -> list[str]:
    if grade is None:
        return ["", "", "", ""]
    counted = ";".join(item.title for item in items if item.pk in grade.counted)
    return [two(grade.final), two(grade.so_far), grade.letter, counted]


def cell(score: Score | None, *, excused: str = "") -> str:
    """Missing is 0.00 like a zero; the state column, where there is one, tells them apart."""
    if score is None or score.state == State.UNGRADED:
        return ""
    if score.state == State.EXCUSED:
        return excused
    return two(score.points or Decimal(0))


def two(value: Decimal | None) -> str:
    return "" if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def safe(text: str) -> str:
    """A spreadsheet would run a cell that starts like a formula (battery G17)."""
    return f"'{text}" if text.startswith(FORMULA) else text
