"""A student's page on one problem's regrade: the thread, and what can be done now."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment

from . import second_looks
from .models import Item, Mark, Regrade, Score
from .policy import State
from .services import regrades, scoring


def place(visit: Visit, item: int, problem: int) -> tuple[Item, Problem, Enrollment, Mark | None]:
    """What this student was given for that problem, once it is released."""
    released = Item.objects.filter(category__course=visit.course, released_at__isnull=False, assignment__isnull=False)
    row = get_object_or_404(released.select_related("category__course", "assignment__course"), pk=item)
    assert row.assignment
    work = scoring.submission_of(row.assignment, visit.student, timezone.now()) if visit.student else None
    if work is None or visit.student is None:
        raise Http404
    problems = {one.number: one for one in row.assignment.problems.all()}
    if problem not in problems:
        raise Http404
    return row, problems[problem], visit.student, told(row, visit.student, work, problems)[problem]


def told(item: Item, student: Enrollment, work: Submission, problems: Mapping[int, Problem]) -> dict[int, Mark | None]:
    """The marks by number; none of them while a newer version is graded by half, as on the page of feedback."""
    marks = {mark.problem_id: mark for mark in Mark.objects.given().filter(submission=work)}
    graded = Score.objects.filter(item=item, enrollment=student, state=State.GRADED.value).exists()
    whole = graded and len(marks) == len(problems)
    return {number: marks[problem.pk] if whole else None for number, problem in problems.items()}


@course_page
def regrade(visit: Visit, item: int, problem: int) -> HttpResponse:
    row, found, student, mark = place(visit, item, problem)
    if visit.request.method == "POST":
        return act(visit, row, found, student, mark)
    return show(visit, row, found, student, mark)


def act(visit: Visit, item: Item, problem: Problem, student: Enrollment, mark: Mark | None) -> HttpResponse:
    assert item.assignment
    now, text, name = timezone.now(), visit.request.POST.get("text", ""), visit.request.POST.get("act", "")
    asked = regrades.of(item.assignment, student, now).filter(problem=problem).first()
    user = student.user

    def ask() -> None:
        regrades.ask(item=item, problem=problem, student=student, reason=text, now=now)

    of_one: Mapping[str, Callable[[Regrade], object]] = {
        "write": lambda one: regrades.write(asked=one, author=user, text=text, now=now, student=student),
        "withdraw": lambda one: regrades.withdraw(asked=one, student=student, now=now),
        "escalate": lambda one: regrades.escalate(asked=one, by=user, text=text, now=now, student=student),
    }
    try:
        if name == "ask":
            ask()
        elif asked and name in of_one:
            of_one[name](asked)
        else:
            raise Http404
    except ValidationError as mistake:
        return show(visit, item, problem, student, mark, text=text, mistakes=mistake.messages)
    messages.success(visit.request, DONE[name])
    return redirect("grading:regrade", visit.course.slug, item.pk, problem.number)


DONE = {
    "ask": "Your request is in. The answer comes by mail, and stands here.",
    "write": "Sent.",
    "withdraw": "Withdrawn. The points stay as they are.",
    "escalate": "Passed to the instructor. The answer comes by mail, and stands here.",
}


def show(
    visit: Visit, item: Item, problem: Problem, student: Enrollment, mark: Mark | None, text: str = "",
    mistakes: list[str] | None = None,
) -> HttpResponse:  # fmt: skip
    assert item.assignment
    now = timezone.now()
    found = regrades.of(item.assignment, student, now).filter(problem=problem).order_by("asked_at", "pk")
    asked = list(
        found.select_related("enrollment", "submission__assignment__course").prefetch_related("messages__author")
    )
    last = asked[-1] if asked else None
    return visit.page(
        "grading/regrade.html",
        status=400 if mistakes else 200,
        item=item,
        problem=problem,
        mark=mark,
        requests=asked,
        waiting=last if last and last.is_open else None,
        appeal=last if last and regrades.may_appeal(last, now) else None,
        obstacle="" if last and last.is_open else regrades.obstacle(item, problem, student, now),
        until=second_looks.closes_at(item.released_at, visit.course.regrade_days),
        text=text,
        mistakes=mistakes or [],
    )
