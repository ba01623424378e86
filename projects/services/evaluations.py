"""Teammate evaluation: the instructor opens it for a milestone; members rate each other; nothing follows by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.handin.models import Assignment
from coursesite.roster.models import Enrollment, Membership, Team, User

from ..models import Evaluation, Rating
from .talks import check_leads


@dataclass(frozen=True)
class Said:
    rating: int
    comment: str = ""


@transaction.atomic
def plan(*, milestone: Assignment, closes_at: datetime, by: User) -> Evaluation:
    """It opens when the milestone is due; until when teammates may answer is the instructor's to say, and to move."""
    check_leads(milestone.course, by)
    if closes_at <= milestone.due_at:
        raise ValidationError({"closes_at": "It opens when the milestone is due, so it closes later than that."})
    row = Evaluation.objects.filter(milestone=milestone).first() or Evaluation(milestone=milestone)
    row.closes_at = closes_at
    row.full_clean()
    row.save()
    return row


def team_at_due(milestone: Assignment, enrollment: Enrollment) -> Team | None:
    there = Membership.objects.at(milestone.due_at).filter(enrollment=enrollment).select_related("team").first()
    return there.team if there else None


def teammates(milestone: Assignment, enrollment: Enrollment) -> list[Enrollment]:
    """Who was in the same team when the milestone was due."""
    team = team_at_due(milestone, enrollment)
    if team is None:
        return []
    rows = Membership.objects.at(milestone.due_at).filter(team=team).exclude(enrollment=enrollment)
    return [row.enrollment for row in rows.select_related("enrollment__user").order_by("enrollment__user__sort_name")]


@transaction.atomic
def rate(*, evaluation: Evaluation, rater: Enrollment, said: Mapping[int, Said], now: datetime) -> None:
    """About every teammate at once; until it closes the answers can be changed."""
    if not evaluation.is_open(now):
        raise ValidationError("The evaluation is not open now.")
    # Locked: a double click must not make two answers, nor may they change while the instructor approves a factor.
    Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    mates = {mate.pk: mate for mate in teammates(evaluation.milestone, rater)}
    if not mates or set(said) != set(mates):
        raise ValidationError("Say something about each of your teammates.")
    there = {row.ratee_id: row for row in Rating.objects.filter(evaluation=evaluation, rater=rater)}
    for pk, one in said.items():
        row = there.get(pk) or Rating(evaluation=evaluation, rater=rater, ratee=mates[pk])
        if (row.rating, row.comment) != (one.rating, one.comment.strip()):
            row.rating, row.comment = one.rating, one.comment.strip()
            row.full_clean()
            row.save()
