"""One set for one student, as everybody loads and sends it in a deadline's last minute: by plain statements, since
composing them costs Django more than PostgreSQL takes to answer."""

from datetime import datetime
from functools import lru_cache

from coursesite.handin.models import Extension, Kind, Part, Problem
from coursesite.roster.asking import columns, first, know, made, nested
from coursesite.roster.models import Enrollment

from ..models import Homework


def for_student(student: Enrollment, slug: str, now: datetime) -> Homework | None:
    """With parts, problems and the student's own rule; None before it comes out, and when it isn't there."""
    row = first(statement(), [student.pk, student.course_id, Kind.HOMEWORK, slug, now])
    if row is None:
        return None
    values = iter(row)
    found: Homework = made(Homework, values)
    found.own_hours = next(values) or 0  # type: ignore[attr-defined]
    extension = made(Extension, values)
    found.own_extensions = [extension] if extension.pk else []  # type: ignore[attr-defined]
    found.course = student.course
    know(found, "parts", Part, next(values))
    know(found, "problems", Problem, next(values))
    return found


@lru_cache(maxsize=1)
def statement() -> str:
    return f"""
        SELECT {columns(Homework)}, handin_accommodation.hours, {columns(Extension)},
            {nested(Part, "WHERE assignment_id = handin_assignment.id ORDER BY position, id")},
            {nested(Problem, "WHERE assignment_id = handin_assignment.id ORDER BY number")}
        FROM handin_assignment
        JOIN roster_enrollment AS student ON student.id = %s AND student.course_id = handin_assignment.course_id
        LEFT JOIN handin_accommodation ON handin_accommodation.enrollment_id = student.id
        LEFT JOIN handin_extension ON handin_extension.enrollment_id = student.id
            AND handin_extension.assignment_id = handin_assignment.id
        WHERE handin_assignment.course_id = %s AND handin_assignment.kind = %s AND handin_assignment.slug = %s
            AND handin_assignment.opens_at <= %s
    """  # noqa: S608
