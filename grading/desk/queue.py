"""The page of a set: how far each problem is, and all of its work."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import User
from coursesite.roster.staff_site import may_change

from .. import earlier, progress
from ..models import Claim, Item, Mark, Referral
from . import finding, order

PAGE = 100


def show_queue(request: HttpRequest, pk: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    assert item.assignment
    works, words = order.ordered(item, grader=request.user), request.GET.get("q", "").strip()  # type: ignore[arg-type]
    total = works.order_by().aggregate(all=Count("pk"), done=Count("pk", ~order.lacking(item, None)))
    found = works
    if words and not finding.hides_names(item):
        found = works.filter(Q(enrollment__user__name__icontains=words) | Q(team__name__icontains=words))
    pages = Paginator(found.select_related("enrollment__user", "team"), PAGE)
    if found is works:
        pages.count = total["all"]  # counted already
    page = pages.get_page(request.GET.get("page"))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "item": item,
        "total": total["all"],
        "done": total["done"],
        "rows": lines(item, list(page), request.user),  # type: ignore[arg-type]
        "page": page,
        "words": words,
        "needed": len(finding.problems(item)),
        "problems": progress.problem_progress(item, finding.problems(item), request.user),  # type: ignore[arg-type]
        "nameless": finding.hides_names(item),
        "plan": finding.plan_of(item),
        "title": str(item),
        "may_release": may_change(request, item.assignment.course),
    }
    return TemplateResponse(request, "grading/desk/queue.html", context)


@dataclass(frozen=True)
class Line:
    """One work in the list; `now` says who has it open, or to whom it was handed, `before` which earlier version was
    marked."""

    work: Submission
    name: str
    given: int
    now: str
    before: Any


def lines(item: Item, works: list[Any], grader: User) -> list[Line]:
    """As many queries for many works as for one."""
    before = earlier.marked_before(item, finding.problems(item), grader)
    marks = Mark.objects.given().filter(submission__in=works, problem__in=finding.problems(item))
    given = Counter(marks.values_list("submission", flat=True))
    now: dict[UUID, list[str]] = {work.pk: [] for work in works}
    for claim in Claim.objects.live(timezone.now()).filter(submission__in=works).select_related("grader"):
        now[claim.submission_id].append(f"open with {claim.grader}")
    for row in Referral.objects.open().filter(submission__in=works).select_related("to"):
        now[row.submission_id].append(f"handed to {row.to}" if row.to else "flagged for the instructor")
    said = {key: ", ".join(dict.fromkeys(words)) for key, words in now.items()}
    return [
        Line(work, finding.name_of(item, work), given[work.pk], said[work.pk], before.get(earlier.owner_key(work)))
        for work in works
    ]


def start(request: HttpRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Opens the desk at the first submission that waits for this grader, `after` the one that is graded just now."""
    item = finding.item_of(request, pk)
    problem = None if number is None else finding.problem_of(item, number)
    after = finding.named_work(request, item, request.GET.get("after", ""))
    work = order.next_work(item=item, problem=problem, grader=request.user, after=after)  # type: ignore[arg-type]
    if work is None and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    if work is None:
        held = Claim.objects.live(timezone.now()).filter(submission__assignment=item.assignment_id)
        others = held.exclude(grader=request.user.pk).exists()
        more = " Colleagues have some open; what they leave comes back." if others else ""
        messages.info(request, f"{problem or item}: nothing waits for you.{more}")
        return redirect("admin:grading_item_desk", item.pk)
    if problem is None:
        return redirect("admin:grading_item_grade", item.pk, work.pk)
    return redirect("admin:grading_problem_grade", item.pk, problem.number, work.pk)
