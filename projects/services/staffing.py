"""Staff merge and split teams; each member's move is kept with who and why, as every other."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Enrollment, Team, User

from .teams import check_staff, hold, lock, move


@transaction.atomic
def merge(*, team: Team, into: Team, by: User, reason: str, over_size: bool = False) -> None:
    """Everybody of one team goes to another; what it has handed in stays its own."""
    check_staff(team.course, by)
    if team == into:
        raise ValidationError("Choose two different teams.")
    movers = members(team)
    if not movers:
        raise ValidationError(f"Nobody is in team {team}.")
    hold_all(movers)
    for enrollment in movers:
        move(enrollment=enrollment, team=into, by=by, reason=reason, over_size=over_size)


@transaction.atomic
def split(*, team: Team, leaving: Sequence[Enrollment], name: str, by: User, reason: str) -> Team:
    """Some members of a team make a new one."""
    check_staff(team.course, by)
    hold_all(leaving)
    lock(team)
    present = members(team)
    if not leaving or any(enrollment not in present for enrollment in leaving):
        raise ValidationError(f"Choose who leaves team {team}.")
    if len(leaving) == len(present):
        raise ValidationError("Somebody must stay; to rename a team, nobody needs to leave it.")
    made = Team(course=team.course, name=" ".join(name.split()))
    made.full_clean()
    made.save()
    for enrollment in leaving:
        move(enrollment=enrollment, team=made, by=by, reason=reason)
    return made


def members(team: Team) -> list[Enrollment]:
    rows = team.memberships.current().select_related("enrollment__course", "enrollment__user").order_by("enrollment")
    return [row.enrollment for row in rows]


def hold_all(enrollments: Sequence[Enrollment]) -> None:
    # Students before teams, and in one order, so that nobody waits for each other.
    for enrollment in sorted(enrollments, key=lambda row: row.pk):
        hold(enrollment)
