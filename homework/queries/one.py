"""One set for one student, as everybody loads and sends it in a deadline's last minute: by plain statements, since
composing them costs Django more than PostgreSQL takes to answer."""

from datetime import datetime
from functools import lru_cache

from coursesite.handin.models import Extension, Kind, Part, Problem
from coursesite.roster.asking import PART, part, part_of
from coursesite.roster.models import Enrollment, Role, Status, User
from coursesite.sql.reading import columns, first, join, know, maybe, nested

from ..models import Homework


def opened(user: User, course: str, slug: str, now: datetime) -> tuple[Enrollment, Homework | None] | None:
    """The person's part in that course; and for a student the set, with parts, problems and the student's own rule,
    None before it comes out, and when it isn't there."""
    row = first(statement(), [user.pk, Status.ACTIVE, course, Kind.HOMEWORK, slug, now, Role.STUDENT])
    if row is None:
        return None
    values = iter(row)
    student = part_of(user, values)
    found: Homework | None = maybe(Homework, values)
    if found is None:
        return student, None
    found.own_hours = next(values) or 0  # type: ignore[attr-defined]
    extension = maybe(Extension, values)
    found.own_extensions = [extension] if extension else []  # type: ignore[attr-defined]
    join(found, course=student.course)
    know(found, "parts", Part, next(values))
    know(found, "problems", Problem, next(values))
    return student, found


@lru_cache(maxsize=1)
def statement() -> str:
    return f"""
        SELECT {part()}, {columns(Homework)}, handin_accommodation.hours, {columns(Extension)},
            {nested(Part, "WHERE assignment_id = handin_assignment.id ORDER BY position, id")},
            {nested(Problem, "WHERE assignment_id = handin_assignment.id ORDER BY number")}
        {PART}
        LEFT JOIN handin_assignment ON handin_assignment.course_id = roster_course.id
            AND handin_assignment.kind = %s AND handin_assignment.slug = %s AND handin_assignment.opens_at <= %s
            AND roster_enrollment.role = %s
        LEFT JOIN handin_accommodation ON handin_accommodation.enrollment_id = roster_enrollment.id
        LEFT JOIN handin_extension ON handin_extension.enrollment_id = roster_enrollment.id
            AND handin_extension.assignment_id = handin_assignment.id
    """
