"""All rubrics of a set; who got an item; rubrics as a file, and out of another set."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from coursesite.handin.models import Assignment, Submission
from coursesite.roster.models import Course

from .. import rubric_file
from ..models import Applied, Item, RubricItem, closed, sealed
from ..services import rubric_files
from ..templatetags.rubric import inline
from . import finding

PAGE = 200


def overview(request: HttpRequest, pk: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    mistakes: list[str] = []
    if request.method == "POST":
        try:
            count = bring_in(request, item)
        except ValidationError as refusal:
            mistakes = refusal.messages
        else:
            messages.success(request, f"{count} new item{'' if count == 1 else 's'}.")
            return redirect("admin:grading_rubrics", item.pk)
    live = Count("rubric__items", filter=Q(rubric__items__removed_at=None))
    context = admin.site.each_context(request) | {
        "item": item,
        "problems": item.assignment.problems.annotate(count=live),  # type: ignore[union-attr]
        "others": others(request, item),
        "mistakes": mistakes,
        "title": f"{item}: rubrics",
    }
    return TemplateResponse(request, "grading/desk/rubrics.html", context, status=409 if mistakes else 200)


def others(request: HttpRequest, item: Item) -> list[Item]:
    """Sets with a rubric, of every course where this person is staff."""
    mine = Item.objects.filter(category__course__in=Course.objects.staffed_by(request.user))
    there = RubricItem.objects.live().filter(rubric__problem__assignment=OuterRef("assignment"))
    found = mine.filter(Exists(there)).exclude(pk=item.pk)
    return list(found.select_related("category__course").order_by("category__course", "position"))


def bring_in(request: HttpRequest, item: Item) -> int:
    assignment: Assignment = item.assignment  # type: ignore[assignment]
    by = request.user
    if "file" in request.FILES:
        sent: Any = request.FILES["file"]
        sent.seek(0)
        content = sent.read(rubric_file.MOST_BYTES + 1)
        return rubric_files.take_in(assignment=assignment, by=by, content=content)  # type: ignore[arg-type]
    chosen = request.POST.get("source", "")
    source = next((row for row in others(request, item) if str(row.pk) == chosen), None)
    if source is None:
        raise ValidationError("Choose a set, or a file.")
    return rubric_files.copy(source=source.assignment, target=assignment, by=by)  # type: ignore[arg-type]


def export(request: HttpRequest, pk: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    assert item.assignment
    name = f"{item.assignment.slug}-rubrics.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(rubric_files.export(item.assignment), content_type="application/yaml", headers=headers)


def who(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """As far as this person may open the work and see its mark, and without the names that are hidden at the desk."""
    item = finding.item_of(request, pk)
    rows = RubricItem.objects.filter(rubric__problem__in=finding.problems(item)).select_related("rubric__problem")
    line = get_object_or_404(rows, pk=key)
    seen = Submission.objects.filter(assignment=item.assignment_id).exclude(closed(request.user, line.rubric.problem))
    there = Applied.objects.filter(item=line, mark__submission__in=seen.values("pk"))
    found = there.exclude(mark__in=sealed(request.user).values("pk")).select_related(
        "mark__submission__enrollment__user", "mark__submission__team", "mark__grader"
    )
    page = Paginator(found.order_by("-mark__submission__is_current", "-mark__marked_at"), PAGE)
    context = admin.site.each_context(request) | {
        "item": item,
        "line": line,
        "problem": line.rubric.problem,
        "page": (part := page.get_page(request.GET.get("page"))),
        "rows": [(finding.name_of(item, row.mark.submission), row.mark) for row in part],
        "title": f"{item}: who got this item",
    }
    return TemplateResponse(request, "grading/desk/who.html", context)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Markdown and maths as they will stand."""
    return HttpResponse(inline(request.POST.get("text", "")[:2000]))
