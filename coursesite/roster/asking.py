"""Who asks, and which part they have in a course: what every page looks up before anything else.

Written as SQL, since composing such a query costs Django more than PostgreSQL takes to answer it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db

from coursesite.sql.reading import columns, first, made, maybe

from .models import Course, Enrollment, Section, Status, User

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by one plain statement."""

    def load(self) -> dict[str, Any]:
        row = first(SESSION, [self.session_key])
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class Accounts(AuthenticationBackend):
    """Sign-in as allauth does it."""

    def get_user(self, user_id: Any) -> User | None:
        row = first(f"SELECT {columns(User)} FROM roster_user WHERE id = %s AND is_active", [user_id])  # noqa: S608
        return made(User, iter(row)) if row else None


def enrollment_of(user: User, slug: str) -> Enrollment | None:
    """The person's active part in that course, with course and section; without the course's long texts."""
    row = first(f"SELECT {part()} {PART}", [user.pk, Status.ACTIVE, slug])
    return part_of(user, iter(row)) if row else None


PART = """
    FROM roster_enrollment
    JOIN roster_course ON roster_course.id = roster_enrollment.course_id
        AND roster_enrollment.user_id = %s AND roster_enrollment.status = %s AND roster_course.slug = %s
    LEFT JOIN roster_section ON roster_section.id = roster_enrollment.section_id
"""


@lru_cache(maxsize=1)
def part() -> str:
    """The columns that `part_of` takes."""
    return ", ".join(columns(model) for model in (Enrollment, Course, Section))


def part_of(user: User, values: Iterator[Any]) -> Enrollment:
    found: Enrollment = made(Enrollment, values)
    found.course, found.user = made(Course, values), user
    found.section = maybe(Section, values)
    return found
