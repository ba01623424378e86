"""The worker's entrances for handing in: no logic, safe to run twice."""

from celery import shared_task


@shared_task
def mail_receipt(receipt: int) -> None:
    from . import receipts

    receipts.mail(receipt)


@shared_task
def mail_waiting() -> None:
    from . import receipts

    receipts.mail_waiting()
