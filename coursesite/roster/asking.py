"""Who asks, and which part they have in a course: what every page looks up before anything else.

Written as SQL, since composing such a query costs Django more than PostgreSQL takes to answer it.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from coursesite.sql.reading import columns, first, join, made, maybe

from .models import Course, Enrollment, Section, Session, Status, User

# The account that came along with the session, while Django looks who is signed in.
along: ContextVar[User | None] = ContextVar("along", default=None)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by one plain statement together with the account."""

    account: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = first(session(), [self.session_key])
        if row is None:
            self._session_key = None
            return {}
        values = iter(row)
        data: dict[str, Any] = self.decode(next(values))
        self.account = maybe(User, values)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        found = cast(Session, super().create_model_instance(data))
        found.account_id = data.get(SESSION_KEY)
        return found


@lru_cache(maxsize=1)
def session() -> str:
    return f"""
        SELECT session_data, {columns(User)} FROM roster_session
        LEFT JOIN roster_user ON roster_user.id = roster_session.account_id AND roster_user.is_active
        WHERE session_key = %s AND expire_date > now()
    """  # noqa: S608


class WhoAsks(AuthenticationMiddleware):
    """Django's, which need not ask for the account once more."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: who_asks(request))  # type: ignore[assignment]


def who_asks(request: HttpRequest) -> User | AnonymousUser:
    request.session.get(SESSION_KEY)  # reads it, unless somebody has
    found = along.set(request.session.account)  # type: ignore[attr-defined]
    try:
        return get_user(request)
    finally:
        along.reset(found)


class Accounts(AuthenticationBackend):
    """Sign-in as allauth does it."""

    def get_user(self, user_id: Any) -> User | None:
        known = along.get()
        if known and str(known.pk) == str(user_id):
            return known
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
    join(found, user=user, course=made(Course, values), section=maybe(Section, values))
    return found
