"""What follows in projects from what happens below."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone

from coursesite.handin.models import Assignment, Kind

from .models import Evaluation, Milestone


@receiver(pre_save, sender=Assignment)
@receiver(pre_save, sender=Milestone)
def evaluate_later(instance: Assignment, update_fields: frozenset[str] | None, **_: Any) -> None:
    """It opens when the milestone is due: with a later deadline it would be open for less time, or never. Whoever moves
    the deadline, in the admin, by the course file or for an outage, need not think of it."""
    if instance.kind != Kind.MILESTONE or (update_fields is not None and "due_at" not in update_fields):
        return
    ahead = Evaluation.objects.filter(milestone=instance.pk, closes_at__gte=timezone.now())
    evaluation = ahead.select_related("milestone").first()
    more = instance.due_at - evaluation.milestone.due_at if evaluation else timedelta(0)
    if evaluation and more > timedelta(0):
        with transaction.atomic():
            evaluation.closes_at += more
            evaluation.save(update_fields=["closes_at"])
