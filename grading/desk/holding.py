"""Keeping, leaving and handing on the work that lies open at the desk."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Enrollment, User

from ..models import Item
from ..services import claiming
from . import finding, order


def found(
    request: HttpRequest, pk: int, submission: UUID, number: int | None
) -> tuple[Item, Submission, Problem | None, list[Problem]]:
    """Forms alone come here."""
    if request.method != "POST":
        raise Http404
    item = finding.item_of(request, pk)
    problem = None if number is None else finding.problem_with(request, item, number, submission)
    return (
        item,
        finding.work_of(request, item, submission, problem),
        problem,
        [problem] if problem else finding.problems(item),
    )


def keep(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    """An open page says that it is still there, or that what was fetched ahead is `shown`; 409 names who has it
    meanwhile."""
    _, work, _, problems = found(request, pk, submission, number)
    about: dict[str, Any] = {"work": work, "problems": problems, "grader": request.user, "now": timezone.now()}
    hold = claiming.renew if "shown" in request.POST else claiming.hold
    if hold(page=page_of(request), **about):
        return JsonResponse({"held": True})
    other = claiming.holder(**about)
    return JsonResponse({"held": False, "by": str(other.grader) if other else ""}, status=409 if other else 200)


def leave(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    _, work, _, problems = found(request, pk, submission, number)
    claiming.let_go(work=work, problems=problems, grader=request.user, page=page_of(request))  # type: ignore[arg-type]
    return HttpResponse(status=204)


def page_of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("page", ""))
    except ValueError as mistake:
        raise Http404 from mistake


def skip(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    item, work, problem, problems = found(request, pk, submission, number)
    claiming.skip(work=work, problems=problems, grader=request.user, now=timezone.now())  # type: ignore[arg-type]
    return onwards(request, item, problem, work)


def refer(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    """To a colleague whose key is sent, or to the instructor."""
    item, work, problem, problems = found(request, pk, submission, number)
    to, note = request.POST.get("to", ""), request.POST.get("note", "")
    person = colleagues(item).filter(pk=int(to)).first() if to.isdecimal() else None
    if person is None and to != "instructor":
        raise Http404
    user, now = request.user, timezone.now()
    try:
        claiming.refer(work=work, problems=problems, by=user, to=person, note=note, now=now)  # type: ignore[arg-type]
    except ValidationError as problem_with_it:
        messages.error(request, " ".join(problem_with_it.messages))
        return redirect(address(item, problem, work))
    messages.success(request, f"Handed to {person or 'the instructor'}.")
    return onwards(request, item, problem, work)


def colleagues(item: Item) -> QuerySet[User]:
    staff = Enrollment.objects.filter(course=item.assignment.course_id).staff().active()  # type: ignore[union-attr]
    return User.objects.filter(pk__in=staff.values("user"))


def onwards(request: HttpRequest, item: Item, problem: Problem | None, work: Submission) -> HttpResponse:
    after = order.next_work(item=item, problem=problem, grader=request.user, after=work)  # type: ignore[arg-type]
    return redirect(address(item, problem, after) if after else reverse("admin:grading_item_desk", args=[item.pk]))


def address(item: Item, problem: Problem | None, work: Submission) -> str:
    if problem is None:
        return reverse("admin:grading_item_grade", args=[item.pk, work.pk])
    return reverse("admin:grading_problem_grade", args=[item.pk, problem.number, work.pk])
