"""A member's score set apart from the team's: by hand, or by the peer factor that the instructor approves."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Enrollment, Team, User
from projects.models import Evaluation, Milestone

from .. import apart, permissions
from ..models import Item, Score
from ..policy import State
from . import awarding

MOVED = "What is proposed has changed since this page was shown, so nothing was applied. Look again."
REASON = "Teammate evaluation: factor {factor} of the team's {base} points"


@transaction.atomic
def approve(*, item: Item, milestone: Milestone, team: Team, seen: Mapping[int, Decimal], by: User) -> None:
    """The proposed points become these members' scores, as ones that are set by hand: with a reason, their history, and
    a way back. What the instructor saw (points by enrolment) is what is approved, or nothing is."""
    permissions.check_leads(by, item.category.course)
    if not seen:
        raise ValidationError("Choose at least one member.")
    # Locked: teammates may still change what they said.
    Evaluation.objects.select_for_update().filter(milestone=milestone).first()
    found = {member.enrollment.pk: member for one in apart.teams(item, milestone, team) for member in one.members}
    for pk, points in sorted(seen.items()):
        put(item, found.get(pk), points, by)


def put(item: Item, member: apart.Member | None, seen: Decimal, by: User) -> None:
    if member is None or member.base is None or member.proposed is None or member.proposed != seen:
        raise ValidationError(MOVED)
    awarding.award(
        item=item,
        enrollment=member.enrollment,
        by=by,
        state=State.GRADED,
        points=member.proposed,
        reason=REASON.format(factor=member.factor_shown, base=f"{member.base.normalize():f}"),
    )


@transaction.atomic
def set_apart(
    *, item: Item, milestone: Milestone, team: Team, enrollment: Enrollment, points: Decimal, reason: str, by: User
) -> Score:
    """By hand; the reason stands beside the score, where the student reads it."""
    member_of(item, milestone, team, enrollment)
    if points < 0:
        raise ValidationError("Points are zero or more.")
    return awarding.award(item=item, enrollment=enrollment, by=by, state=State.GRADED, points=points, reason=reason)


@transaction.atomic
def undo(*, item: Item, milestone: Milestone, team: Team, enrollment: Enrollment, by: User) -> None:
    """The member has the team's score again."""
    member_of(item, milestone, team, enrollment)
    awarding.take_back(item=item, enrollment=enrollment, by=by)


def member_of(item: Item, milestone: Milestone, team: Team, enrollment: Enrollment) -> apart.Member:
    found = apart.teams(item, milestone, team)
    members = [member for one in found for member in one.members if member.enrollment == enrollment]
    if not members:
        raise ValidationError(f"{enrollment.user} was not in team {team} when {milestone} was due.")
    return members[0]
