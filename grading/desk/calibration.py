"""How far graders agree on a set: drift of each, and how the points of each problem are spread."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from coursesite.handin.models import Problem, Submission
from coursesite.look import pictures
from coursesite.roster.models import User, type_user

from .. import agreement, permissions
from ..models import Item, Mark, SecondMark, elsewhere, sealed
from . import finding

WIDEST = 10


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Instructors see everybody's drift, a TA their own."""
    item = finding.item_of(request, pk)
    assert item.assignment
    leads = permissions.may_lead(request.user, item.assignment.course)
    rows = read_twice(item)
    drifts = [one for one in agreement.drifts(map(pair, rows)) if leads or one.grader == request.user.pk]
    spreads = spread(item, request.user)
    names = User.objects.in_bulk([one.grader for one in drifts])
    context: dict[str, Any] = admin.site.each_context(request) | {
        "item": item,
        "leads": leads,
        "plan": finding.plan_of(item),
        "count": len(rows),
        "drifts": [(names[one.grader], one) for one in drifts],
        "picture": intervals([(str(names[one.grader]), one) for one in drifts]) if drifts else "",
        "problems": [histogram(problem, marks) for problem, marks in spreads if marks],
        "unmarked": [problem for problem, marks in spreads if not marks],
        "widest": widest(item, rows) if leads else [],
        "title": f"{item}: how far graders agree",
    }
    return TemplateResponse(request, "grading/desk/agreement.html", context)


def read_twice(item: Item) -> list[SecondMark]:
    """Second marks of works that count, each with the first mark beside it."""
    found = SecondMark.objects.filter(submission__assignment=item.assignment_id, submission__is_current=True)
    found = found.select_related("problem", "grader", "submission__enrollment__user", "submission__team")
    firsts = Mark.objects.given().filter(submission__in=found.values("submission")).select_related("grader")
    given = {(mark.submission_id, mark.problem_id): mark for mark in firsts}
    rows = []
    for row in found:
        row.first = given.get((row.submission_id, row.problem_id))  # type: ignore[attr-defined]
        rows += [row] if row.first else []  # type: ignore[attr-defined]
    return rows


def pair(row: SecondMark) -> agreement.Pair:
    first: Mark = row.first  # type: ignore[attr-defined]
    worth = float(row.problem.points)
    percents = (100 * float(first.points or 0) / worth, 100 * float(row.points) / worth)
    return agreement.Pair(first.grader_id, row.grader_id, *percents)


def widest(item: Item, rows: list[SecondMark]) -> list[tuple[str, SecondMark]]:
    """Where the two differ most, for the instructor to look at."""
    apart = [row for row in rows if row.first.points != row.points]  # type: ignore[attr-defined]
    apart.sort(key=lambda row: -abs(pair(row).first_percent - pair(row).second_percent))
    return [(finding.name_of(item, row.submission), row) for row in apart[:WIDEST]]


def spread(item: Item, user: type_user) -> list[tuple[Problem, list[float]]]:
    """Without marks that this person may read again, and of work that others alone have: among few, one more bar would
    tell one."""
    marks = Mark.objects.given().filter(submission__assignment=item.assignment_id, submission__is_current=True)
    others = Submission.objects.filter(elsewhere(user), assignment=item.assignment_id)
    marks = marks.exclude(pk__in=sealed(user).values("pk")).exclude(submission__in=others.values("pk"))
    found: dict[int, list[float]] = {}
    for problem, points in marks.values_list("problem", "points"):
        found.setdefault(problem, []).append(float(points or 0))
    return [(problem, found.get(problem.pk, [])) for problem in finding.problems(item)]


def histogram(problem: Problem, points: list[float]) -> SafeString:
    return pictures.histogram(points, title=str(problem), high=problem.points, bins=10, unit="points")


def intervals(drifts: list[tuple[str, agreement.Drift]]) -> SafeString:
    rows = [(name, one.mean, one.low, one.high) for name, one in drifts]
    return pictures.intervals(rows, title="Drift of each grader", unit="percent of the points")
