"""Teams: founding, inviting, joining, leaving; staff move people."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, Team, User

from ..models import Answer, Invitation
from ..signals import membership_changed


def team_of(enrollment: Enrollment) -> Team | None:
    membership = Membership.objects.current().filter(enrollment=enrollment).select_related("team").first()
    return membership.team if membership else None


@transaction.atomic
def found(*, enrollment: Enrollment, name: str) -> Team:
    """A new team with this student in it."""
    check_student(enrollment)
    team = Team(course=enrollment.course, name=" ".join(name.split()))
    team.full_clean()
    team.save()
    join(team, enrollment, timezone.now())
    return team


@transaction.atomic
def invite(*, team: Team, by: Enrollment, invited: Enrollment) -> Invitation:
    """Any member invites; the invited student decides."""
    lock(team)
    check_member(team, by)
    check_student(invited)
    if invited.course_id != team.course_id:
        raise ValidationError("Only students of this course can be invited.")
    if team_of(invited):
        raise ValidationError(f"{invited.user} is in a team already.")
    check_room(team, open_invitations=Invitation.objects.open().filter(team=team).count())
    invitation = Invitation(team=team, invited=invited, invited_by=by.user)
    invitation.full_clean()
    invitation.save()
    return invitation


@transaction.atomic
def accept(*, invitation: Invitation, enrollment: Enrollment) -> Team:
    """The invited student joins; their other invitations are declined with it."""
    lock(invitation.team)
    answer(invitation, enrollment, Answer.ACCEPTED)
    check_student(enrollment)
    check_room(invitation.team)
    join(invitation.team, enrollment, timezone.now())
    Invitation.objects.open().filter(invited=enrollment).update(answer=Answer.DECLINED, answered_at=timezone.now())
    return invitation.team


@transaction.atomic
def decline(*, invitation: Invitation, enrollment: Enrollment) -> None:
    answer(invitation, enrollment, Answer.DECLINED)


@transaction.atomic
def withdraw(*, invitation: Invitation, enrollment: Enrollment) -> None:
    check_member(invitation.team, enrollment)
    answer(invitation, invitation.invited, Answer.WITHDRAWN)


def answer(invitation: Invitation, enrollment: Enrollment, said: Answer) -> None:
    mine = Invitation.objects.open().filter(pk=invitation.pk, invited=enrollment)
    if not mine.update(answer=said, answered_at=timezone.now()):
        raise ValidationError("This invitation is no longer open.")


@transaction.atomic
def leave(*, enrollment: Enrollment) -> None:
    """Possible until the team has handed something in; afterwards staff decide."""
    team = team_of(enrollment)
    if team is None:
        raise ValidationError("You are in no team.")
    lock(team)
    if Submission.objects.filter(team=team).exists():
        raise ValidationError("The team has handed in already; ask the course staff to move you.")
    part(enrollment, timezone.now())


@transaction.atomic
def move(*, enrollment: Enrollment, team: Team | None, by: User) -> None:
    """Staff put a student into another team, or into none; sizes bind students, not staff."""
    if not Course.objects.staffed_by(by).filter(pk=enrollment.course_id).exists():
        raise ValidationError("Only staff of the course move students between teams.")
    if team and team.course_id != enrollment.course_id:
        raise ValidationError("This team belongs to another course.")
    if team == team_of(enrollment):
        return
    now = timezone.now()
    part(enrollment, now)
    if team:
        join(team, enrollment, now)


def lock(team: Team) -> None:
    # Locked: the last free place must not be taken twice.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def check_student(enrollment: Enrollment) -> None:
    if enrollment.role != Role.STUDENT or enrollment.status != Status.ACTIVE:
        raise ValidationError("Teams are made of students of the course.")


def check_member(team: Team, enrollment: Enrollment) -> None:
    if not Membership.objects.current().filter(team=team, enrollment=enrollment).exists():
        raise ValidationError("Only members of the team can do this.")


def check_room(team: Team, open_invitations: int = 0) -> None:
    taken = Membership.objects.current().filter(team=team).count() + open_invitations
    if taken >= team.course.team_max:
        invited = ", open invitations included" if open_invitations else ""
        raise ValidationError(f"A team has {team.course.team_max} members at most{invited}.")


def join(team: Team, enrollment: Enrollment, now: datetime) -> None:
    # Locked: two teams may take the same student at once.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    if Membership.objects.current().filter(enrollment=enrollment).exists():
        raise ValidationError(f"{enrollment.user} is in a team already.")
    Membership.objects.create(team=team, enrollment=enrollment, joined_at=now)
    membership_changed.send(Enrollment, enrollment=enrollment)


def part(enrollment: Enrollment, now: datetime) -> None:
    Membership.objects.current().filter(enrollment=enrollment).update(left_at=now)
    membership_changed.send(Enrollment, enrollment=enrollment)
