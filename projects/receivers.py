"""What follows in projects from what happens below."""

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from coursesite.handin.models import Assignment
from coursesite.handin.signals import postponed

from .models import Evaluation


@receiver(postponed)
def evaluate_later(sender: Any, assignment: Assignment, hours: int, **_: Any) -> None:
    """It opens when the milestone is due, so it would be open for less time, or never."""
    for evaluation in Evaluation.objects.filter(milestone=assignment, closes_at__gte=timezone.now()):
        evaluation.closes_at += timedelta(hours=hours)
        evaluation.save(update_fields=["closes_at"])
