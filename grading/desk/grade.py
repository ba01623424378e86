"""One submission at the desk: the work beside the points for one problem, or for all of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Problem, Submission

from .. import earlier, sheets
from ..models import Item
from ..services import claiming, marking, second_reading
from . import around, finding, keys, notes, order, reading, rubric


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

    @property
    def start(self) -> str:
        """Where the next one that waits is found."""
        if self.problem is None:
            return reverse("admin:grading_item_start", args=[self.item.pk])
        return reverse("admin:grading_problem_start", args=[self.item.pk, self.problem.number])


def grade(request: HttpRequest, pk: int, submission: UUID, number: int | None = None) -> HttpResponse:
    item = finding.item_of(request, pk)
    problem = None if number is None else finding.problem_of(item, number)
    desk = Desk(item, problem, finding.work_of(request, item, submission, problem))
    blind = reads_again(request, desk)
    if request.method != "POST":
        return show(request, desk, None, {}, blind=blind)
    try:
        save(request, desk, blind)
    except ValidationError as refusal:
        mistakes = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        return show(request, desk, request.POST, mistakes, status=409, blind=blind)
    return go_on(request, desk)


def reads_again(request: HttpRequest, desk: Desk) -> bool:
    """Whether the queue served it to be read a second time: without the mark, and without what was drawn on it."""
    plan, now = finding.plan_of(desk.item), timezone.now()
    if plan is None or not plan.second_percent:
        return False
    return claiming.blind(work=desk.work, problems=desk.problems, grader=request.user, now=now)  # type: ignore[arg-type]


@transaction.atomic
def save(request: HttpRequest, desk: Desk, blind: bool) -> None:
    given = reading.given(request.POST, desk.problems, request.user)  # type: ignore[arg-type]
    keep = second_reading.give if blind else marking.mark
    keep(submission=desk.work, grader=request.user, given=given)  # type: ignore[arg-type]


def go_on(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The script of the desk is told where the next one is: mostly it has it already."""
    found, said = after(request, desk), f"{finding.name_of(desk.item, desk.work)}: saved."
    address = desk.address(found.pk) if found else reverse("admin:grading_item_desk", args=[desk.item.pk])
    if request.htmx and found:  # type: ignore[attr-defined]
        return JsonResponse({"next": address, "said": said})
    messages.success(request, said)
    return JsonResponse({"next": address, "said": said}) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def after(request: HttpRequest, desk: Desk) -> Submission | None:
    if "stay" in request.POST:
        return desk.work
    return order.next_work(item=desk.item, problem=desk.problem, grader=request.user, after=desk.work)  # type: ignore[arg-type]


def show(
    request: HttpRequest,
    desk: Desk,
    sent: QueryDict | None,
    mistakes: dict[str, list[str]],
    status: int = 200,
    blind: bool = False,
) -> HttpResponse:
    work, beside = desk.work, around.around(desk.item, desk.work, desk.problems, request.user)  # type: ignore[arg-type]
    context: dict[str, Any] = {
        "item": desk.item,
        "problem": desk.problem,
        "work": work,
        "name": finding.name_of(desk.item, work),
        "nameless": finding.hides_names(desk.item),
        "blind": blind,
        "sheets": (pane := sheets.pane(work, desk.problem, with_notes=not blind, tags=beside.tags)),
        "files": pane.files,
        "remark": notes.remark_of(work),
        "problems": rubric.rows(work, desk.problems, sent, mistakes, blind),
        "general": mistakes.get("", []),
        "here": desk.address(work.pk),
        "start": desk.start,
        "earlier": earlier.earlier_of(desk.item, work) if work.number > 1 else None,
        "around": beside,
        **claimed(request, desk),
        **placed(request, desk),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return TemplateResponse(request, "grading/desk/_desk.html", context, status=status)
    told = {"title": f"{desk.item}: {context['name']}", "keys": keys.as_changed(beside.keys)}
    return TemplateResponse(
        request, "grading/desk/grade.html", admin.site.each_context(request) | context | told, status=status
    )


def claimed(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """Held by this page from now on; or who else has it open."""
    now, page = timezone.now(), uuid4()
    about: dict[str, Any] = {"work": desk.work, "problems": desk.problems, "grader": request.user, "now": now}
    # What the script fetches ahead is held shortly; once it is shown, the page renews it.
    lease = claiming.AHEAD if request.htmx else claiming.LEASE  # type: ignore[attr-defined]
    held = claiming.hold(page=page, lease=lease, **about)
    return {"page": page, "held_by": None if held else claiming.holder(**about)}


def placed(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    place = order.place(desk.item, desk.problem, desk.work, request.user)  # type: ignore[arg-type]
    return {
        "place": place,
        "previous": place and place.previous and desk.address(place.previous),
        "following": place and place.following and desk.address(place.following),
    }
