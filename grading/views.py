"""A student's grades: four figures, the sets that count, and the arithmetic. Student figures only."""

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from coursesite.look.templatetags.look import points
from coursesite.roster.access import Visit, course_page

from . import policy, queries, steps
from .models.overrides import TOLD as TOLD_BY_HAND
from .policy import State
from .steps import Reading

TOLD = {
    State.MISSING: mark_safe('<span class="bad">✗ missing: 0</span>'),
    State.EXCUSED: mark_safe('<span class="info">excused</span>'),
    State.UNGRADED: mark_safe('<span class="soft">open</span>'),
}
STANDING = {
    True: '<br><span class="small good">✓ {}</span>',
    False: '<br><span class="small soft">{}</span>',
}
FIGURES = (
    (Reading.FINAL, "Final = guaranteed", "What is open or missing is 0; excused work is left out."),
    (Reading.SO_FAR, "So far", "Graded and missing work alone; a category with anything in it has its whole weight."),
    (Reading.REACHABLE, "Reachable", "What is open brings all that it still can, late penalties taken off."),
)


@course_page
def grades(visit: Visit) -> HttpResponse:
    if visit.student is None:
        return redirect(reverse("admin:grading_item_changelist"))
    scheme, cells, signed, by_hand = queries.own_with_letters(visit.student)
    figures = policy.figures(scheme, cells)
    here = visit.request.path
    return visit.page(
        "grading/grades.html",
        figures=figures,
        signed=signed,
        by_hand=TOLD_BY_HAND.get(by_hand or "", by_hand),
        categories=[category_rows(category, cells, here) for category in scheme.categories],
        lines=steps.explain(scheme, cells),
    )


@course_page
def arithmetic(visit: Visit) -> HttpResponse:
    """Each figure as lines that add up."""
    if visit.student is None:
        raise Http404
    scheme, cells = queries.own(visit.student)
    found = policy.figures(scheme, cells)
    sums = (found.final, found.so_far, found.reachable)
    told = [
        (title, why, steps.explain(scheme, cells, reading), figure)
        for (reading, title, why), figure in zip(FIGURES, sums, strict=True)
    ]
    return visit.page("grading/arithmetic.html", figures=told, cutoffs=scheme.cutoffs, letter=found.letter)


class SetLine(NamedTuple):
    """One column on a student's page; `share` is the length of its bar in percent."""

    title: str
    share: int
    counts: bool
    result: str
    standing: str


def category_rows(category: policy.Category, cells: queries.Cells, here: str) -> dict[str, Any]:
    told = steps.standings(category, cells)
    rows = [
        set_line(category, item, cells.get(item.key, policy.OPEN), standing, here)
        for item, standing in zip(category.ordered, told, strict=True)
    ]
    return {"category": category, "rows": rows}


def set_line(
    category: policy.Category, item: policy.Item, cell: policy.Cell, standing: steps.Standing, here: str
) -> SetLine:
    """In words here, since a template takes several times as long, and students reload this page."""
    share = int(100 * min(cell.points or 0, item.possible) / item.possible)
    result = TOLD.get(cell.state) or format_html(
        '<a href="{}{}/">{} of {}</a>', here, item.key, points(cell.points), points(item.possible)
    )
    why = format_html(STANDING[standing.counts], standing.why) if category.chooses else ""
    return SetLine(item.title, share, standing.counts and category.chooses, result, why)
