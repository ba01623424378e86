"""One cell: what stands there, how it came about, and a form to change it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from coursesite.handin.models import Submission
from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment

from .. import permissions, remembering, written
from ..models import Item, Score, Source
from ..services import entering, scoring
from . import ledger, markup, sealed
from .asked import Asked
from .page import staff_page


def student_of(visit: Visit, pk: int) -> Enrollment:
    found = Enrollment.objects.filter(course=visit.course).students().select_related("user", "section")
    row = found.filter(pk=pk).first()
    if row is None:
        raise Http404
    row.course = visit.course
    return row


def item_of(visit: Visit, pk: int) -> Item:
    found = Item.objects.filter(category__course=visit.course).select_related("category__course", "assignment")
    row = found.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@staff_page
def cell(visit: Visit, student: int, item: int) -> HttpResponse:
    """A page, or its middle part for the gradebook's own drawer."""
    row, column = student_of(visit, student), item_of(visit, item)
    if visit.request.method == "POST":
        return change(visit, row, column)
    return sealed.closed(visit, row, column) or show(visit, row, column)


def show(visit: Visit, row: Enrollment, column: Item, status: int = 200, **more: Any) -> HttpResponse:
    score = Score.objects.filter(item=column, enrollment=row).first()
    stands = written.short(score.state, score.points) if score else "u"
    part = visit.request.headers.get("X-Part") == "cell"
    return visit.page(
        "grading/gradebook/_cell.html" if part else "grading/gradebook/cell.html",
        status=status,
        student=row,
        item=column,
        score=score,
        stands=stands,
        said=written.told(stands),
        by_hand=score is not None and score.source != Source.MARKS,
        work=work_of(column, row),
        steps=remembering.of_cell(column, row),
        **{"value": stands.removeprefix("g") if stands[0] in "gmx" else "", "reason": "", "problems": []} | more,
    )


def work_of(column: Item, row: Enrollment) -> Submission | None:
    if column.assignment is None:
        return None
    from django.utils import timezone

    return scoring.submission_of(column.assignment, row, timezone.now())


def change(visit: Visit, row: Enrollment, column: Item) -> HttpResponse:
    """409 when somebody was quicker: the answer says what stands there, and whoever sends it again has seen it."""
    permissions.check_leads(visit.request.user, visit.course)
    sent = visit.request.POST
    value, reason, seen = sent.get("value", ""), sent.get("reason", ""), written.token(sent.get("seen", "u"))
    try:
        wanted = written.read(value, column.points_possible)
        entry = entering.Entry(wanted, seen)
        changed = entering.enter(item=column, entries={row.pk: entry}, by=visit.request.user, reason=reason)  # type: ignore[arg-type]
    except entering.Conflict as problem:
        return quicker(visit, row, column, problem.changes[0], value, reason)
    except (ValidationError, ValueError) as problem:
        problems = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
        return refused(visit, row, column, problems, value, reason)
    return saved(visit, row, column, bool(changed))


def is_script(visit: Visit) -> bool:
    return visit.request.headers.get("Accept", "").startswith("application/json")


def saved(visit: Visit, row: Enrollment, column: Item, changed: bool) -> HttpResponse:
    if is_script(visit):
        return JsonResponse({"code": code_of(visit, row, column), "changed": changed} | drawn(visit, row))
    if changed:
        messages.success(visit.request, f"{column} of {row.user} is saved.")
    else:
        messages.info(visit.request, "Nothing is changed: that is what stands there.")
    return redirect(reverse("gradebook:cell", args=[visit.course.slug, row.pk, column.pk]))


def drawn(visit: Visit, row: Enrollment) -> dict[str, Any]:
    """The student's row as it is now."""
    items = list(
        Item.objects.filter(category__course=visit.course).order_by("position", "pk").values_list("pk", flat=True)
    )
    (found,) = ledger.rows(visit.course, Asked(who="all", page=0), only=[row.pk])
    return {"row": markup.line(found, items, visit.leads), "stale": found.stale}


def code_of(visit: Visit, row: Enrollment, column: Item) -> str:
    score = Score.objects.filter(item=column, enrollment=row).first()
    return written.short(score.state, score.points) if score else "u"


def refused(visit: Visit, row: Enrollment, column: Item, problems: list[str], value: str, reason: str) -> HttpResponse:
    if is_script(visit):
        return JsonResponse({"problems": problems}, status=400)
    return show(visit, row, column, status=400, value=value, reason=reason, problems=problems)


def quicker(
    visit: Visit, row: Enrollment, column: Item, found: entering.Change, value: str, reason: str
) -> HttpResponse:
    last = remembering.of_cell(column, row)[0]
    who = last.who or f"somebody outside the application ({last.outside})"
    said = f"{who} has changed this cell meanwhile: it is {written.told(found.stands)} now"
    said += f" ({last.why})." if last.why else "."
    if is_script(visit):
        theirs = {
            "said": said,
            "seen": found.stands,
            "theirs": written.told(found.stands),
            "yours": written.told(found.becomes),
        }
        return JsonResponse(theirs | drawn(visit, row), status=409)
    told = [f"{said} Yours, {written.told(found.becomes)}, is not saved: leave theirs, or save yours over it."]
    return show(visit, row, column, status=409, value=value, reason=reason, problems=told)
