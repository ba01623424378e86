"""The worker's entrances for mail: no logic, safe to run twice."""

from celery import shared_task


@shared_task
def send_letter(letter: int) -> None:
    from . import letters

    letters.send(letter)


@shared_task
def send_waiting() -> None:
    from . import letters

    letters.send_waiting()
