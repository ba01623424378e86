"""One submission at the desk: the work beside the points for one problem, or for all of them."""

from dataclasses import dataclass, replace
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
    """What lies on the desk: one submission, the problem that is graded, or None for all of them, and what of it this
    grader does not see."""

    item: Item
    problem: Problem | None
    work: Submission
    unseen: finding.Unseen

    @property
    def kept(self) -> frozenset[int]:
        """Problems whose marks this grader does not see."""
        return self.unseen.kept

    @property
    def problems(self) -> list[Problem]:
        """What is to read again has a page of its own, and does not stand among all problems."""
        if self.problem:
            return [self.problem]
        return [problem for problem in finding.problems(self.item) if problem.pk not in self.kept]

    @property
    def blind(self) -> bool:
        """It is read a second time: without the mark, and without what was drawn on the work."""
        return self.problem is not None and self.problem.pk in self.kept

    @property
    def again(self) -> list[Problem]:
        """On the page of all problems: those that are to be read again."""
        return [] if self.problem else [one for one in finding.problems(self.item) if one.pk in self.kept]

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
    problem = None if number is None else finding.problem_with(request, item, number, submission)
    work = finding.work_of(request, item, submission, problem)
    desk = Desk(item, problem, work, finding.unseen(request, item, work))
    if request.method != "POST":
        return show(request, desk, None, {})
    try:
        save(request, desk)
    except Meanwhile as refusal:
        # What was written for one kind of reading is not to be taken for the other.
        return show(request, desk, request.POST if desk.blind else None, {"": refusal.messages}, status=409)
    except ValidationError as refusal:
        mistakes = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
        return show(request, desk, request.POST, mistakes, status=409)
    return go_on(request, desk)


class Meanwhile(ValidationError):
    """Whether it is read a first or a second time has changed since the page was shown."""


MARKED = "Somebody else has marked {what} meanwhile, and it is drawn to be read twice. {how}"
NO_LONGER = (
    "This is no longer to be read a second time: somebody else has, or the set was released. Yours is not saved."
)


def check_reading(desk: Desk, sent: QueryDict) -> None:
    if desk.blind and "second" not in sent:
        raise Meanwhile(MARKED.format(what="this", how="Save again, and yours is the second reading."))
    if "second" in sent and not desk.blind:
        raise Meanwhile(NO_LONGER)
    if late := [str(problem) for problem in desk.again if reading.says_anything(sent, problem.number)]:
        how = "Open it alone to read it a second time; nothing of this page was saved."
        raise Meanwhile(MARKED.format(what=" and ".join(late), how=how))


@transaction.atomic
def save(request: HttpRequest, desk: Desk) -> None:
    check_reading(desk, request.POST)
    given = reading.given(request.POST, desk.problems, request.user)  # type: ignore[arg-type]
    keep = second_reading.give if desk.blind else marking.mark
    keep(submission=desk.work, grader=request.user, given=given)  # type: ignore[arg-type]


def go_on(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The script of the desk is told where the next one is, unless it has it `ahead` already."""
    said = f"{finding.name_of(desk.item, desk.work)}: saved."
    if request.htmx and "ahead" in request.POST:  # type: ignore[attr-defined]
        return JsonResponse({"next": "", "said": said})
    found = after(request, desk)
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
    request: HttpRequest, desk: Desk, sent: QueryDict | None, mistakes: dict[str, list[str]], status: int = 200
) -> HttpResponse:
    work, beside = desk.work, around.around(desk.item, desk.work, desk.problems, request.user)  # type: ignore[arg-type]
    within = {problem.pk for problem in (*desk.problems, *finding.problems(desk.item))}
    seen: dict[str, Any] = {"with_notes": not desk.blind, "hides": desk.unseen.hides, "within": within}
    pane = sheets.pane(work, desk.problem, tags=beside.tags, **seen)
    context: dict[str, Any] = {
        "item": desk.item,
        "problem": desk.problem,
        "work": work,
        "name": finding.name_of(desk.item, work),
        "nameless": finding.hides_names(desk.item),
        "blind": desk.blind,
        "kept": desk.kept,
        "again": [(one, replace(desk, problem=one).address(work.pk)) for one in desk.again],
        "sheets": pane,
        "files": pane.files,
        "remark": notes.remark_of(work),
        "remark_kept": desk.unseen.hides_remark(notes.remark_of(work)),
        "problems": rubric.rows(work, desk.problems, sent, mistakes, desk.blind),
        "general": mistakes.get("", []),
        "here": desk.address(work.pk),
        "start": desk.start,
        "earlier": earlier.earlier_of(desk.item, work, desk.problems, request.user) if work.number > 1 else None,
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
