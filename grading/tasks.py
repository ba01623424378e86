"""The worker's entrances: no logic, safe to run twice."""

from celery import shared_task
from django.utils import timezone


@shared_task
def reconcile() -> None:
    """Computes whatever is stale: after each change, and by beat for what broker or worker lost."""
    from .services import computing

    computing.compute_stale()


@shared_task
def write_missing() -> None:
    """Every minute: whose last moment has passed with nothing handed in."""
    from .services import computing, deadlines

    if deadlines.write_missing(now=timezone.now()):
        computing.compute_stale()


@shared_task
def release_due() -> None:
    """Every minute: what was planned to be released by now."""
    from .services import awarding

    awarding.release_due(now=timezone.now())
