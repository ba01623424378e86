"""The worker's entrances for what is handed in: no logic, safe to run twice."""

from celery import shared_task


@shared_task
def bind(scan: int) -> None:
    from . import scans

    scans.bind(scan)


@shared_task
def bind_waiting() -> None:
    from . import scans

    scans.bind_waiting()
