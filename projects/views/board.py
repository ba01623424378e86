"""The board of teams, students and ideas; one's own interests; posting an idea."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment

from .. import board as boards
from .. import services
from ..forms import BoardForm, IdeaForm, InterestsForm
from ..models import DAYS, Idea, Profile
from .teams import act


@course_page
def board(visit: Visit) -> HttpResponse:
    if visit.request.method == "POST":
        return act(visit, again=show, home="projects:board")
    return show(visit)


def show(visit: Visit, status: int = 200) -> HttpResponse:
    form = BoardForm(visit.course, visit.request.GET or None)
    form.is_valid()
    narrowed = getattr(form, "cleaned_data", {})
    team = services.team_of(visit.student) if visit.student else None
    found = boards.board(visit.course, visit.student, team, narrowed.get("topic"), narrowed.get("words") or "")
    members = team.memberships.current().count() if team else 0
    return visit.page(
        "projects/board.html",
        status=status,
        board=found,
        form=form,
        narrowed=any(narrowed.values()),
        team=team,
        has_room=0 < members < visit.course.team_max,
        is_open=not services.fixed(visit.course),
    )


def student_of(visit: Visit) -> Enrollment:
    if visit.student is None:
        raise Http404
    return visit.student


def refused(form: Any, problem: ValidationError) -> None:
    """What the service refuses stands in the form: beside its field where the form has it."""
    found = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
    for name, told in found.items():
        form.add_error(name if name in form.fields else None, told)


@course_page
def interests(visit: Visit) -> HttpResponse:
    student = student_of(visit)
    row = Profile.objects.filter(enrollment=student).prefetch_related("topics", "wishes").first()
    form = InterestsForm.of(student, row)
    if visit.request.method == "POST":
        form = InterestsForm(student, visit.request.POST)
        if form.is_valid():
            try:
                services.profile_save(enrollment=student, told=form.told())
            except ValidationError as problem:
                refused(form, problem)
            else:
                messages.success(visit.request, "Your interests are saved.")
                return redirect("projects:board", visit.course.slug)
    return visit.page("projects/interests.html", status=400 if form.errors else 200, form=form, days=DAYS)


@course_page
def new_idea(visit: Visit) -> HttpResponse:
    student = student_of(visit)
    form = IdeaForm(visit.course, visit.request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = services.idea_post(enrollment=student, proposal=form.proposal())
        except ValidationError as problem:
            refused(form, problem)
        else:
            messages.success(visit.request, f"“{made}” is on the board.")
            return redirect("projects:idea", visit.course.slug, made.pk)
    return visit.page("projects/idea_form.html", status=400 if form.errors else 200, form=form, idea=None)


def idea_of(visit: Visit, number: int) -> Idea:
    standing = Idea.objects.standing().visible_to(visit.request.user).filter(author__course=visit.course)
    return get_object_or_404(standing.select_related("author__user", "team").prefetch_related("topics"), pk=number)


@course_page
def idea(visit: Visit, idea: int) -> HttpResponse:
    """The idea, and what its reader may do with it."""
    row = idea_of(visit, idea)
    team = services.team_of(visit.student) if visit.student else None
    own = bool(visit.student and (row.author_id == visit.student.pk or (row.team_id and row.team == team)))
    if visit.request.method == "POST":
        return idea_act(visit, row)
    takes = bool(own and team and row.team_id is None and row.author_id and author_in(row, team))
    return visit.page("projects/idea.html", idea=row, own=own, takes=takes, team=team)


def author_in(row: Idea, team: Any) -> bool:
    return bool(team.memberships.current().filter(enrollment=row.author_id).exists())


def idea_act(visit: Visit, row: Idea) -> HttpResponse:
    chosen = visit.request.POST.get("act")
    try:
        if chosen == "withdraw":
            services.idea_withdraw(idea=row, by=visit.request.user, now=timezone.now())  # type: ignore[arg-type]
            messages.success(visit.request, "The idea is withdrawn.")
            return redirect("projects:board", visit.course.slug)
        if chosen == "take":
            services.idea_take(idea=row, enrollment=student_of(visit))
            messages.success(visit.request, "This is your team's project now.")
            return redirect("projects:idea", visit.course.slug, row.pk)
    except ValidationError as problem:
        for message in problem.messages:
            messages.error(visit.request, message)
        return redirect("projects:idea", visit.course.slug, row.pk)
    raise Http404


@course_page
def change_idea(visit: Visit, idea: int) -> HttpResponse:
    student, row = student_of(visit), idea_of(visit, idea)
    try:
        services.check_own(row, student)
    except ValidationError:
        raise Http404 from None
    form = IdeaForm(visit.course, visit.request.POST or None, initial=IdeaForm.initial_of(row))
    if form.is_bound and form.is_valid():
        try:
            services.idea_change(idea=row, enrollment=student, proposal=form.proposal())
        except ValidationError as problem:
            refused(form, problem)
        else:
            messages.success(visit.request, "The idea is changed.")
            return redirect("projects:idea", visit.course.slug, row.pk)
    return visit.page("projects/idea_form.html", status=400 if form.errors else 200, form=form, idea=row)
