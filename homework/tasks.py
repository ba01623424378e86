"""The worker's entrances: no logic, safe to run twice."""

from celery import shared_task
from django.utils import timezone


@shared_task
def compare(comparison_id: int) -> None:
    from .services import comparing

    comparing.compare(comparison_id, now=timezone.now())


@shared_task
def compare_waiting() -> None:
    """By beat: what broker or worker lost."""
    from .services import comparing

    comparing.compare_waiting(now=timezone.now())
