"""The schedule with its recordings, the people, and what the course says about itself."""

from datetime import timedelta
from itertools import groupby

from django.http import HttpResponse
from django.utils import timezone

from coursesite.roster.access import Visit, course_page

from .models import Lecture, OfficeHours, Resource, Topic


def week_of(lecture: Lecture) -> object:
    local = timezone.localtime(lecture.starts_at).date()
    return local - timedelta(days=local.weekday())


@course_page
def schedule(visit: Visit) -> HttpResponse:
    lectures = list(Lecture.objects.filter(course=visit.course).select_related("topic"))
    now = timezone.now()
    this_week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    weeks = [
        {
            "number": number,
            "monday": monday,
            "is_now": monday == this_week,
            "lectures": [(lecture, lecture.recording_opens(visit.section)) for lecture in found],
        }
        for number, (monday, found) in enumerate(groupby(lectures, week_of), 1)
    ]
    extra = Topic.objects.filter(course=visit.course, lectures_planned=None)
    return visit.page("schedule/schedule.html", weeks=weeks, extra=extra, now=now)


@course_page
def people(visit: Visit) -> HttpResponse:
    return visit.page("schedule/people.html", hours=OfficeHours.objects.filter(course=visit.course))


@course_page
def about(visit: Visit) -> HttpResponse:
    found = Resource.objects.filter(course=visit.course)
    kinds = [(label, [r for r in found if r.kind == kind]) for kind, label in HEADINGS]
    return visit.page("schedule/about.html", kinds=kinds, facts=visit.course.facts)


HEADINGS = [("book", "Books"), ("computing", "Computing"), ("related", "Related courses"), ("link", "Links")]
