"""The first page: what is due, is it in, what comes next."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from coursesite.handin.models import Assignment, Submission
from coursesite.handin.queries import lacking
from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Course, Membership
from coursesite.schedule.models import Lecture, OfficeHours
from grading.models import Item

AHEAD = timedelta(days=14)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    courses = list(Course.objects.visible_to(request.user))
    if len(courses) == 1:
        return redirect("home:course", courses[0].slug)
    return render(request, "home/index.html", {"courses": courses})


@course_page
def course(visit: Visit) -> HttpResponse:
    now = timezone.now()
    lectures = Lecture.objects.filter(course=visit.course, ends_at__gte=now, starts_at__lt=now + timedelta(days=7))
    hours = OfficeHours.objects.filter(course=visit.course, weekday__isnull=False)
    released = Item.objects.filter(category__course=visit.course, released_at__isnull=False).order_by("-released_at")[
        :5
    ]
    lines = [*lecture_lines(lectures), *due_lines(visit, now), *office_lines(hours, now)]
    return visit.page("home/course.html", lines=sorted(lines, key=lambda line: line["at"]), released=released, now=now)


def lecture_lines(lectures: Any) -> list[dict[str, Any]]:
    return [{"kind": "Lecture", "at": row.starts_at, "title": row.title, "place": row.room} for row in lectures]


def due_lines(visit: Visit, now: datetime) -> list[dict[str, Any]]:
    """By one's own deadline, extensions included."""
    out = (
        Assignment.objects.open_by(now)
        .filter(course=visit.course)
        .with_own_rule(visit.student)
        .prefetch_related("parts")
    )
    rows = [row for row in out if now - timedelta(days=1) <= row.own_rule.due_at <= now + AHEAD]
    done = own_work(visit, rows) if visit.student else {}
    return [due_line(row, done.get(row.pk)) for row in rows]


def due_line(row: Assignment, done: Submission | None) -> dict[str, Any]:
    left = lacking(row, [done]) if done else []
    return {"kind": "Due", "at": row.own_rule.due_at, "title": row.title, "row": row, "done": done, "lacking": left}


def own_work(visit: Visit, rows: list[Assignment]) -> dict[int, Submission]:
    team = Membership.objects.current().filter(enrollment=visit.student).values("team")
    mine = Submission.objects.current().filter(assignment__in=rows).prefetch_related("files")
    found = [*mine.filter(enrollment=visit.student), *mine.filter(team__in=team)]
    return {submission.assignment_id: submission for submission in found}


def office_lines(hours: Any, now: datetime) -> list[dict[str, Any]]:
    """Each person's next hours within a week."""
    today = timezone.localdate(now)
    lines = []
    for row in hours:
        day = today + timedelta(days=(row.weekday - today.weekday()) % 7)
        at = timezone.make_aware(datetime.combine(day, row.starts))
        ends = timezone.make_aware(datetime.combine(day, row.ends))
        if ends < now:
            at += timedelta(days=7)
        lines.append({"kind": "Office hours", "at": at, "title": row.person, "place": row.place, "ends": row.ends})
    return lines
