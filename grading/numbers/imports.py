"""A file of scores: taken in, looked at, and imported as a whole or not at all."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from coursesite.roster.access import Visit
from coursesite.roster.models import User
from coursesite.roster.moments import plausible

from ..models import Item, PendingImport
from ..services import importing, sheets
from ..services.importing import Side
from ..services.scheming import counted
from .page import leaders_page, shown

LARGEST = 30 * 1024 * 1024
KEPT = timedelta(days=1)
NAME = 200  # characters of the file's name that are kept; the moment of the export stands at its end
SHOWN = 400  # cells on one page


@leaders_page
def upload(visit: Visit) -> HttpResponseBase:
    """Keeps the file for a look at it; what is no such file is refused at once, with its lines."""
    if visit.request.method != "POST":
        return redirect("numbers:overview", visit.course.slug)
    try:
        name, text = told(visit)
        exported = moment(visit) or importing.exported_at(name)
        importing.preview(course=visit.course, text=text, name=name, exported=exported)
    except ValidationError as problem:
        return shown(visit, problem.messages, status=400)
    PendingImport.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
    row = PendingImport.objects.create(course=visit.course, by=who(visit), name=name, text=text, exported_at=exported)
    return redirect("numbers:import", visit.course.slug, row.pk)


def told(visit: Visit) -> tuple[str, str]:
    file = visit.request.FILES.get("file")
    if file is None or not file.size:
        raise ValidationError("Choose a CSV file that is not empty.")
    if file.size > LARGEST:
        raise ValidationError("This file is larger than 30 MB.")
    file.seek(0)
    return str(file.name)[-NAME:], sheets.decoded(file.read(), str(file.name))


def moment(visit: Visit) -> datetime | None:
    """When it was exported, as the form says it, in the zone of the course."""
    said = visit.request.POST.get("exported_at", "").strip()
    if not said:
        return None
    try:
        found = parse_datetime(said)
    except ValueError:
        found = None
    if found is None:
        raise ValidationError("The moment of the export is no date and time.")
    plausible(found)
    return found if found.tzinfo else timezone.make_aware(found, visit.course.zone)


def who(visit: Visit) -> User:
    return visit.request.user  # type: ignore[return-value]


@leaders_page
def preview(visit: Visit, pending: UUID) -> HttpResponseBase:
    row = get_object_or_404(PendingImport, pk=pending, course=visit.course, by=who(visit))
    if visit.request.method != "POST":
        return look(visit, row)
    if "drop" in visit.request.POST:
        row.delete()
        return redirect("numbers:overview", visit.course.slug)
    try:
        changes = importing.confirm(
            **what(visit, row), by=who(visit), seen=visit.request.POST.get("seen", ""), sides=sides(visit),
            rest=side(visit.request.POST.get("rest", "")),
        )  # fmt: skip
    except ValidationError as problem:
        return look(visit, row, problem.messages, status=409)
    row.delete()
    messages.success(visit.request, f"Imported: {counted(len(changes), 'score')} changed.")
    return redirect("numbers:overview", visit.course.slug)


def sides(visit: Visit) -> dict[str, Side]:
    """Whose word counts, for each cell in conflict that was shown."""
    sent = visit.request.POST
    return {name.removeprefix("side-"): side(sent[name]) for name in sent if name.startswith("side-")}


def side(text: str) -> Side:
    return Side.FILE if text == Side.FILE.value else Side.HERE


def what(visit: Visit, row: PendingImport) -> dict[str, Any]:
    return {"course": visit.course, "text": row.text, "name": row.name, "exported": row.exported_at}


def look(visit: Visit, row: PendingImport, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    try:
        found = importing.preview(**what(visit, row))
    except ValidationError as problem:
        return shown(visit, problem.messages, status=409)
    ids = found.sheet.item_ids
    learned = [(item, ids[item.pk]) for item in Item.objects.filter(pk__in=ids)]
    return visit.page(
        "grading/import.html",
        status,
        pending=row,
        found=found,
        learned=learned,
        problems=problems or [],
        conflicts=found.conflicts[:SHOWN],
        more_conflicts=max(0, len(found.conflicts) - SHOWN),
        changes=found.changes[:SHOWN],
        more_changes=max(0, len(found.changes) - SHOWN),
    )
