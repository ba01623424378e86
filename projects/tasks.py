"""The worker's entrances for projects: no logic, safe to run twice."""

from celery import shared_task
from django.utils import timezone


@shared_task
def form_teams(formation: int) -> None:
    from .services import running

    running.run(formation)


@shared_task
def form_waiting() -> None:
    from .services import forming

    forming.form_waiting(timezone.now())
