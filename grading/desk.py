"""The grading desk: the work beside the points for each problem; save, and the next one is there."""

from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import Course

from .models import Item, Mark, Score
from .services import marking


def item_of(request: HttpRequest, pk: int) -> Item:
    mine = Item.objects.filter(category__course__in=Course.objects.staffed_by(request.user), assignment__isnull=False)
    return get_object_or_404(mine.select_related("assignment__course"), pk=pk)


def queue(item: Item) -> list[Submission]:
    """Current versions in an order that is stable and tells nothing: not by name, not by time."""
    found = Submission.objects.current().filter(assignment=item.assignment_id)
    rows = found.select_related("enrollment__user", "team").prefetch_related("marks")
    return sorted(rows, key=lambda row: sha256(f"{item.pk}/{row.pk}".encode()).digest())


def following(item: Item, after: Submission | None = None) -> Submission | None:
    """The next that lacks a mark, from here on and then from the start."""
    assert item.assignment
    needed, rows = item.assignment.problems.count(), queue(item)
    start = rows.index(after) + 1 if after in rows else 0
    left = [row for row in rows[start:] + rows[:start] if row != after and len(row.marks.all()) < needed]
    return left[0] if left else None


def show_queue(request: HttpRequest, context: dict[str, Any], pk: int) -> HttpResponse:
    item = item_of(request, pk)
    assert item.assignment
    needed = item.assignment.problems.count()
    rows = [(row, len(row.marks.all()) >= needed, len(row.marks.all())) for row in queue(item)]
    done = sum(graded for _, graded, _ in rows)
    context |= {"item": item, "rows": rows, "needed": needed, "done": done, "next": following(item), "title": str(item)}
    return TemplateResponse(request, "grading/desk/queue.html", context)


def grade(request: HttpRequest, context: dict[str, Any], pk: int, submission: Any) -> HttpResponse:
    item = item_of(request, pk)
    work = get_object_or_404(item.assignment.submissions.select_related("enrollment__user", "team"), pk=submission)  # type: ignore[union-attr, misc]
    timezone.activate(item.assignment.course.zone)  # type: ignore[union-attr]
    if request.method != "POST":
        return show(request, context, item, work, {}, {})
    try:
        marking.mark(submission=work, grader=request.user, given=given(request, work))  # type: ignore[arg-type]
    except ValidationError as problem:
        mistakes = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
        return show(request, context, item, work, request.POST, mistakes, status=409)
    messages.success(request, f"{work.owner_name}: saved.")
    after = following(item, work)
    if after is None:
        return redirect("admin:grading_item_desk", item.pk)
    return redirect("admin:grading_item_grade", item.pk, after.pk)


def given(request: HttpRequest, work: Submission) -> list[marking.Given]:
    found, mistakes = [], {}
    for problem in work.assignment.problems.all():
        number = problem.number
        try:
            found.append(
                marking.Given(
                    number,
                    points(request.POST.get(f"points-{number}", "")),
                    request.POST.get(f"comment-{number}", "").strip(),
                    int(request.POST.get(f"version-{number}") or 0),
                )
            )
        except (InvalidOperation, ValueError):
            mistakes[str(number)] = ["Points are a number, like 12 or 7.5."]
    if mistakes:
        raise ValidationError(mistakes)
    return found


def points(text: str) -> Decimal | None:
    text = text.strip().replace(",", ".")
    value = Decimal(text) if text else None
    if value is not None and (not value.is_finite() or value != round(value, 4)):
        raise ValueError(text)
    return value


def show(
    request: HttpRequest,
    context: dict[str, Any],
    item: Item,
    work: Submission,
    sent: Any,
    mistakes: dict[str, list[str]],
    status: int = 200,
) -> HttpResponse:
    marks = {mark.problem_id: mark for mark in Mark.objects.filter(submission=work).select_related("grader")}
    problems = [field(problem, marks.get(problem.pk), sent, mistakes) for problem in work.assignment.problems.all()]
    rows = queue(item)
    place = rows.index(work) if work in rows else 0
    scores = Score.objects.filter(item=item, enrollment=work.enrollment) if work.enrollment else Score.objects.none()
    context |= {
        "item": item,
        "work": work,
        "title": f"{item}: {work.owner_name}",
        "files": work.files.select_related("part", "file"),
        "problems": problems,
        "general": mistakes.get("", []),
        "previous": rows[place - 1] if place else None,
        "following": rows[place + 1] if place + 1 < len(rows) else None,
        "place": place + 1,
        "count": len(rows),
        "override": scores.exclude(source="marks").exclude(state="ungraded").first(),
        "acknowledgements": work.acknowledgements.all(),
    }
    return TemplateResponse(request, "grading/desk/grade.html", context, status=status)


def field(problem: Any, mark: Mark | None, sent: Any, mistakes: dict[str, list[str]]) -> dict[str, Any]:
    """What stands in the form: what was sent, else what is stored. After a conflict the page knows the newer version,
    so that saving again is a decision."""
    number = problem.number
    stored = f"{mark.points.normalize():f}" if mark else ""
    return {
        "problem": problem,
        "points": sent.get(f"points-{number}", stored),
        "comment": sent.get(f"comment-{number}", mark.comment if mark else ""),
        "version": mark.version if mark else 0,
        "mark": mark,
        "mistakes": mistakes.get(str(number), []),
    }


def led_course(request: HttpRequest, slug: str) -> Course:
    course = Course.objects.led_by(request.user).filter(slug=slug).first()
    if course is None:
        raise Http404
    return course
