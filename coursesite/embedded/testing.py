"""A pytest plugin: tests talk to a real PostgreSQL, an embedded one with throw-away data, unless DATABASE_URL
names another. Loaded with `-p`, so that it comes before pytest-django reads the settings."""

import contextlib
import os
import shutil
import tempfile

services = contextlib.ExitStack()

if "DATABASE_URL" not in os.environ:
    data = tempfile.mkdtemp(prefix="coursesite-test-")
    os.environ["COURSESITE_DATA"] = data

    from coursesite.embedded import launcher, paths

    services.callback(shutil.rmtree, data, ignore_errors=True)
    services.callback(shutil.rmtree, paths.services(), ignore_errors=True)
    services.enter_context(launcher.postgres(durable=False))
    services.enter_context(launcher.valkey())


def pytest_unconfigure() -> None:
    services.close()
