"""The worker's entrances for files: no logic, safe to run twice."""

import logging
import time
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
PAUSE = 5.0
asked_again = 0.0


def later(task: Any, *arguments: object) -> None:
    """Hands a task to the broker. When that is down nothing is lost: the reconciler finds the work (battery F02).

    A broker that has just failed is left alone for some seconds, so that nobody's page waits for it again and again.
    """
    global asked_again
    if time.monotonic() < asked_again:
        return
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as problem:
        asked_again = time.monotonic() + PAUSE
        log.warning("The broker is down, %s waits for the reconciler: %s", task.name, problem)


@shared_task
def inspect(file_id: str) -> None:
    from . import services

    services.inspect(file_id)


@shared_task
def inspect_waiting() -> None:
    from . import services

    services.inspect_waiting()


@shared_task
def sweep() -> None:
    from . import services

    services.sweep()
