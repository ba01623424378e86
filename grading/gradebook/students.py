"""One student: a report that can be printed, the letter set by hand, and both as of any moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment

from .. import past, permissions, policy, queries, remembering, steps
from ..models import Override
from ..services import overriding, signing_off
from ..steps import Reading
from .asked import Asked
from .cells import student_of
from .page import staff_page


@dataclass(frozen=True)
class Report:
    """Everything is computed from the rows of one moment, so that it says what it was computed from."""

    at: datetime
    version: past.Version | str
    figures: policy.Figures
    groups: list[dict[str, Any]]
    lines: list[steps.Line]


def report(student: Enrollment, at: datetime, *, as_staff: bool) -> Report:
    """Staff count every graded score, the student those released; four statements."""
    scheme = past.scheme_of(student.course, at)
    staff, own = past.cells_of(student.course, at, student.pk).get(student.pk, ({}, {}))
    cells = staff if as_staff else own
    return Report(
        at=at,
        version=past.version(student.course, student.pk, at) if as_staff else past.fingerprint(scheme, cells),
        figures=policy.figures(scheme, cells),
        groups=[group(category, cells) for category in scheme.categories],
        lines=steps.explain(scheme, cells, Reading.FINAL),
    )


def group(category: policy.Category, cells: queries.Cells) -> dict[str, Any]:
    rows = [
        {"item": item, "cell": cells.get(item.key, policy.OPEN), "standing": standing}
        for item, standing in zip(category.ordered, steps.standings(category, cells), strict=True)
    ]
    return {"category": category, "rows": rows}


@staff_page
def student(visit: Visit, student: int) -> HttpResponse:
    row = student_of(visit, student)
    if visit.request.method == "POST":
        return set_letter(visit, row)
    return show(visit, row)


def show(visit: Visit, row: Enrollment, status: int = 200, **more: Any) -> HttpResponse:
    ask = Asked(at=visit.request.GET.get("at", "")[:40])
    return visit.page(
        "grading/gradebook/student.html",
        status=status,
        student=row,
        ask=ask,
        report=report(row, ask.moment or timezone.now(), as_staff=True),
        moment=ask.moment,
        override=Override.objects.filter(enrollment=row).select_related("set_by").first(),
        official=None if ask.moment else signing_off.of_student(row),
        letters=overriding.letters(visit.course.pk),
        steps=remembering.of_letter(row),
        **{"problems": [], "letter": "", "reason": ""} | more,
    )


def set_letter(visit: Visit, row: Enrollment) -> HttpResponse:
    sent, by = visit.request.POST, visit.request.user
    permissions.check_leads(by, visit.course)
    given: dict[str, Any] = {
        "enrollment": row,
        "reason": sent.get("reason", ""),
        "by": by,
        "seen": sent.get("seen", ""),
    }
    try:
        if sent.get("act") == "back":
            overriding.take_back(**given)
            messages.success(visit.request, f"{row.user}: the computed letter counts again.")
        else:
            overriding.override(letter=sent.get("letter", ""), **given)
            messages.success(visit.request, f"{row.user}: the letter is set.")
    except ValidationError as problem:
        return show(visit, row, 409, problems=problem.messages, letter=sent.get("letter", ""), reason=given["reason"])
    return redirect(reverse("gradebook:student", args=[visit.course.slug, row.pk]))


@course_page
def own(visit: Visit) -> HttpResponse:
    """The student's own, from what is released."""
    if visit.student is None:
        raise Http404
    override = Override.objects.visible_to(visit.request.user).filter(enrollment=visit.student).first()
    found = report(visit.student, timezone.now(), as_staff=False)
    return visit.page(
        "grading/report.html", student=visit.student, report=found, override=override, moment=None,
        official=signing_off.of_student(visit.student),
    )  # fmt: skip
