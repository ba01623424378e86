"""The worker's entrances: no logic, safe to run twice."""

from celery import shared_task


@shared_task
def reconcile() -> None:
    """Computes whatever is stale: after each change, and by beat for what broker or worker lost."""
    from .services import computing

    computing.compute_stale()
