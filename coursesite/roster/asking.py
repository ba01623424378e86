"""Who asks, and which part they have in a course: what every page looks up before anything else.

Written as SQL, since composing such a query costs Django more than PostgreSQL takes to answer it.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.sessions.backends import db
from django.db import connection, models

from .apps import PREPARED
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
    row = first(entry(), [user.pk, Status.ACTIVE, slug])
    if row is None:
        return None
    values = iter(row)
    found: Enrollment = made(Enrollment, values)
    found.course, found.user = made(Course, values), user
    section = made(Section, values)
    found.section = section if section.pk else None
    return found


@lru_cache(maxsize=1)
def entry() -> str:
    return f"""
        SELECT {columns(Enrollment)}, {columns(Course)}, {columns(Section)}
        FROM roster_enrollment
        JOIN roster_course ON roster_course.id = roster_enrollment.course_id
        LEFT JOIN roster_section ON roster_section.id = roster_enrollment.section_id
        WHERE roster_enrollment.user_id = %s AND roster_enrollment.status = %s AND roster_course.slug = %s
    """  # noqa: S608


def first(statement: str, values: Sequence[Any], *, before: str = "") -> tuple[Any, ...] | None:
    """Its first row; `before` is a statement that goes to the database along with it, for its effect alone."""
    with connection.cursor() as cursor:
        run(cursor, statement, values, before)
        return cursor.fetchone()  # type: ignore[no-any-return]


def all_of(model: type[models.Model], tail: str, values: Sequence[Any]) -> list[Any]:
    """Its rows, with what follows FROM."""
    found = rows_of(f"SELECT {columns(model)} FROM {model._meta.db_table} {tail}", values)  # noqa: S608
    return [made(model, iter(row)) for row in found]


def rows_of(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        run(cursor, statement, values)
        return cursor.fetchall()  # type: ignore[no-any-return]


def run(cursor: Any, statement: str, values: Sequence[Any], before: str = "") -> None:
    """Planned once for each connection: PostgreSQL takes longer to plan such a query than to answer it."""
    if settings.PREPARED_STATEMENTS:
        statement = f"EXECUTE {prepared(statement)} ({', '.join(['%s'] * len(values))})"
    cursor.execute(f"{before}; {statement}" if before else statement, values)


plans = WeakKeyDictionary[Any, dict[str, str]]()


def prepared(statement: str) -> str:
    """The name under which this connection knows the statement."""
    connection.ensure_connection()
    known = plans.setdefault(connection.connection, {})
    if statement not in known:
        count = itertools.count(1)
        numbered = re.sub("%s", lambda _: f"${next(count)}", statement)
        name = f"{PREPARED}{len(known)}"
        with connection.connection.cursor() as plain:  # no query of the page that happens to be the first
            plain.execute(f"PREPARE {name} AS {numbered}")
        known[statement] = name
    return known[statement]


def nested(model: type[models.Model], tail: str) -> str:
    """An expression for all rows of another table, as JSON for `know`; numbers go as text, which keeps them exact."""
    fields = [f"{name}::text" if name in decimals(model) else name for name in names(model)]
    order = tail.partition("ORDER BY")
    listed = f"json_agg(json_build_array({', '.join(fields)}) ORDER BY {order[2]})"
    return f"(SELECT {listed} FROM {model._meta.db_table} {order[0]})"  # noqa: S608


def know(row: models.Model, relation: str, model: type[models.Model], values: list[list[Any]] | None) -> None:
    """What `nested` read with it: as after `prefetch_related`, `relation.all()` asks nothing."""
    related = [made(model, iter(one)) for one in values or []]
    for one in related:
        for name in decimals(model):
            setattr(one, name, Decimal(getattr(one, name)))
    found = getattr(row, relation).all()
    found._result_cache, found._prefetch_done = related, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = found


@lru_cache(maxsize=10)
def names(model: type[models.Model]) -> list[str]:
    """Of the columns that are read; JSON is left for whoever asks for it."""
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.JSONField)]


@lru_cache(maxsize=10)
def decimals(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, models.DecimalField)]


@lru_cache(maxsize=10)
def columns(model: type[models.Model]) -> str:
    return ", ".join(f'{model._meta.db_table}."{name}"' for name in names(model))


def made(model: type[models.Model], values: Iterator[Any]) -> Any:
    """Takes this model's columns off the values."""
    attributes = names(model)
    return model.from_db(connection.alias, attributes, list(itertools.islice(values, len(attributes))))
