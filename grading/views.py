"""A student's grades: four figures, the sets that count, and the arithmetic. Student figures only."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from coursesite.roster.access import Visit, course_page

from . import policy, queries
from .models import Item, Mark, Score
from .policy import State


@course_page
def grades(visit: Visit) -> HttpResponse:
    if visit.student is None:
        return redirect(reverse("admin:grading_item_changelist"))
    scheme = queries.scheme(visit.course)
    cells = queries.own_cells(visit.student)
    figures = policy.figures(scheme, cells)
    return visit.page(
        "grading/grades.html",
        figures=figures,
        categories=[category_rows(category, cells, figures.counted) for category in scheme.categories],
        lines=policy.explain(scheme, cells),
    )


def category_rows(category: policy.Category, cells: dict[int, policy.Cell], counted: tuple[int, ...]) -> dict[str, Any]:
    rows = []
    for item in category.ordered:
        cell = cells.get(item.key, policy.OPEN)
        share = int(100 * min(cell.points or 0, item.possible) / item.possible)
        row = {"item": item, "state": cell.state, "points": cell.points, "counts": item.key in counted, "share": share}
        rows.append(row)
    return {"category": category, "rows": rows}


@course_page
def feedback(visit: Visit, item: int) -> HttpResponse:
    """Points and comments for each problem, once they are released."""
    row = Item.objects.filter(pk=item, category__course=visit.course, released_at__isnull=False).first()
    if visit.student is None or row is None:
        raise Http404
    score = Score.objects.filter(item=row, enrollment=visit.student).first()
    if score is None:
        raise Http404
    marks = Mark.objects.filter(submission__assignment=row.assignment_id, submission__is_current=True)
    own = marks.filter(submission__enrollment=visit.student) | marks.filter(
        submission__team__in=visit.student.memberships.values("team")
    )
    # A newer version opens the score again; half of its marks would be a grade that nobody gave.
    shown = own.select_related("problem") if score.state == State.GRADED else own.none()
    return visit.page("grading/feedback.html", item=row, score=score, marks=shown)
