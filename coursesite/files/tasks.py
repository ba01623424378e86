"""The worker's entrances for files: no logic, safe to run twice."""

import logging
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def later(task: Any, *arguments: object) -> None:
    """Hands a task to the broker. When that is down nothing is lost: the reconciler finds the work (battery F02)."""
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as problem:
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
