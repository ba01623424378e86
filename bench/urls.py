"""The application's pages, and a view with one query and nothing else."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from coursesite.urls import urlpatterns as pages
from grading.models import CourseGrade


def bare(request: HttpRequest, enrollment: int) -> HttpResponse:
    """For people who are signed in, like the pages that are compared with it."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    grade = CourseGrade.objects.get(pk=enrollment)
    return HttpResponse(f"<!doctype html><title>Grade</title><p>{grade.final}</p>")


urlpatterns = [path("bench/bare/<int:enrollment>/", bare), *pages]
