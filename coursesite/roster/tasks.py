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


@shared_task
def clear_sessions() -> None:
    from .asking import SessionStore

    SessionStore.clear_expired()
