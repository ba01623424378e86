"""Students who enrolled after a set was due: proposed to the instructor as excused there, never excused silently."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from coursesite.handin import policy as late
from coursesite.handin.models import Submission
from coursesite.roster.models import Course, Enrollment, User

from .models import Item, Score, Source
from .policy import State
from .services import awarding

REASON = "Enrolled after it was due"


@dataclass(frozen=True)
class Proposal:
    student: Enrollment
    items: list[Item]


def proposals(courses: Iterable[Course], *, now: datetime) -> list[Proposal]:
    """Active students with no work and no score in what was over when they came; a fixed number of queries."""
    items = [row for row in over(courses, now) if row.assignment]
    if not items:
        return []
    students = came_after(courses, min(map(closes, items)))
    settled = ~Q(state=State.UNGRADED.value) | ~Q(source=Source.MARKS)
    scores = Score.objects.filter(settled, item__in=items, enrollment__in=students).values_list("item", "enrollment")
    work = Submission.objects.filter(assignment__in=[row.assignment_id for row in items], enrollment__in=students)
    done = set(scores) | {(at, student) for at, student in work.values_list("assignment__item", "enrollment")}
    found = []
    for student in students:
        missed = [row for row in items if is_late_add(row, student) and (row.pk, student.pk) not in done]
        if missed:
            found.append(Proposal(student, missed))
    return found


def came_after(courses: Iterable[Course], moment: datetime) -> list[Enrollment]:
    """Few, since most are there before the first set is over."""
    rows = Enrollment.objects.filter(course__in=courses, enrolled_at__gte=moment).students().active()
    return list(rows.select_related("user", "course"))


def over(courses: Iterable[Course], now: datetime) -> list[Item]:
    """Not what was over when the course was loaded here: that says nothing about anybody."""
    rows = Item.objects.filter(category__course__in=courses, assignment__due_at__lt=now)
    closed = [(row, closes(row)) for row in rows.select_related("category", "assignment").order_by("position")]
    return [row for row, moment in closed if row.assignment.created_at < moment <= now]  # type: ignore[union-attr]


def closes(item: Item) -> datetime:
    assert item.assignment
    return late.last_moment(item.assignment.late_rule)


def is_late_add(item: Item, student: Enrollment) -> bool:
    return item.category.course_id == student.course_id and student.enrolled_at >= closes(item)


@transaction.atomic
def settle(*, chosen: Sequence[tuple[int, int]], state: State, by: User) -> int:
    """The chosen (student, item) among the proposals: excused, or missing like everybody's who handed nothing in."""
    wanted, count = set(chosen), 0
    for proposal in proposals(Course.objects.led_by(by), now=timezone.now()):
        for item in proposal.items:
            if (proposal.student.pk, item.pk) in wanted:
                awarding.award(item=item, enrollment=proposal.student, by=by, state=state, reason=REASON)
                count += 1
    return count


def page(request: HttpRequest) -> HttpResponse:
    led = Course.objects.led_by(request.user)
    if not led.exists():
        raise Http404
    if request.method == "POST":
        state = State.MISSING if "missing" in request.POST else State.EXCUSED
        count = settle(chosen=list(picked(request)), state=state, by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{'Missing' if state == State.MISSING else 'Excused'}: {count}.")
        return redirect("admin:grading_late_adds")
    context: dict[str, Any] = admin.site.each_context(request) | {
        "proposals": proposals(led, now=timezone.now()),
        "title": "Students who came late",
    }
    return TemplateResponse(request, "grading/late_adds.html", context)


def picked(request: HttpRequest) -> Iterable[tuple[int, int]]:
    for text in request.POST.getlist("pick"):
        student, _, item = text.partition("-")
        if student.isascii() and item.isascii() and student.isdigit() and item.isdigit():
            yield int(student), int(item)
