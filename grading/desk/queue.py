"""The page of a set: how far each problem is, and all of its work."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursesite.roster.staff_site import may_change

from .. import earlier, queries
from . import finding, order


def show_queue(request: HttpRequest, pk: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    problems = finding.problems(item)
    given, needed = Count("marks__points", filter=Q(marks__problem__in=problems)), len(problems)
    works = order.ordered(item, grader=request.user).select_related("enrollment__user", "team").annotate(given=given)  # type: ignore[arg-type]
    before = earlier.marked_before(item)
    rows = [
        (row, row.given >= needed, row.given, finding.name_of(item, row), before.get(earlier.owner_key(row)))
        for row in works
    ]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "item": item,
        "rows": rows,
        "needed": needed,
        "done": sum(graded for _, graded, *_ in rows),
        "problems": queries.problem_progress(item, request.user),  # type: ignore[arg-type]
        "nameless": finding.hides_names(item),
        "plan": finding.plan_of(item),
        "title": str(item),
        "may_release": may_change(request, item.assignment.course),  # type: ignore[union-attr]
    }
    return TemplateResponse(request, "grading/desk/queue.html", context)


def start(request: HttpRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Opens the desk at the first submission that waits for this grader, `after` the one that is graded just now."""
    item = finding.item_of(request, pk)
    problem = None if number is None else finding.problem_of(item, number)
    after = finding.named_work(request, item, request.GET.get("after", ""))
    work = order.next_work(item=item, problem=problem, grader=request.user, after=after)  # type: ignore[arg-type]
    if work is None and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    if work is None:
        messages.info(request, f"{problem or item}: nothing waits for you.")
        return redirect("admin:grading_item_desk", item.pk)
    if problem is None:
        return redirect("admin:grading_item_grade", item.pk, work.pk)
    return redirect("admin:grading_problem_grade", item.pk, problem.number, work.pk)
