"""The left side of the desk: what graders draw and write on the work, and what they say on all of it.

The script of the desk sends one act at a time and gets the sheet as it is now, or a sentence that says what is wrong.
Whoever may read a problem a second time sees no note of the first grader on it, marked already or not, and leaves none
once it is.
"""

import json
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from coursesite.handin.models import Submission

from .. import sheets
from ..models import Annotation, Item
from ..services import annotating
from . import finding


@require_POST
def add(request: HttpRequest, pk: int, submission: UUID) -> HttpResponse:
    item = finding.item_of(request, pk)
    problem = finding.problem_with(request, item, number(request, "problem"), submission)
    work = finding.work_of(request, item, submission, problem)
    unseen = finding.unseen(request, item, work)
    if problem.pk in unseen.kept:
        raise Http404
    drawn = annotating.Drawn(
        used=number(request, "used"),
        page=number(request, "page"),
        shape=request.POST.get("shape", ""),
        points=points(request),
        text=request.POST.get("text", ""),
    )
    try:
        made = annotating.annotate(submission=work, problem=problem, grader=request.user, drawn=drawn)  # type: ignore[arg-type]
    except ValidationError as refusal:
        return refused(refusal)
    return shown(request, item, made, unseen)


@require_POST
def change(request: HttpRequest, pk: int, submission: UUID, note: int) -> HttpResponse:
    """Moves it or says something else; with `delete` it goes."""
    item = finding.item_of(request, pk)
    there = Annotation.objects.filter(submission=submission, submission__assignment=item.assignment_id)
    row = get_object_or_404(there.select_related("used__file", "problem"), pk=note)
    problem = finding.problem_with(request, item, row.problem.number, submission)
    work = finding.work_of(request, item, submission, problem)
    unseen = finding.unseen(request, item, work)
    if unseen.hides(row):
        raise Http404
    row.submission = work
    version = number(request, "version")
    try:
        if "delete" in request.POST:
            annotating.erase(annotation=row, grader=request.user, version=version)  # type: ignore[arg-type]
        else:
            annotating.amend(
                annotation=row,
                grader=request.user,  # type: ignore[arg-type]
                points=points(request) if "points" in request.POST else row.points,
                text=request.POST.get("text", row.text),
                version=version,
            )
    except ValidationError as refusal:
        return refused(refusal)
    return shown(request, item, row, unseen)


@require_POST
def remark(request: HttpRequest, pk: int, submission: UUID) -> HttpResponse:
    """Answers a script with the comment as it is now; without script, with the desk."""
    item = finding.item_of(request, pk)
    work = finding.work_of(request, item, submission)
    if finding.unseen(request, item, work).hides_remark(remark_of(work)):
        raise Http404
    text, version = request.POST.get("remark", ""), number(request, "version")
    try:
        annotating.remark(submission=work, grader=request.user, text=text, version=version)  # type: ignore[arg-type]
    except ValidationError as refusal:
        return refused(refusal)
    if "X-Desk" not in request.headers:
        return redirect("admin:grading_item_grade", item.pk, work.pk)
    return render(request, "grading/desk/_remark.html", {"item": item, "work": work, "remark": remark_of(work)})


def remark_of(work: Submission) -> Any:
    return getattr(work, "remark", None)


def number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdecimal() or len(text) > 12:
        raise Http404
    return int(text)


def points(request: HttpRequest) -> Any:
    """What the service refuses when it is no list of points."""
    try:
        return json.loads(request.POST.get("points") or "[]")
    except (ValueError, RecursionError):
        return None


def shown(request: HttpRequest, item: Item, row: Annotation, unseen: finding.Unseen) -> HttpResponse:
    """The sheet on which it happened."""
    within = {row.problem_id, *(problem.pk for problem in finding.problems(item))}
    page = 0 if row.shape == "cell" else row.page
    for sheet in sheets.sheets(row.submission, hides=unseen.hides, within=within):
        if (sheet.used.pk, sheet.page) == (row.used_id, page):
            return render(request, "grading/sheets/_changed.html", {"sheet": sheet, "editing": True, "new": row.pk})
    raise Http404


def refused(refusal: ValidationError) -> JsonResponse:
    return JsonResponse({"said": " ".join(refusal.messages)}, status=400)
