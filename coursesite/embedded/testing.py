"""A pytest plugin: tests talk to a real PostgreSQL, an embedded one with throw-away data, unless DATABASE_URL
names another. Loaded with `-p`, so that it comes before pytest-django reads the settings. With `-n` each process
has services of its own."""

import contextlib
import os
import shutil
import tempfile
from typing import Any

services = contextlib.ExitStack()
OWN = "DATABASE_URL" not in os.environ

if OWN:
    os.environ["COURSESITE_DATA"] = tempfile.mkdtemp(prefix="coursesite-test-")


def start(*, durable: bool = False) -> None:
    """`durable` is for measuring: each commit is on the disk, as it is where people work."""
    if not OWN:
        return
    from coursesite.embedded import launcher, paths

    services.callback(shutil.rmtree, paths.data(), ignore_errors=True)
    services.callback(shutil.rmtree, paths.services(), ignore_errors=True)
    services.enter_context(launcher.postgres(durable=durable))
    services.enter_context(launcher.valkey())


def pytest_sessionstart(session: Any) -> None:
    """Not for a process that only hands tests to others."""
    if not getattr(session.config.option, "numprocesses", None):
        start()


def pytest_collection_finish(session: Any) -> None:
    """As in the processes that serve: everything is loaded, and stays."""
    from coursesite.collector import calm

    calm()


def pytest_unconfigure() -> None:
    services.close()
    if OWN:
        shutil.rmtree(os.environ["COURSESITE_DATA"], ignore_errors=True)
