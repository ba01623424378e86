"""Scores within teams, for staff: all teams of a milestone, and one team with its evidence. Instructors decide."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment, Team
from projects.forms.evaluations import PlanForm
from projects.models import Evaluation, Milestone
from projects.services import evaluations

from . import apart as reports
from .live_views import points
from .models import Item
from .named import marks_page
from .services import apart


def item_of(milestone: Milestone) -> Item:
    found: Item = get_object_or_404(Item.objects.select_related("category__course"), assignment=milestone)
    return found


@marks_page
def teams(visit: Visit, row: Milestone) -> HttpResponse:
    item = item_of(row)
    evaluation = Evaluation.objects.filter(milestone=row).first() or Evaluation(milestone=row)
    evaluation.milestone = row
    initial = None if evaluation.pk and evaluation.closes_at else {"closes_at": row.due_at + timedelta(days=5)}
    sent = visit.request.POST if visit.request.method == "POST" else None
    form = PlanForm(sent, instance=evaluation, initial=initial) if visit.leads else None
    if form and form.is_bound and form.is_valid() and planned(visit, row, form):
        return redirect("apart:teams", visit.course.slug, row.slug)
    return visit.page(
        "grading/apart/teams.html",
        status=400 if form and form.errors else 200,
        milestone=row,
        item=item,
        teams=reports.teams(item, row),
        evaluation=None if evaluation._state.adding else evaluation,
        form=form,
        now=timezone.now(),
    )


def planned(visit: Visit, row: Milestone, form: PlanForm) -> bool:
    try:
        evaluations.plan(milestone=row, by=visit.request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    messages.success(visit.request, "Saved. It opens when the milestone is due.")
    return True


@marks_page
def team(visit: Visit, row: Milestone, team: int) -> HttpResponse:
    item = item_of(row)
    found = get_object_or_404(Team, course=visit.course, pk=team)
    found.course = visit.course
    if visit.request.method == "POST":
        return act(visit, row, item, found)
    return show(visit, row, item, found)


def show(visit: Visit, row: Milestone, item: Item, team: Team, status: int = 200) -> HttpResponse:
    scores = reports.teams(item, row, team)
    return visit.page(
        "grading/apart/team.html",
        status=status,
        milestone=row,
        item=item,
        team=team,
        scores=scores[0] if scores else None,
        evaluation=Evaluation.objects.filter(milestone=row).first(),
        now=timezone.now(),
    )


def act(visit: Visit, row: Milestone, item: Item, team: Team) -> HttpResponse:
    """What is refused is told on the page, and nothing is done."""
    done = {"approve": approve, "apart": set_apart, "undo": undo}.get(visit.request.POST.get("act", ""))
    if done is None:
        raise Http404
    try:
        told = done(visit, {"milestone": row, "item": item, "team": team, "by": visit.request.user})
    except PermissionDenied:
        raise Http404 from None
    except ValidationError as problem:
        for message in problem.messages:
            messages.error(visit.request, message)
        return show(visit, row, item, team, status=400)
    messages.success(visit.request, told)
    return redirect("apart:team", visit.course.slug, row.slug, team.pk)


def member(visit: Visit) -> Enrollment:
    return student(visit, visit.request.POST.get("member", ""))


def student(visit: Visit, text: str) -> Enrollment:
    rows = Enrollment.objects.filter(course=visit.course).select_related("user")
    return get_object_or_404(rows, pk=text if text.isdecimal() and len(text) < 16 else 0)


def given(visit: Visit, name: str) -> Decimal:
    try:
        value = points(visit.request.POST.get(name, "").strip().replace(",", "."))
    except (InvalidOperation, ValueError):
        value = None
    if value is None:
        raise ValidationError("Points are a number, like 12 or 7.5.")
    return value


def approve(visit: Visit, about: dict[str, Any]) -> str:
    """For those of the team that are chosen; all of them or none."""
    chosen = [student(visit, text).pk for text in visit.request.POST.getlist("member")]
    apart.approve(seen={pk: given(visit, f"seen-{pk}") for pk in chosen}, **about)
    return f"Set apart with the evaluation as reason: {len(chosen)}."


def set_apart(visit: Visit, about: dict[str, Any]) -> str:
    who = member(visit)
    apart.set_apart(
        enrollment=who, points=given(visit, "points"), reason=visit.request.POST.get("reason", ""), **about
    )  # fmt: skip
    return f"{who.user}'s score is set apart from the team's."


def undo(visit: Visit, about: dict[str, Any]) -> str:
    who = member(visit)
    apart.undo(enrollment=who, **about)
    return f"{who.user} has the team's score again."
