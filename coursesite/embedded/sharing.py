"""One data folder, many commands: who starts the server, and when it may stop.

Every command holds a shared lock on `users.lock` while it needs the server. The one that started it waits at its end
until it alone is left, so that nobody's connection is cut.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from . import launcher, paths


@contextlib.contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """BlockingIOError when `how` has LOCK_NB and another process holds it."""
    paths.private(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def database() -> Iterator[None]:
    """PostgreSQL for the time of one command: another process's when it runs, else our own."""
    server: contextlib.AbstractContextManager[None] | None = None
    try:
        with users(fcntl.LOCK_SH):
            with locked(paths.data() / "start.lock", fcntl.LOCK_EX):
                if not launcher.answers():
                    server = launcher.postgres()
                    server.__enter__()
            yield
    finally:
        if server:
            with users(fcntl.LOCK_EX):
                server.__exit__(None, None, None)


def users(how: int) -> contextlib.AbstractContextManager[None]:
    return locked(paths.data() / "users.lock", how)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """For `up`: one at a time on this data; CannotStart for the second."""
    try:
        with locked(paths.data() / "up.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError:
        raise launcher.CannotStart(f"Coursesite runs already on {paths.data()}; stop it first.") from None


def migrated() -> None:
    """Brings the embedded database to the code's state; a quick look when it is there already."""
    import django
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from coursesite.collector import calm

    django.setup()
    calm()  # migrations make many objects that live until the end
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
