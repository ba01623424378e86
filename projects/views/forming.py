"""Instructors have teams formed: what is weighed, how far it is, the proposal, and confirming it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import User

from .. import proposals, services
from ..forms import SeatForm, WeighForm
from ..klass import klass
from ..models import Formation, Stage


def check_leads(visit: Visit) -> None:
    """A proposal tells who asked for whom: for instructors alone."""
    if not visit.leads:
        raise Http404


@course_page
def forming(visit: Visit) -> HttpResponse:
    check_leads(visit)
    form = WeighForm(visit.request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = ask(visit, form)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return redirect("projects:formation", visit.course.slug, made.pk)
    return visit.page(
        "projects/forming.html",
        status=400 if form.errors else 200,
        form=form,
        klass=klass(visit.course),
        rows=Formation.objects.filter(course=visit.course).select_related("asked_by", "confirmed_by")[:20],
        is_open=not services.fixed(visit.course),
        now=timezone.now(),
    )


def ask(visit: Visit, form: WeighForm) -> Formation:
    told, by = form.cleaned_data, visit.request.user
    assert isinstance(by, User)
    return services.form(course=visit.course, by=by, weights=form.weights(), seed=told["seed"], extends=told["extends"])


@course_page
def formation(visit: Visit, formation: int) -> HttpResponse:
    check_leads(visit)
    mine = Formation.objects.visible_to(visit.request.user).filter(course=visit.course)
    row = get_object_or_404(mine.select_related("asked_by", "confirmed_by"), pk=formation)
    row.course = visit.course
    if visit.request.method == "POST":
        return act(visit, row)
    return show(visit, row)


def show(visit: Visit, row: Formation, status: int = 200, problems: tuple[str, ...] = ()) -> HttpResponse:
    found = proposals.proposal(row) if row.state in (Stage.PROPOSED, Stage.CONFIRMED) else None
    form = SeatForm(found.students, len(found.groups)) if found else None
    return visit.page(
        "projects/formation.html", status=status, row=row, proposal=found, form=form, problems=problems,
        is_open=row.state == Stage.PROPOSED,
    )  # fmt: skip


def act(visit: Visit, row: Formation) -> HttpResponse:
    chosen = ACTS.get(visit.request.POST.get("act", ""))
    if chosen is None:
        raise Http404
    try:
        return chosen(visit, row)
    except ValidationError as problem:
        return show(visit, row, status=400, problems=tuple(problem.messages))


def again(visit: Visit, row: Formation) -> HttpResponse:
    return redirect("projects:formation", visit.course.slug, row.pk)


def cancel(visit: Visit, row: Formation) -> HttpResponse:
    services.cancel(formation=row, by=visit.request.user)  # type: ignore[arg-type]
    return again(visit, row)


def discard(visit: Visit, row: Formation) -> HttpResponse:
    services.discard(formation=row, by=visit.request.user)  # type: ignore[arg-type]
    messages.success(visit.request, "The proposal is discarded; nobody was moved.")
    return redirect("projects:forming", visit.course.slug)


def move(visit: Visit, row: Formation) -> HttpResponse:
    found = proposals.proposal(row)
    form = SeatForm(found.students, len(found.groups), visit.request.POST)
    if not form.is_valid():
        raise ValidationError("Choose a student and a team of this proposal.")
    told: dict[str, Any] = form.cleaned_data
    services.seat_move(formation=row, enrollment=told["student"], number=told["number"], by=visit.request.user)  # type: ignore[arg-type]
    messages.success(visit.request, f"{told['student'].user} is in team {told['number']} of the proposal.")
    return again(visit, row)


def confirm(visit: Visit, row: Formation) -> HttpResponse:
    made = services.confirm(formation=row, by=visit.request.user)  # type: ignore[arg-type]
    messages.success(visit.request, f"{len(made)} teams are made or filled up; everybody in them is written to.")
    return again(visit, row)


ACTS = {"cancel": cancel, "discard": discard, "move": move, "confirm": confirm}
