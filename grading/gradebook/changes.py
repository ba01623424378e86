"""Many cells at once: a pasted column or the students that are ticked, shown first and saved when that is confirmed."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment

from .. import pasting, permissions, written
from ..models import Item
from ..policy import State
from ..services import entering
from ..services.entering import Entry
from ..written import Wanted
from . import ledger
from .asked import asked, number
from .cells import item_of
from .page import staff_page

ACTS = {"excuse": Wanted(State.EXCUSED), "missing": Wanted(State.MISSING), "clear": written.CLEAR}
SURE = "as shown"  # a reason is asked for when it is saved, not when it is looked at


@staff_page
def changes(visit: Visit) -> HttpResponse:
    if visit.request.method != "POST":
        raise Http404
    permissions.check_leads(visit.request.user, visit.course)
    sent = visit.request.POST
    column = item_of(visit, number(sent.get("item", "")))
    if "entries" in sent:
        return save(visit, column)
    entries, refused = pasted(visit, column) if "pasted" in sent else ticked(visit)
    return preview(visit, column, entries, refused)


def order(visit: Visit, sent: Mapping[str, str]) -> list[int]:
    """The enrolments as the page showed them, whatever part of them."""
    items = set(Item.objects.filter(category__course=visit.course).values_list("pk", flat=True))
    ask = asked(QueryDict(sent.get("ask", "").lstrip("?")), items)
    return ledger.order(visit.course, ask)


def pasted(visit: Visit, column: Item) -> tuple[dict[int, Entry], list[pasting.Line]]:
    """From the student at whom it was pasted, downwards."""
    sent = visit.request.POST
    there, start = order(visit, sent), number(sent.get("from", ""))
    if start in there:
        there = there[there.index(start) :]
    lines = pasting.lines(sent["pasted"], there, known(visit), column.points_possible, column.title)
    entries = {line.student: Entry(line.wanted) for line in lines if line.student and line.wanted and not line.refused}
    return entries, [line for line in lines if line.refused]


def known(visit: Visit) -> dict[str, int]:
    """Enrolments by what a line may name: e-mail, Canvas and SIS ID, name."""
    students = Enrollment.objects.filter(course=visit.course).students()
    fields = ("user__email", "user__sis_id", "user__canvas_id", "user__sort_name", "user__name")
    found: dict[str, int] = {}
    for pk, *names in students.values_list("pk", *fields):
        for name in names[:3] + [name for name in names[3:] if name.lower() not in found]:
            found[name.lower()] = pk
    found.pop("", None)
    return found


def ticked(visit: Visit) -> tuple[dict[int, Entry], list[pasting.Line]]:
    sent = visit.request.POST
    wanted = ACTS.get(sent.get("act", ""))
    if wanted is None:
        raise Http404
    whom = order(visit, sent) if sent.get("whom") == "all" else [number(text) for text in sent.getlist("s")]
    return dict.fromkeys(whom, Entry(wanted)), []


def preview(
    visit: Visit, column: Item, entries: dict[int, Entry], refused: list[pasting.Line], status: int = 200, **more: Any
) -> HttpResponse:
    """What would change, from what to what; what was refused, and why."""
    reason = visit.request.POST.get("reason", "")
    found = entering.look(item=column, entries=entries, reason=reason.strip() or SURE)
    moved = [change for change in found if change.changes]
    forbidden = [change for change in found if change.refused]
    kept = {change.student.pk: [words(change.entry.wanted), change.stands] for change in moved}
    return visit.page(
        "grading/gradebook/changes.html",
        status=status,
        item=column,
        moved=[told(change, column) for change in moved],
        same=sum(not change.changes and not change.refused for change in found),
        refused=refused,
        forbidden=forbidden,
        refusals=len(refused) + len(forbidden),
        names=names(line.student for line in refused),
        entries=json.dumps(kept),
        reason=reason,
        **more,
    )


def names(students: Iterable[int | None]) -> dict[int, str]:
    keys = {pk for pk in students if pk}
    rows = Enrollment.objects.filter(pk__in=keys).values_list("pk", "user__sort_name") if keys else ()
    return dict(rows)


def told(change: entering.Change, column: Item) -> dict[str, Any]:
    wanted = change.entry.wanted
    becomes = "what the marks say" if wanted == written.CLEAR and column.assignment_id else written.told(change.becomes)
    above = wanted.points is not None and wanted.points > column.points_possible
    return {"change": change, "was": written.told(change.stands), "becomes": becomes, "above": above}


def words(wanted: Wanted) -> str:
    """As `written.read` reads it."""
    return written.short(*wanted).removeprefix("g")


def save(visit: Visit, column: Item) -> HttpResponse:
    """What was shown, and only while it still stands there as it did."""
    sent = visit.request.POST
    entries = confirmed(sent["entries"], {number(pk) for pk in sent.getlist("leave")}, column.points_possible)
    reason = sent.get("reason", "")
    try:
        changed = entering.enter(item=column, entries=entries, by=visit.request.user, reason=reason)  # type: ignore[arg-type]
    except ValidationError as problem:
        problems = problem.messages
        if isinstance(problem, entering.Conflict):
            problems = [*problems, "Nothing is saved yet. Tick who is to be left as they are, and save again."]
        return preview(visit, column, entries, [], 409, problems=problems)
    messages.success(visit.request, f"{column}: {len(changed)} changed.")
    return redirect(f"{reverse('gradebook:table', args=[visit.course.slug])}{sent.get('ask', '')}")


def confirmed(text: str, left: set[int], possible: Decimal) -> dict[int, Entry]:
    """A form that somebody wrote by hand is as if it weren't there."""
    try:
        found = {int(pk): (str(value), str(seen)) for pk, (value, seen) in json.loads(text).items()}
        return {pk: Entry(written.read(value, possible), seen) for pk, (value, seen) in found.items() if pk not in left}
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise Http404 from None
