"""Handing in for a team."""

from django.core.exceptions import ValidationError

from coursesite.handin import services as handin
from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment

from ..models import Milestone
from .teams import team_of


def submit(*, milestone: Milestone, enrollment: Enrollment, delivery: handin.Delivery) -> tuple[Submission, bool]:
    """The team's version; any member hands in, and the newest counts for all."""
    team = team_of(enrollment)
    if team is None:
        raise ValidationError("Join a team first: the project is handed in by teams.")
    return handin.submit(assignment=milestone, owner=team, author=enrollment.user, delivery=delivery)
