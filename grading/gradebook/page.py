"""The page itself: students by columns, for the course's staff."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.safestring import SafeString

from coursesite.handin.models import Assignment
from coursesite.roster.access import View, Visit, course_page
from coursesite.roster.models import Section

from .. import past
from ..models import Item, nameless
from ..services import signing_off
from . import ledger, markup
from .asked import STATES, WHO, Asked, asked, number
from .sealed import seal_of

Page = Callable[..., HttpResponseBase]
FIGURES = (("letter", "Letter", 0), ("so_far", "So far", ledger.SO_FAR), ("final", "Final", ledger.FINAL),
           ("reachable", "Reachable", ledger.REACHABLE))  # fmt: skip


def staff_page(view: View) -> View:
    """For TAs and instructors of the course; it is not there for anybody else."""

    @course_page
    @wraps(view)
    def handle(visit: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not visit.is_staff:
            raise Http404
        if hidden := nameless_sets(visit):
            return visit.page("grading/gradebook/closed.html", status=403, hidden=hidden)
        return view(visit, *args, **kwargs)

    return handle


def nameless_sets(visit: Visit) -> list[Assignment]:
    """Graded without names at present: beside names, their scores and every figure would tell a TA whose work it is."""
    if visit.leads:
        return []
    return list(Assignment.objects.filter(nameless(visit.request.user), course=visit.course))


@dataclass(frozen=True)
class Head:
    """One column's head and foot; `item` is None for figures."""

    sort: str
    title: str
    address: str
    sorted: str
    item: Item | None
    statistics: ledger.Statistics
    sketch: SafeString


def columns_of(visit: Visit) -> list[Item]:
    found = Item.objects.filter(category__course=visit.course).order_by("position", "pk")
    return list(found.select_related("category", "assignment"))


@staff_page
def table(visit: Visit) -> HttpResponse:
    seal = seal_of(visit)
    # What is kept now would stand in the past.
    moment = None if seal else asked(visit.request.GET, set()).moment
    then = past.past(visit.course, moment) if moment else seal
    items = past.items_of(visit.course, moment) if moment else columns_of(visit)
    ask = asked(visit.request.GET, {item.pk for item in items})
    ask = replace(ask, at="") if seal else ask
    rows = ledger.rows(visit.course, ask, past=then)
    sections = list(Section.objects.filter(course=visit.course))
    return visit.page(
        "grading/gradebook/table.html",
        ask=ask,
        rows=markup.body(rows, [item.pk for item in items], picks=visit.leads and not moment),
        heads=list(heads(ask, items, ledger.statistics(visit.course, ask.section, then))),
        moment=moment,
        edits=visit.leads and not moment,
        items=items,
        sections=sections,
        within=next((section for section in sections if section.pk == ask.section), None),
        states=STATES,
        who=WHO,
        pages=pages(ask, rows),
        refresh=any(row.stale for row in rows),
        kept=seal.told if seal else None,
        sign_off=None if moment else signing_off.standing(visit.course),
    )


def heads(ask: Asked, items: list[Item], found: dict[int, ledger.Statistics]) -> Iterator[Head]:
    for sort, title, key in FIGURES:
        yield head(ask, sort, title, None, found.get(key))
    for item in items:
        yield head(ask, str(item.pk), item.title, item, found.get(item.pk))


def head(ask: Asked, sort: str, title: str, item: Item | None, found: ledger.Statistics | None) -> Head:
    found = found or ledger.Statistics()
    standing = ("descending" if ask.down else "ascending") if ask.sort == sort else ""
    return Head(sort, title, ask.sorted_by(sort), standing, item, found, markup.sketch(found))


def pages(ask: Asked, rows: list[ledger.Row]) -> dict[str, Any]:
    """Which part of how many is shown, and what lies before and after it."""
    total = rows[0].total if rows else 0
    end = ask.offset + len(rows)
    return {
        "first": ask.offset + 1,
        "last": end,
        "total": total,
        "parts": ask.page != 1 or end < total,
        "before": ask.address(page=ask.page - 1) if ask.page > 1 else "",
        "after": ask.address(page=ask.page + 1) if ask.page and end < total else "",
        "all": ask.address(page=0) if ask.page and (end < total or ask.page > 1) else "",
        "some": ask.address(page=1),
        "by_name": ask.sorted_by("name"),
        "by_section": ask.sorted_by("section"),
        "anybody": Asked(sort=ask.sort, down=ask.down, at=ask.at).address(),
        "now": ask.address(at=""),
    }


@staff_page
def figures(visit: Visit) -> JsonResponse:
    """Fresh rows of a few students, for a page whose figures are being updated."""
    items = [item.pk for item in columns_of(visit)]
    wanted = [number(text) for text in visit.request.GET.get("of", "").split(",")][:200]
    rows = ledger.rows(visit.course, Asked(who="all", page=0), only=wanted, past=seal_of(visit))
    return JsonResponse({row.pk: {"row": markup.line(row, items, visit.leads), "stale": row.stale} for row in rows})
