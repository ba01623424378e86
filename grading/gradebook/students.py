"""One student: a report that can be printed, the letter set by hand, and both as of any moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment

from .. import past, permissions, policy, remembering, steps, sums
from ..models import Override
from ..models.overrides import TOLD
from ..services import overriding, signing_off
from . import sealed
from .asked import Asked
from .cells import student_of
from .page import staff_page

AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Report:
    """Everything is computed from the rows of one moment, so that it says what it was computed from. `by_hand` is a
    letter set over the computed one, with its reason."""

    at: datetime
    version: past.Version | str
    figures: policy.Figures
    groups: list[steps.Group]
    sum: sums.Sum
    by_hand: tuple[str, str] | None

    @property
    def letter(self) -> str:
        return self.by_hand[0] if self.by_hand else self.figures.letter

    @property
    def letter_said(self) -> str:
        return TOLD.get(self.letter, self.letter)


def report(student: Enrollment, moment: datetime | None, *, as_staff: bool) -> Report:
    """Staff count every graded score, the student those released; six statements on one state of the data."""
    now = timezone.now()
    # Now is all that there is, also if the database's clock is ahead of ours.
    course, at = student.course, moment or now + AHEAD
    with past.snapshot():
        scheme = past.scheme_of(course, at)
        staff, own = past.cells_of(course, at, student.pk).get(student.pk, ({}, {}))
        cells = staff if as_staff else own
        return Report(
            at=moment or now,
            version=past.version(course, student.pk, at) if as_staff else past.fingerprint(scheme, cells),
            figures=policy.figures(scheme, cells),
            groups=steps.groups(scheme, cells, past.origins_of(course, at, student.pk, cells)),
            sum=sums.explain(scheme, cells),
            by_hand=past.letter_of(course, at, student.pk),
        )


@staff_page
def student(visit: Visit, student: int) -> HttpResponse:
    row = student_of(visit, student)
    if visit.request.method == "POST":
        return set_letter(visit, row)
    return sealed.closed(visit, row) or show(visit, row)


def show(visit: Visit, row: Enrollment, status: int = 200, **more: Any) -> HttpResponse:
    ask = Asked(at=visit.request.GET.get("at", "")[:40])
    return visit.page(
        "grading/gradebook/student.html",
        status=status,
        student=row,
        ask=ask,
        report=report(row, ask.moment, as_staff=True),
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
    found, official = report(visit.student, None, as_staff=False), signing_off.of_student(visit.student)
    return visit.page("grading/report.html", student=visit.student, report=found, official=official)
