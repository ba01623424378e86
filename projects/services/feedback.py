"""Classmates' words on a talk: one for each classmate and talk, shown to the team once staff release them."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Enrollment, Membership, Role, Status, User

from ..models import Feedback, Presentation, Talk
from .talks import check_staff


@transaction.atomic
def write(*, talk: Talk, author: Enrollment, text: str, now: datetime) -> Feedback:
    """From when the talk begins until feedback is released; until then one's words can be changed."""
    # Locked: a double click must not make two, nor a release pass by somebody who is just writing.
    presentation = Presentation.objects.select_for_update().get(pk=talk.presentation_id)
    check_author(talk, author)
    if presentation.feedback_released_at:
        raise ValidationError("Feedback has gone to the teams already.")
    if talk.slot is None or talk.slot.starts_at > now:
        raise ValidationError("Feedback opens when the talk begins.")
    row = Feedback.objects.filter(talk=talk, author=author).first() or Feedback(talk=talk, author=author)
    row.text = text.strip()
    row.full_clean()
    row.save()
    return row


def check_author(talk: Talk, author: Enrollment) -> None:
    student = author.role == Role.STUDENT and author.status == Status.ACTIVE
    if not student or author.course_id != talk.team.course_id:
        raise ValidationError("Feedback comes from students of the course.")
    if Membership.objects.current().filter(team=talk.team_id, enrollment=author).exists():
        raise ValidationError("This is your own talk.")


@transaction.atomic
def withhold(*, feedback: Feedback, by: User, withheld: bool) -> None:
    """What should not reach the team, by any of the staff."""
    check_staff(feedback.talk.team.course, by)
    feedback.withheld = withheld
    feedback.save(update_fields=["withheld"])


@transaction.atomic
def release(*, presentation: Presentation, by: User, now: datetime | None) -> None:
    """To every team at once; with `now` None it is taken back."""
    check_staff(presentation.milestone.course, by)
    Presentation.objects.select_for_update().get(pk=presentation.pk)
    presentation.feedback_released_at = now
    presentation.save(update_fields=["feedback_released_at"])
