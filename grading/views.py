"""A student's grades: four figures, the sets that count, and the arithmetic. Student figures only."""

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from coursesite.look.templatetags.look import points
from coursesite.roster.access import Visit, course_page

from . import policy, queries, steps, sums
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
NOTHING = mark_safe("")  # a plain one would make what is added to it plain too, and tags be shown as text
CAME = '<br><span class="small soft">{}</span>'
FIGURES = (
    (Reading.FINAL, "Guaranteed = final", "What is open or missing is 0; excused work is left out."),
    (Reading.SO_FAR, "So far", "Graded and missing work alone; a category with anything in it has its whole weight."),
    (Reading.REACHABLE, "Reachable", "What is open brings all that it still can, late penalties taken off."),
)


@course_page
def grades(visit: Visit) -> HttpResponse:
    if visit.student is None:
        return redirect(reverse("admin:grading_item_changelist"))
    found = queries.own_page(visit.student)
    here = visit.request.path
    return visit.page(
        "grading/grades.html",
        figures=policy.figures(found.scheme, found.cells),
        signed=found.signed,
        by_hand=TOLD_BY_HAND.get(found.by_hand or "", found.by_hand),
        categories=[category_rows(category, found, here) for category in found.scheme.categories],
        sum=sums.explain(found.scheme, found.cells),
    )


@course_page
def arithmetic(visit: Visit) -> HttpResponse:
    """Each figure as lines that add up."""
    if visit.student is None:
        raise Http404
    found = queries.own_page(visit.student)
    scheme, cells = found.scheme, found.cells
    return visit.page(
        "grading/arithmetic.html",
        groups=steps.groups(scheme, cells, found.origins),
        figures=[(title, why, sums.explain(scheme, cells, reading)) for reading, title, why in FIGURES],
        cutoffs=scheme.cutoffs,
        letter=policy.figures(scheme, cells).letter,
    )


class SetLine(NamedTuple):
    """One column on a student's page; `share` is the length of its bar in percent."""

    title: str
    share: int
    counts: bool
    result: str
    standing: str


def category_rows(category: policy.Category, found: queries.Own, here: str) -> dict[str, Any]:
    rows = [set_line(category, row, here) for row in steps.group(category, found.cells, found.origins).rows]
    return {"category": category, "rows": rows}


def set_line(category: policy.Category, row: steps.Told, here: str) -> SetLine:
    """In words here, since a template takes several times as long, and students reload this page."""
    item, cell, standing = row.item, row.cell, row.standing
    share = int(100 * min(cell.points or 0, item.possible) / item.possible)
    result = TOLD.get(cell.state) or format_html(
        '<a href="{}{}/">{} of {}</a>', here, item.key, points(cell.points), points(item.possible)
    )
    came = format_html(CAME, row.came_about) if row.came_about else NOTHING
    why = format_html(STANDING[standing.counts], standing.why) if category.chooses else NOTHING
    return SetLine(item.title, share, standing.counts and category.chooses, result, came + why)
