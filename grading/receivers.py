"""What grading does when lower storeys change something, within the same transaction."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from coursesite.handin.models import Assignment, Problem, Submission
from coursesite.handin.signals import extension_changed, submitted, withdrawn
from coursesite.roster.models import Enrollment, Team
from homework.models import Homework
from projects.models import Milestone
from projects.signals import membership_changed

from .services import rewriting, scoring

LATE_RULE = {"due_at", "grace_minutes", "late_days", "penalty_percent", "floor_percent"}


@receiver(submitted)
@receiver(withdrawn)
def work_came(submission: Submission, new: bool = False, along: dict[str, Any] | None = None, **_: Any) -> None:
    if not (new and scoring.is_plain(submission, along or {})):
        scoring.refresh_owner(assignment=submission.assignment, owner=submission.owner)


@receiver(extension_changed)
def deadline_moved(assignment: Assignment, owner: Enrollment | Team, **_: Any) -> None:
    scoring.refresh_owner(assignment=assignment, owner=owner)


@receiver(membership_changed)
def team_changed(enrollment: Enrollment, **_: Any) -> None:
    for milestone in Milestone.objects.filter(course=enrollment.course_id):
        scoring.refresh(assignment=milestone, enrollment=enrollment)


@receiver(post_save, sender=Assignment)
@receiver(post_save, sender=Homework)
@receiver(post_save, sender=Milestone)
def rule_changed(instance: Assignment, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or LATE_RULE & update_fields):
        with transaction.atomic():
            scoring.refresh_assignment(assignment=instance)


@receiver(post_save, sender=Problem)
@receiver(post_delete, sender=Problem)
def problem_changed(instance: Problem, **_: Any) -> None:
    with transaction.atomic():
        rewriting.rewrite(instance)
        scoring.refresh_points(assignment=instance.assignment)
