"""The worker's entrances for mail: no logic, safe to run twice."""

from celery import shared_task


@shared_task
def send_new() -> None:
    from . import letters

    letters.send_new()


@shared_task
def send_waiting() -> None:
    from . import letters

    letters.send_waiting()
