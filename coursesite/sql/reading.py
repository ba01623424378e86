"""Rows by plain statements, where every page and every hand-in asks: composing such a query costs Django more than
PostgreSQL takes to answer it."""

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState
from django.db.models.fields.reverse_related import ForeignObjectRel

from .prepared import Command, execute


def first(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    return next(iter(rows_of(statement, values)), None)


def rows_of(statement: str, values: Sequence[Any], *, before: Command | None = None) -> list[tuple[Any, ...]]:
    """`before` goes to the database along with it, for its effect alone."""
    with connection.cursor() as cursor:
        execute(cursor, Command(statement, values), before=before)
        return cursor.fetchall()  # type: ignore[no-any-return]


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
    found = model._default_manager.using(DEFAULT_DB_ALIAS)
    found._defer_next_filter = True  # type: ignore[attr-defined]
    found = found.filter(**{own_key(type(row), relation): row})  # of this row alone, when it is filtered further
    found._result_cache, found._prefetch_done = related, True  # type: ignore[attr-defined]
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = found


@lru_cache(maxsize=50)
def own_key(model: type[models.Model], relation: str) -> str:
    """The field by which the rows of a relation name the one that they belong to."""
    return cast(ForeignObjectRel, model._meta.get_field(relation)).field.name


def join(row: models.Model, **found: models.Model | None) -> None:
    """What was read with it, as after `select_related`: its own columns name them already."""
    row._state.fields_cache.update(found)


@lru_cache(maxsize=50)
def names(model: type[models.Model]) -> list[str]:
    """Of the columns that are read; JSON is left for whoever asks for it."""
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.JSONField)]


@lru_cache(maxsize=50)
def decimals(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, models.DecimalField)]


@lru_cache(maxsize=50)
def columns(model: type[models.Model]) -> str:
    return ", ".join(f'{model._meta.db_table}."{name}"' for name in names(model))


def made(model: type[models.Model], values: Iterator[Any]) -> Any:
    """Takes this model's columns off the values. As a row that is copied or unpickled: no signal tells of it."""
    row = model.__new__(model)
    row.__dict__.update(zip(names(model), values, strict=False))
    row._state = ModelState()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def maybe(model: type[models.Model], values: Iterator[Any]) -> Any:
    """The same after an outer join: None where there is no such row."""
    own = list(itertools.islice(values, len(names(model))))
    return made(model, iter(own)) if any(value is not None for value in own) else None
