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


@dataclass(frozen=True)
class Visit:
    """One person in one course; a site admin may be there without an enrolment."""

    request: HttpRequest
    course: Course
    enrollment: Enrollment | None

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


def course_page(view: View) -> View:
    """Opens the course `slug` for the person who is signed in, in its time zone; 404 for everybody else in it.

    A form that comes from somebody who is signed out gets a refusal, not a way round (battery U28).
    """

    @wraps(view)
    def handle(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        visit = enter(request, slug)
        timezone.activate(visit.course.zone)
        return view(visit, *args, **kwargs)

    return handle


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path()) if request.method in ("GET", "HEAD") else signed_out(request)


def enter(request: HttpRequest, slug: str, user: User | None = None) -> Visit:
    """`user` is for the API, whose token says who it is; 404 for who has no part in the course."""
    user = user or request.user  # type: ignore[assignment]
    assert user is not None
    enrollment = enrollment_of(user, slug)
    if enrollment:
        return Visit(request, enrollment.course, enrollment)
    course = Course.objects.visible_to(user).filter(slug=slug).first()
    if course is None:
        raise Http404
    return Visit(request, course, None)
