"""Staff pages about one assignment: who has handed in, everything as a ZIP, reminders, handing in for somebody."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from coursesite.roster.models import Course

from . import bundle, queries, services, sight
from .forms import FilesForm
from .models import Assignment, Submission

Context = dict[str, Any]


def assignment_of(request: HttpRequest, pk: int) -> Assignment:
    mine = Assignment.objects.filter(course__in=Course.objects.staffed_by(request.user)).select_related("course")
    found: Assignment = get_object_or_404(mine.exclude(sight.nameless(request.user)), pk=pk)
    timezone.activate(found.course.zone)
    return found


def show(request: HttpRequest, context: Context, pk: int) -> HttpResponse:
    row, now = assignment_of(request, pk), timezone.now()
    lines = queries.roll(row, request.user)
    done = [line for line in lines if line.submission]
    context |= {
        "row": row,
        "lines": lines,
        "done": len(done),
        "partly": sum(bool(line.lacking) for line in done),
        "late": sum(line.lateness.late for line in done if line.lateness),
        "remindable": sum(line.is_remindable(now) for line in lines),
        "now": now,
        "title": f"{row}: who has handed in",
    }
    return TemplateResponse(request, "handin/roll.html", context)


def everything(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    row = assignment_of(request, pk)
    headers = {"Content-Disposition": f'attachment; filename="{row.course.slug}-{row.slug}.zip"'}
    content = bundle.bundle(row, seen=Submission.objects.visible_to(request.user))
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


def remind(request: HttpRequest, pk: int) -> HttpResponse:
    row = assignment_of(request, pk)
    if request.method != "POST":
        raise Http404
    count = services.remind(assignment=row, by=request.user)  # type: ignore[arg-type]
    none = "Nobody was written to: whoever is left was reminded a moment ago."
    messages.success(request, f"Reminded: {count}." if count else none)
    return redirect("admin:handin_assignment_roll", row.pk)


def hand_in(request: HttpRequest, context: Context, pk: int, owner: int) -> HttpResponse:
    """On behalf of somebody, at any time; lateness counts, and an extension takes it away."""
    row = assignment_of(request, pk)
    line = next((line for line in queries.roll(row, request.user) if line.owner.pk == owner), None)
    if line is None:
        raise Http404
    form = FilesForm(request, row)
    if form.is_bound and form.is_valid():
        try:
            made, _ = services.submit(
                assignment=row, owner=line.owner, author=request.user, delivery=form.delivery()  # type: ignore[arg-type]
            )  # fmt: skip
            messages.success(request, f"Version {made.number} of {line.name} is in, and the receipt is on its way.")
            return redirect("admin:handin_assignment_roll", row.pk)
        except ValidationError as problem:
            form.refuse(problem)
    context |= {"row": row, "line": line, "form": form, "title": f"{row} for {line.name}"}
    return TemplateResponse(request, "handin/for_somebody.html", context, status=400 if form.is_bound else 200)
