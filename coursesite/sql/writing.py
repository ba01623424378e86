"""Rows of several tables written by one statement: where many people write at once, as in a deadline's last minute,
each round to the database counts, and so does composing its SQL."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, cast
from uuid import UUID

import pgtrigger
from django.db import connection, models

from .prepared import PLAIN, WRITTEN, Command, execute


def insert(rows: Sequence[models.Model], *, before: Command | None = None) -> None:
    """Writes new rows, and gives each the key that the database chose for it.

    Rows of one table must stand beside each other. All are written or none; a row may name another one of the same
    call whose key is known beforehand, since PostgreSQL looks at foreign keys when the statement ends. `save` is not
    called and no signal is sent: what the database holds (constraints, history) holds here too. `before` goes to the
    database along with it, and writes to no other tables than these.
    """
    if not rows:
        return
    tables = [(model, list(found)) for model, found in groupby(rows, key=type)]
    into_all = statement(*((model, len(found)) for model, found in tables))
    new = Command(into_all, [value for row in rows for value in values(row)])
    kind = WRITTEN if any(model in remembered() for model, _ in tables) else PLAIN
    with connection.cursor() as cursor:
        execute(cursor, new, before=before, kind=kind)
        keys = cursor.fetchone()
    for (_, found), chosen in zip(tables, keys, strict=True):
        for row, key in zip(found, chosen, strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=1)
def remembered() -> frozenset[type[models.Model]]:
    """The models whose rows have a history."""
    return frozenset(model for model, _ in pgtrigger.registered())


@lru_cache(maxsize=200)
def statement(*tables: tuple[type[models.Model], int]) -> str:
    parts = [f"t{n} AS ({into(model, count)})" for n, (model, count) in enumerate(tables)]
    keys = ", ".join(f"ARRAY(TABLE t{n})" for n in range(len(tables)))
    return f"WITH {', '.join(parts)} SELECT {keys}"


@lru_cache(maxsize=50)
def into(model: type[models.Model], rows: int) -> str:
    key = cast(Any, model._meta.pk)
    names = ", ".join(f'"{field.column}"' for field in columns(model))
    one = f"({', '.join(['%s'] * len(columns(model)))})"
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {", ".join([one] * rows)} RETURNING "{key.column}"'  # noqa: S608


@lru_cache(maxsize=50)
def columns(model: type[models.Model]) -> list[Any]:
    """All but a key that the database numbers."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


def values(row: models.Model) -> list[Any]:
    return [ready(field, field.pre_save(row, add=True)) for field in columns(type(row))]


AS_THEY_ARE = {str, int, bool, datetime, UUID, type(None)}


def ready(field: Any, value: Any) -> Any:
    """What the driver takes as it is needs none of the field's conversions; in JSON a text has quotes."""
    as_it_is = type(value) in AS_THEY_ARE and not isinstance(field, models.JSONField)
    return value if as_it_is else field.get_db_prep_save(value, connection)
