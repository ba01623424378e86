"""One column: how it is spread, what became of it, and ways to change many of its cells."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from coursesite.look import pictures
from coursesite.roster.access import Visit

from .. import permissions, remembering
from ..models import Item
from ..services import awarding
from ..spread import spread
from . import ledger
from .cells import item_of
from .page import staff_page
from .sealed import seal_of


@staff_page
def column(visit: Visit, item: int) -> HttpResponse:
    row = item_of(visit, item)
    if visit.request.method == "POST":
        return release(visit, row)
    seal = seal_of(visit)
    values = ledger.values(visit.course, row.pk, seal)
    return visit.page(
        "grading/gradebook/column.html",
        item=row,
        spread=spread(values),
        found=ledger.statistics(visit.course, past=seal).get(row.pk, ledger.Statistics()),
        picture=picture(row, values),
        steps=remembering.of_column(row),
        kept=seal is not None,
    )


def picture(row: Item, values: list[Decimal]) -> SafeString:
    return pictures.histogram(values, title=f"Points in {row}", high=row.points_possible, unit="points")


def release(visit: Visit, row: Item) -> HttpResponse:
    permissions.check_leads(visit.request.user, visit.course)
    if visit.request.POST.get("act") == "release":
        awarding.release(items=[row], by=visit.request.user)  # type: ignore[arg-type]
        messages.success(visit.request, f"{row} is released to students.")
    else:
        awarding.unrelease(items=[row], by=visit.request.user)  # type: ignore[arg-type]
        messages.success(visit.request, f"{row} is hidden from students again.")
    return redirect(reverse("gradebook:column", args=[visit.course.slug, row.pk]))
