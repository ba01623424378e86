"""One submission at the desk: the work beside the points for one problem, or for all of them."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Problem, Submission

from .. import sheets
from ..models import Item, Mark, Score
from ..services import claiming, marking
from . import finding, holding, notes, order


@dataclass(frozen=True)
class Desk:
    """What lies on the desk: one submission, and the problem that is graded, or None for all of them."""

    item: Item
    problem: Problem | None
    work: Submission

    @property
    def problems(self) -> list[Problem]:
        return [self.problem] if self.problem else finding.problems(self.item)

    def address(self, submission: UUID) -> str:
        if self.problem is None:
            return reverse("admin:grading_item_grade", args=[self.item.pk, submission])
        return reverse("admin:grading_problem_grade", args=[self.item.pk, self.problem.number, submission])


def grade(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    item = finding.item_of(request, pk)
    problem = None if number is None else finding.problem_of(item, number)
    desk = Desk(item, problem, finding.work_of(item, submission))
    if request.method != "POST":
        return show(request, desk, {}, {})
    try:
        marking.mark(submission=desk.work, grader=request.user, given=given(request, desk))  # type: ignore[arg-type]
    except ValidationError as refusal:
        mistakes = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        return show(request, desk, request.POST, mistakes, status=409)
    messages.success(request, f"{desk.work.owner_name}: saved.")
    after = order.next_work(item=item, problem=problem, grader=request.user, after=desk.work)  # type: ignore[arg-type]
    if after is None:
        return redirect("admin:grading_item_desk", item.pk)
    return redirect(desk.address(after.pk))


def given(request: HttpRequest, desk: Desk) -> list[marking.Given]:
    found, mistakes = [], {}
    for problem in desk.problems:
        number = problem.number
        try:
            found.append(
                marking.Given(
                    number,
                    points(request.POST.get(f"points-{number}", "")),
                    request.POST.get(f"comment-{number}", "").strip(),
                    int(request.POST.get(f"version-{number}") or 0),
                )
            )
        except (InvalidOperation, ValueError):
            mistakes[str(number)] = ["Points are a number, like 12 or 7.5."]
    if mistakes:
        raise ValidationError(mistakes)
    return found


def points(text: str) -> Decimal | None:
    text = text.strip().replace(",", ".")
    value = Decimal(text) if text else None
    if value is not None and (not value.is_finite() or value != round(value, 4)):
        raise ValueError(text)
    return value


def show(
    request: HttpRequest, desk: Desk, sent: Any, mistakes: dict[str, list[str]], status: int = 200
) -> HttpResponse:
    item, work, now, page = desk.item, desk.work, timezone.now(), uuid4()
    held = claiming.hold(work=work, problems=desk.problems, grader=request.user, now=now, page=page)  # type: ignore[arg-type]
    place = order.place(item, desk.problem, work)
    context = {
        "item": item,
        "problem": desk.problem,
        "work": work,
        "title": f"{item}: {work.owner_name}",
        "sheets": (pane := sheets.pane(work, desk.problem)),
        "files": pane.files,
        "remark": notes.remark_of(work),
        "problems": fields(desk, sent, mistakes),
        "general": mistakes.get("", []),
        "previous": place and place.previous and desk.address(place.previous),
        "following": place and place.following and desk.address(place.following),
        "place": place,
        "held_by": None if held else claiming.holder(work=work, problems=desk.problems, grader=request.user, now=now),  # type: ignore[arg-type]
        "page": page,
        "here": desk.address(work.pk),
        "colleagues": holding.colleagues(item).exclude(pk=request.user.pk),  # type: ignore[misc]
        "referral": work.referrals.open().filter(problem__in=desk.problems).select_related("by", "to").first(),
        "override": override(item, work),
        "acknowledgements": work.acknowledgements.select_related("problem").prefetch_related("classmates__user"),
    }
    return TemplateResponse(
        request, "grading/desk/grade.html", admin.site.each_context(request) | context, status=status
    )


def override(item: Item, work: Submission) -> Score | None:
    """A score that somebody set by hand, over the marks."""
    scores = Score.objects.filter(item=item, enrollment=work.enrollment) if work.enrollment else Score.objects.none()
    return scores.exclude(source="marks").exclude(state="ungraded").first()


def fields(desk: Desk, sent: Any, mistakes: dict[str, list[str]]) -> list[dict[str, Any]]:
    marks = {mark.problem_id: mark for mark in Mark.objects.filter(submission=desk.work).select_related("grader")}
    return [field(problem, marks.get(problem.pk), sent, mistakes) for problem in desk.problems]


def field(problem: Any, mark: Mark | None, sent: Any, mistakes: dict[str, list[str]]) -> dict[str, Any]:
    """What stands in the form: what was sent, else what is stored. After a conflict the page knows the newer version,
    so that saving again is a decision."""
    number = problem.number
    stored = f"{mark.points.normalize():f}" if mark else ""
    return {
        "problem": problem,
        "points": sent.get(f"points-{number}", stored),
        "comment": sent.get(f"comment-{number}", mark.comment if mark else ""),
        "version": mark.version if mark else 0,
        "mark": mark,
        "mistakes": mistakes.get(str(number), []),
    }
