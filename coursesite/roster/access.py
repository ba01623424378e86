"""The way into a course's pages: who is there, in which part; everything else follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from coursesite.look.views import signed_out

from .asking import enrollment_of
from .models import Course, Enrollment, Section, User

View = Callable[..., HttpResponseBase]
Find = Callable[..., tuple[Enrollment, Any] | None]


@dataclass(frozen=True)
class Visit:
    """One person in one course; a site admin may be there without an enrolment."""

    request: HttpRequest
    course: Course
    enrollment: Enrollment | None
    opened: Any = None  # what `opens_with` read along

    @property
    def is_staff(self) -> bool:
        return self.enrollment is None or self.enrollment.is_staff

    @property
    def leads(self) -> bool:
        return self.enrollment is None or self.enrollment.role == "instructor"

    @property
    def student(self) -> Enrollment | None:
        return None if self.is_staff else self.enrollment

    @property
    def section(self) -> Section | None:
        return self.enrollment.section if self.enrollment else None

    def page(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template, {"visit": self, "course": self.course, **context}, status=status)


def opens_with(find: Find) -> Callable[[View], View]:
    """Opens the course `slug` for the person who is signed in, in its time zone; 404 for everybody else in it.

    `find` gets the person, the slug and whatever else the address names, and reads the part together with what the page
    is about, so that one round to the database tells both. A form that comes from somebody who is signed out gets a
    refusal, not a way round (battery U28).
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def handle(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            found = find(request.user, slug, *args, **kwargs)
            visit = Visit(request, found[0].course, *found) if found else without_part(request, slug, request.user)
            timezone.activate(visit.course.zone)
            return view(visit, *args, **kwargs)

        return handle

    return wrap


def part_alone(user: User, slug: str, *args: Any, **kwargs: Any) -> tuple[Enrollment, None] | None:
    found = enrollment_of(user, slug)
    return (found, None) if found else None


course_page = opens_with(part_alone)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path()) if request.method in ("GET", "HEAD") else signed_out(request)


def enter(request: HttpRequest, slug: str, user: User | None = None) -> Visit:
    """`user` is for the API, whose token says who it is; 404 for who has no part in the course."""
    user = user or request.user  # type: ignore[assignment]
    assert user is not None
    enrollment = enrollment_of(user, slug)
    return Visit(request, enrollment.course, enrollment) if enrollment else without_part(request, slug, user)


def without_part(request: HttpRequest, slug: str, user: User) -> Visit:
    course = Course.objects.visible_to(user).filter(slug=slug).first()
    if course is None:
        raise Http404
    return Visit(request, course, None)
