"""Teams: founding, inviting, asking, joining, leaving until teams are fixed; staff move people at any time."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, Team, User

from ..models import Answer, Invitation
from ..signals import membership_changed


def team_of(enrollment: Enrollment) -> Team | None:
    membership = Membership.objects.current().filter(enrollment=enrollment).select_related("team").first()
    return membership.team if membership else None


def fixed(course: Course, now: datetime | None = None) -> bool:
    """Whether the day is over until which students make their teams."""
    return course.teams_lock_at is not None and course.teams_lock_at < (now or timezone.now())


def check_open(course: Course) -> None:
    if fixed(course):
        raise ValidationError("Teams are fixed now; ask the course staff, who can still move people.")


@transaction.atomic
def found(*, enrollment: Enrollment, name: str) -> Team:
    """A new team with this student in it."""
    check_open(enrollment.course)
    check_student(enrollment)
    hold(enrollment)
    team = Team(course=enrollment.course, name=" ".join(name.split()))
    team.full_clean()
    team.save()
    join(team, enrollment, by=enrollment.user)
    return team


@transaction.atomic
def invite(*, team: Team, by: Enrollment, invited: Enrollment) -> Invitation:
    """Any member invites; the invited student decides."""
    lock(team)
    check_member(team, by)
    check_room(team, open_invitations=Invitation.objects.open().filter(team=team, asked=False).count())
    return offer(team, invited, by.user, asked=False)


@transaction.atomic
def ask(*, team: Team, enrollment: Enrollment) -> Invitation:
    """A student asks to join; any member decides. Asking takes no place."""
    lock(team)
    check_room(team)
    if not Membership.objects.current().filter(team=team).exists():
        raise ValidationError("Nobody is in this team any more.")
    return offer(team, enrollment, enrollment.user, asked=True)


def offer(team: Team, invited: Enrollment, by: User, *, asked: bool) -> Invitation:
    check_open(team.course)
    check_student(invited)
    if invited.course_id != team.course_id:
        raise ValidationError("Only students of this course can be invited.")
    if team_of(invited):
        raise ValidationError(f"{invited.user} is in a team already.")
    there = Invitation.objects.open().filter(team=team, invited=invited).first()
    if there and there.asked != asked:
        raise ValidationError("The other side has asked already: accept that.")
    invitation = Invitation(team=team, invited=invited, invited_by=by, asked=asked)
    invitation.full_clean()
    invitation.save()
    tell(invitation)
    return invitation


def tell(invitation: Invitation) -> None:
    """Whoever is to decide learns of it by mail, since few look at the page by chance."""
    team, who = invitation.team, invitation.invited.user
    page = f"{settings.SITE_URL}{reverse('projects:index', args=[team.course.slug])}"
    if invitation.asked:
        members = team.memberships.current().select_related("enrollment__user")
        letters.post(
            [row.enrollment.user for row in members],
            f"{team.course.title}: {who} asks to join team {team}",
            f"Any of you can take {who} in, or decline:\n\n{page}\n",
        )
    else:
        said = f"{invitation.invited_by} invites you to team {team}. Join or decline here:\n\n{page}\n"
        letters.post([who], f"{team.course.title}: you are invited to team {team}", said)


@transaction.atomic
def rename(*, team: Team, enrollment: Enrollment, name: str) -> Team:
    """By a member, at any time: what it is called changes nothing of who is in it."""
    lock(team)
    check_member(team, enrollment)
    team.name = " ".join(name.split())
    team.full_clean()
    team.save(update_fields=["name"])
    return team


@transaction.atomic
def accept(*, invitation: Invitation, enrollment: Enrollment) -> Team:
    """The invited student, or for one who has asked a member of the team, agrees; whatever else was open for the new
    member is declined with it."""
    team, joining = invitation.team, invitation.invited
    hold(joining)
    lock(team)
    check_open(team.course)
    answer(invitation, enrollment, Answer.ACCEPTED)
    check_student(joining)
    check_room(team)
    join(team, joining, by=enrollment.user)
    Invitation.objects.open().filter(invited=joining).update(answer=Answer.DECLINED, answered_at=timezone.now())
    return team


@transaction.atomic
def decline(*, invitation: Invitation, enrollment: Enrollment) -> None:
    check_open(invitation.team.course)
    answer(invitation, enrollment, Answer.DECLINED)


@transaction.atomic
def withdraw(*, invitation: Invitation, enrollment: Enrollment) -> None:
    """By the side that asked."""
    check_open(invitation.team.course)
    check_side(invitation, enrollment, of_team=not invitation.asked)
    close(invitation, Answer.WITHDRAWN)


def answer(invitation: Invitation, enrollment: Enrollment, said: Answer) -> None:
    """By the side that was asked."""
    check_side(invitation, enrollment, of_team=invitation.asked)
    close(invitation, said)


def check_side(invitation: Invitation, enrollment: Enrollment, *, of_team: bool) -> None:
    if of_team:
        check_member(invitation.team, enrollment)
    elif invitation.invited_id != enrollment.pk:
        raise ValidationError("This invitation is no longer open.")


def close(invitation: Invitation, said: Answer) -> None:
    if not Invitation.objects.open().filter(pk=invitation.pk).update(answer=said, answered_at=timezone.now()):
        raise ValidationError("This invitation is no longer open.")


@transaction.atomic
def leave(*, enrollment: Enrollment) -> None:
    """Possible until teams are fixed or the team has handed something in; afterwards staff decide."""
    team = team_of(enrollment)
    if team is None:
        raise ValidationError("You are in no team.")
    check_open(team.course)
    hold(enrollment)
    lock(team)
    if Submission.objects.filter(team=team).exists():
        raise ValidationError("The team has handed in already; ask the course staff to move you.")
    part(enrollment, by=enrollment.user)
    lapse(team)


def lapse(team: Team) -> None:
    """Nobody is left who could stand by what an empty team has offered."""
    if not Membership.objects.current().filter(team=team).exists():
        Invitation.objects.open().filter(team=team).update(answer=Answer.WITHDRAWN, answered_at=timezone.now())


@transaction.atomic
def move(*, enrollment: Enrollment, team: Team | None, by: User, reason: str, over_size: bool = False) -> None:
    """Staff put a student into another team, or into none, at any time; who, when and why is kept.

    Sizes bind students; staff go beyond them only when they say so, and that is recorded.
    """
    check_staff(enrollment.course, by)
    if team and team.course_id != enrollment.course_id:
        raise ValidationError("This team belongs to another course.")
    hold(enrollment)
    if team == team_of(enrollment):
        return
    if not reason.strip():
        raise ValidationError("Say why; the reason is kept with the move.")
    if team:
        lock(team)
        check_student(enrollment)
        over_size = over_size and full(team)
        if not over_size:
            check_room(team)
    before = team_of(enrollment)
    part(enrollment, by=by, reason=reason)
    if before:
        lapse(before)
    if team:
        join(team, enrollment, by=by, reason=reason, over_size=over_size)
        Invitation.objects.open().filter(invited=enrollment).update(answer=Answer.DECLINED, answered_at=timezone.now())


def check_staff(course: Course, by: User) -> None:
    if not Course.objects.staffed_by(by).filter(pk=course.pk).exists():
        raise ValidationError("Only staff of the course move students between teams.")


def hold(enrollment: Enrollment) -> None:
    # Locked: two teams may take the same student at once. The student comes before the team, always, so that nobody
    # waits for each other.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)


def lock(team: Team) -> None:
    # Locked: the last free place must not be taken twice.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def check_student(enrollment: Enrollment) -> None:
    if enrollment.role != Role.STUDENT or enrollment.status != Status.ACTIVE:
        raise ValidationError("Teams are made of students of the course.")


def check_member(team: Team, enrollment: Enrollment) -> None:
    if not Membership.objects.current().filter(team=team, enrollment=enrollment).exists():
        raise ValidationError("Only members of the team can do this.")


def full(team: Team) -> bool:
    return Membership.objects.current().filter(team=team).count() >= team.course.team_max


def check_room(team: Team, open_invitations: int = 0) -> None:
    taken = Membership.objects.current().filter(team=team).count() + open_invitations
    if taken >= team.course.team_max:
        invited = ", open invitations included" if open_invitations else ""
        raise ValidationError(f"A team has {team.course.team_max} members at most{invited}.")


def join(team: Team, enrollment: Enrollment, *, by: User, reason: str = "", over_size: bool = False) -> None:
    if Membership.objects.current().filter(enrollment=enrollment).exists():
        raise ValidationError(f"{enrollment.user} is in a team already.")
    Membership.objects.create(
        team=team, enrollment=enrollment, joined_at=timezone.now(), joined_by=by, join_reason=reason.strip(),
        over_size=over_size,
    )  # fmt: skip
    membership_changed.send(Enrollment, enrollment=enrollment)


def part(enrollment: Enrollment, *, by: User, reason: str = "") -> None:
    mine = Membership.objects.current().filter(enrollment=enrollment)
    mine.update(left_at=timezone.now(), left_by=by, leave_reason=reason.strip())
    membership_changed.send(Enrollment, enrollment=enrollment)
