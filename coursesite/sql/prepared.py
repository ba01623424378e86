"""Statements that each connection plans once: PostgreSQL takes longer to plan what is asked again and again, over many
tables, than to run it."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings

# How the names begin of those that only read, that write what no history remembers, and that write what one does.
ASKED, PLAIN, WRITTEN = "asked_", "plain_", "written_"
plans = WeakKeyDictionary[Any, dict[str, str]]()


class Command(NamedTuple):
    """A statement with `%s` in it, and the values for these."""

    sql: str
    values: Sequence[Any]


def execute(cursor: Any, asked: Command, *, before: Command | None = None, kind: str = ASKED) -> None:
    """Runs it; `before` goes to the database along with it, for its effect alone."""
    commands = [before, asked] if before else [asked]
    if settings.PREPARED_STATEMENTS:
        commands = [Command(named(cursor, sql, values, kind), values) for sql, values in commands]
    cursor.execute("; ".join(command.sql for command in commands), [v for command in commands for v in command.values])


def named(cursor: Any, statement: str, values: Sequence[Any], kind: str) -> str:
    listed = f"({', '.join(['%s'] * len(values))})" if values else ""
    return f"EXECUTE {name_of(cursor, statement, kind)} {listed}"


def name_of(cursor: Any, statement: str, kind: str) -> str:
    """The name under which the cursor's connection knows the statement."""
    connection = cursor.db.connection
    known = plans.setdefault(connection, {})
    if statement not in known:
        count = itertools.count(1)
        numbered = re.sub("%s", lambda _: f"${next(count)}", statement)
        name = f"{kind}{len(known)}"
        with connection.cursor() as plain:  # no query of the page that happens to be the first
            plain.execute(f"PREPARE {name} AS {numbered}")
        known[statement] = name
    return known[statement]
