"""Statements that each connection plans once: PostgreSQL takes longer to plan what is asked again and again, over many
tables, than to run it."""

import itertools
import re
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

ASKED, WRITTEN = "asked_", "written_"  # how the names of those begin that only read, and of those that write
plans = WeakKeyDictionary[Any, dict[str, str]]()


def execute(cursor: Any, statement: str, values: Sequence[Any], *, before: str = "", kind: str = ASKED) -> None:
    """Runs it with values for its `%s`; `before`, already complete, goes to the database along with it."""
    if settings.PREPARED_STATEMENTS:
        statement = f"EXECUTE {name_of(statement, kind)} ({', '.join(['%s'] * len(values))})"
    cursor.execute(f"{before}; {statement}" if before else statement, values)


def name_of(statement: str, kind: str) -> str:
    """The name under which this connection knows the statement."""
    connection.ensure_connection()
    known = plans.setdefault(connection.connection, {})
    if statement not in known:
        count = itertools.count(1)
        numbered = re.sub("%s", lambda _: f"${next(count)}", statement)
        name = f"{kind}{len(known)}"
        with connection.connection.cursor() as plain:  # no query of the page that happens to be the first
            plain.execute(f"PREPARE {name} AS {numbered}")
        known[statement] = name
    return known[statement]
