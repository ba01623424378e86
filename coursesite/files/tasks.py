"""The worker's entrances for files: no logic, safe to run twice."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
GATHER = 0.2  # seconds
PAUSE = 5.0
asked_again = 0.0
gathered = dict[tuple[str, tuple[object, ...]], Any]()
gathering = Lock()


@lru_cache(maxsize=1)
def postman() -> ThreadPoolExecutor:
    """One thread that hands tasks to the broker, so that nobody's page waits for that. A process that ends by itself
    waits until all are handed over."""
    return ThreadPoolExecutor(1, thread_name_prefix="broker")


def forget() -> None:
    """In a child process: its parent's thread is not there, and what that had to hand over is the parent's."""
    global gathering
    gathering = Lock()
    gathered.clear()
    postman.cache_clear()


os.register_at_fork(after_in_child=forget)


def later(task: Any, *arguments: object) -> None:
    """Hands a task to the broker within a moment; what is said twice in that moment is said once.

    When the broker or this process is gone before, nothing is lost: the reconciler finds the work (battery F02, F03).
    """
    with gathering:
        is_first = not gathered
        gathered[task.name, arguments] = task
    if is_first:
        postman().submit(hand_over_all)


def hand_over_all() -> None:
    time.sleep(GATHER)
    with gathering:
        found = [(task, arguments) for (_, arguments), task in gathered.items()]
        gathered.clear()
    for task, arguments in found:
        hand_over(task, arguments)


def hand_over(task: Any, arguments: tuple[object, ...] = ()) -> None:
    """A broker that has just failed is left alone for some seconds, so that other tasks do not wait for it as well."""
    global asked_again
    if time.monotonic() < asked_again:
        return
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as problem:
        asked_again = time.monotonic() + PAUSE
        log.warning("The broker is down, %s waits for the reconciler: %s", task.name, problem)


@shared_task
def inspect_waiting() -> None:
    from . import services

    services.inspect_waiting()


@shared_task
def sweep() -> None:
    from . import services

    services.sweep()
