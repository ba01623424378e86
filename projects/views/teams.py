"""One's team: its page, founding, inviting, asking, joining and leaving."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.handin.models import Part, Submission
from coursesite.handin.queries import lacking
from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment, Membership, Team

from .. import queries, services
from ..forms import FoundForm, InviteForm
from ..models import Idea, Invitation, Milestone, Profile, Talk, block_name

MEMBER = ("enrollment__user", "enrollment__section", "enrollment__profile")


@course_page
def index(visit: Visit) -> HttpResponse:
    if visit.request.method == "POST":
        return act(visit, again=show)
    return show(visit)


def show(visit: Visit, status: int = 200, found: FoundForm | None = None) -> HttpResponse:
    team = services.team_of(visit.student) if visit.student else None
    milestones = list(
        Milestone.objects.filter(course=visit.course).with_own_rule(visit.student).prefetch_related("parts")
    )
    work = Submission.objects.current().filter(team=team, assignment__in=milestones).prefetch_related("files")
    current = {submission.assignment_id: submission for submission in (work if team else [])}
    members = list(team.memberships.current().select_related(*MEMBER)) if team else []
    open_now = Invitation.objects.open().select_related("team", "invited_by", "invited__user")
    is_open = not services.fixed(visit.course)
    return visit.page(
        "projects/index.html",
        status=status,
        team=team,
        members=members,
        common=common_hours(members),
        handed_in=bool(current),
        rows=(rows := lines(milestones, current, team)),
        coming=coming(rows, timezone.now()),
        idea=Idea.objects.standing().filter(team=team).first() if team else None,
        told=bool(visit.student and Profile.objects.filter(enrollment=visit.student).exists()),
        invitations=open_now.filter(invited=visit.student) if visit.student and is_open else [],
        offers=open_now.filter(team=team) if team and is_open else [],
        is_open=is_open,
        found_form=found or FoundForm(),
        invite_form=InviteForm(visit.course) if team else None,
        teams=queries.team_rows(visit.course),
        now=timezone.now(),
    )


@dataclass(frozen=True)
class Line:
    """A milestone as the team stands in it."""

    milestone: Milestone
    submission: Submission | None
    talk: Talk | None
    lacking: list[Part]  # required parts that the version does not hold

    @property
    def is_open(self) -> bool:
        """Something is still to be handed in."""
        return self.submission is None or bool(self.lacking)


def lines(milestones: list[Milestone], current: dict[int, Submission], team: Team | None) -> list[Line]:
    held = Talk.objects.filter(team=team).select_related("slot") if team else []
    talks = {talk.presentation_id: talk for talk in held if talk.slot}
    for row in milestones:
        if row.pk in current:
            current[row.pk].rule = row.own_rule  # known already, so that lateness asks nothing more
    found = [(row, current.get(row.pk)) for row in milestones]
    return [Line(row, work, talks.get(row.pk), lacking(row, [work]) if work else []) for row, work in found]


def common_hours(members: list[Membership]) -> list[str]:
    """When all are free; known once everybody has told."""
    profiles = [getattr(row.enrollment, "profile", None) for row in members]
    told = [set(profile.hours) for profile in profiles if profile]
    shared = set.intersection(*told) if told and len(told) == len(members) else set()
    return [block_name(block) for block in sorted(shared)]


def coming(rows: list[Line], now: datetime) -> Line | None:
    """What is due next; what is handed in already waits for no one."""
    ahead = [row for row in rows if row.milestone.own_rule.closes_at >= now]
    return next((row for row in ahead if row.is_open), ahead[0] if ahead else None)


def act(visit: Visit, again: Callable[..., HttpResponse], home: str = "projects:index") -> HttpResponse:
    """One of the team's acts; what the service refuses is told on the page."""
    student = visit.student
    if student is None:
        raise Http404
    chosen = ACTS.get(visit.request.POST.get("act", ""))
    if chosen is None:
        raise Http404
    try:
        done = chosen(visit, student)
    except ValidationError as problem:
        for message in problem.messages:
            messages.error(visit.request, message)
        return again(visit, status=400)
    messages.success(visit.request, done)
    return redirect(home, visit.course.slug)


def found(visit: Visit, student: Enrollment) -> str:
    form = FoundForm(visit.request.POST)
    if not form.is_valid():
        raise ValidationError("Give the team a name.")
    return f"Team {services.found(enrollment=student, name=form.cleaned_data['name'])} is founded."


def invite(visit: Visit, student: Enrollment) -> str:
    team = services.team_of(student)
    form = InviteForm(visit.course, visit.request.POST)
    if team is None or not form.is_valid():
        raise ValidationError("Choose a classmate who is in no team yet.")
    services.invite(team=team, by=student, invited=form.cleaned_data["invited"])
    return f"{form.cleaned_data['invited'].user} is invited."


def invitation_of(visit: Visit) -> Invitation:
    number = visit.request.POST.get("invitation", "")
    mine = Invitation.objects.visible_to(visit.request.user).filter(team__course=visit.course)
    if not number.isdecimal() or len(number) > 15:
        raise Http404
    return get_object_or_404(mine.select_related("team__course", "invited__user"), pk=number)


def accept(visit: Visit, student: Enrollment) -> str:
    invitation = invitation_of(visit)
    team = services.accept(invitation=invitation, enrollment=student)
    return f"{invitation.invited.user} is in the team now." if invitation.asked else f"You are in team {team}."


def ask(visit: Visit, student: Enrollment) -> str:
    number = visit.request.POST.get("team", "")
    team = get_object_or_404(Team, course=visit.course, pk=number if number.isdecimal() and len(number) < 16 else 0)
    services.ask(team=team, enrollment=student)
    return f"Team {team} is asked; any of its members can take you in."


def decline(visit: Visit, student: Enrollment) -> str:
    services.decline(invitation=invitation_of(visit), enrollment=student)
    return "The invitation is declined."


def withdraw(visit: Visit, student: Enrollment) -> str:
    services.withdraw(invitation=invitation_of(visit), enrollment=student)
    return "The invitation is withdrawn."


def rename(visit: Visit, student: Enrollment) -> str:
    team, form = services.team_of(student), FoundForm(visit.request.POST)
    if team is None or not form.is_valid():
        raise ValidationError("Give the team a name.")
    return f"The team is called {services.rename(team=team, enrollment=student, name=form.cleaned_data['name'])} now."


def leave(visit: Visit, student: Enrollment) -> str:
    services.leave(enrollment=student)
    return "You have left the team."


ACTS: dict[str, Callable[[Visit, Enrollment], str]] = {
    "found": found,
    "invite": invite,
    "ask": ask,
    "accept": accept,
    "decline": decline,
    "withdraw": withdraw,
    "leave": leave,
    "rename": rename,
}
