"""The gradebook as a table: in Canvas's form, complete, or without names. Rows are streamed from one snapshot.

Plain SQL that hands over texts: composing and converting a million cells would be most of the time.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from coursesite.roster.models import Course

from .. import past
from ..models import Item, SignOff, Stale
from . import computing
from .export_shapes import HEAD, SHAPES, Shape, Student, Texts, safe, two

__all__ = ["FORMS", "HEAD", "export", "file_name", "rows", "safe"]
FORMS = tuple(SHAPES)
BATCH = 500
STUDENTS = """
    SELECT student.id, person.sort_name, person.canvas_id, person.sis_id, person.email, coalesce(section.name, ''),
        left(encode(sha256(convert_to(%(secret)s || student.id, 'UTF8')), 'hex'), 12) AS pseudonym,
        coalesce(grade.final::text, ''), coalesce(grade.so_far::text, ''), coalesce(grade.reachable::text, ''),
        coalesce(grade.letter, ''), grade.counted, own.letter, student.status,
        coalesce(amended.letter, fixed.letter, '')
    FROM roster_enrollment student
    JOIN roster_user person ON person.id = student.user_id
    LEFT JOIN roster_section section ON section.id = student.section_id
    LEFT JOIN grading_coursegrade grade ON grade.enrollment_id = student.id
    LEFT JOIN grading_override own ON own.enrollment_id = student.id
    LEFT JOIN grading_finalgrade fixed ON fixed.sign_off_id = %(sign_off)s AND fixed.enrollment_id = student.id
    LEFT JOIN LATERAL (
        SELECT amendment.letter FROM grading_amendment amendment
        WHERE amendment.sign_off_id = %(sign_off)s AND amendment.enrollment_id = student.id
        ORDER BY amendment.id DESC LIMIT 1
    ) AS amended ON true
    WHERE student.course_id = %(course)s AND student.role = 'student'
        AND (student.status = 'active' OR %(dropped)s)
    ORDER BY {order}, student.id
"""
CELLS = """
    SELECT enrollment_id, {columns} FROM grading_score score
    WHERE enrollment_id = ANY(%s) GROUP BY enrollment_id
"""
# Missing is 0.00 like a zero; the state, where it is shown, tells them apart.
CELL = """
    coalesce(max(CASE state WHEN 'graded' THEN round({points}, 2)::text WHEN 'missing' THEN '0.00' END)
        FILTER (WHERE item_id = {item}), ''),
    coalesce(max(state) FILTER (WHERE item_id = {item}), 'ungraded')
"""


class Line:
    """A file for csv.writer that hands back what was written."""

    def write(self, text: str) -> str:
        return text


def export(*, course: Course, form: str, key: str = "", dropped: bool = False) -> Iterator[str]:
    """Lines of CSV (CRLF). `form` is one of FORMS; `key` gives the anonymous one its pseudonyms; `dropped` asks for who
    has left as well."""
    writer = csv.writer(Line(), lineterminator="\r\n")
    for row in rows(course, form, key, dropped):
        yield writer.writerow(row)


def rows(course: Course, form: str, key: str = "", dropped: bool = False) -> Iterator[list[str]]:
    """One repeatable-read transaction sees one state, however long the reader takes."""
    with past.snapshot():
        items = list(Item.objects.filter(category__course=course).order_by("position", "pk"))
        standing = SignOff.objects.filter(course=course, withdrawn_at=None).values_list("pk", flat=True).first()
        shape = SHAPES[form](items, dropped=dropped, sign_off=standing)
        for row in shape.head():
            yield [safe(text) for text in row]
        nothing = ("", "ungraded") * len(items)
        for students in batches(course, shape, key):
            cells = cells_of(shape, students)
            for student in students:
                yield shape.row(student, cells.get(student.pk, nothing))


def batches(course: Course, shape: Shape, key: str) -> Iterator[list[Student]]:
    """Active students by name, or by pseudonym, so many at a time that memory stays as it is."""
    statement = STUDENTS.format(order="person.sort_name" if shape.named else "pseudonym")
    with connection.chunked_cursor() as cursor:
        told: dict[str, Any] = {"course": course.pk, "secret": secret(course, key)}
        cursor.execute(statement, told | {"dropped": shape.dropped, "sign_off": shape.sign_off})
        while batch := cursor.fetchmany(BATCH):
            yield fresh(course, [student(row) for row in batch])


def student(row: tuple[Any, ...]) -> Student:
    """What people typed is made safe here; everything else in a row is ours."""
    pk, *said = row
    return Student._make((pk, *map(safe, said[:5]), *said[5:]))


def secret(course: Course, key: str) -> str:
    """Pseudonyms are the same for the same student and key, and say nothing to anybody without this site's secret."""
    salt, value = "coursesite.anonymous", f"{course.pk} {key.strip()}"
    return salted_hmac(salt, value, settings.SECRET_KEY, algorithm="sha256").hexdigest()


def cells_of(shape: Shape, students: list[Student]) -> dict[int, Texts]:
    """Points and state of each item in turn, as texts."""
    if not shape.items:
        return {}
    columns = ", ".join(CELL.format(item=item.pk, points=shape.points(item)) for item in shape.items)
    with connection.cursor() as cursor:
        cursor.execute(CELLS.format(columns=columns), [[one.pk for one in students]])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def fresh(course: Course, students: list[Student]) -> list[Student]:
    """Whose grade the worker has not computed yet is computed here: no row tells a figure that is out of date."""
    stale = set(Stale.objects.filter(enrollment__in=[s.pk for s in students]).values_list("enrollment", flat=True))
    if not stale:
        return students
    computed = {row["enrollment_id"]: row for row in computing.computed(course, sorted(stale))}
    return [renewed(student, computed[student.pk]) if student.pk in computed else student for student in students]


def renewed(student: Student, grade: dict[str, Any]) -> Student:
    figures: dict[str, Any] = {name: two(grade[name]) for name in ("final", "so_far", "reachable")}
    return student._replace(letter=grade["letter"], counted=grade["counted"], **figures)


def file_name(course: Course, form: str, at: datetime, ending: str = "csv") -> str:
    """With the moment, so that an import can tell what was changed here since."""
    return f"{course.slug}-{form}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.{ending}"
