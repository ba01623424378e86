"""A real Celery worker for tests, on the database and the broker of the test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")


def environ() -> dict[str, str]:
    """For processes of their own that share the test's database and broker."""
    told = settings.DATABASES["default"]
    name = connection.settings_dict["NAME"]
    return os.environ | {
        "DATABASE_URL": f"postgres://{told['USER']}@/{name}?host={told['HOST']}",
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "SECRET_KEY": "for-the-processes-of-a-test",
        "DJANGO_SETTINGS_MODULE": "coursesite.settings",
    }


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "coursesite",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "ERROR",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environ(), start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def until(holds: Callable[[], Found], seconds: float = 30) -> Found:
    """Waits for what happens in another process; fails when it does not."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return found
