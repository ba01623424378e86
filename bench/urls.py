"""The application's pages, a view with one query and nothing else, and one that stores what it is sent."""

import os
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from coursesite.urls import urlpatterns as pages
from grading.models import CourseGrade


def bare(request: HttpRequest, enrollment: int) -> HttpResponse:
    grade = CourseGrade.objects.get(pk=enrollment)
    return HttpResponse(f"<!doctype html><title>Grade</title><p>{grade.final}</p>")


@csrf_exempt
def stored(request: HttpRequest) -> HttpResponse:
    """The body onto the disk itself, without a look at it."""
    target = Path(settings.FILES_ROOT) / f"bench-{uuid.uuid4().hex}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while data := request.read(256 * 1024):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    target.unlink()
    return HttpResponse("stored")


@csrf_exempt
def taken(request: HttpRequest) -> HttpResponse:
    """The file of a form, as Django itself takes it."""
    request.upload_handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
    target = Path(settings.FILES_ROOT) / f"bench-{uuid.uuid4().hex}"
    with target.open("xb") as file:
        for data in request.FILES["file-written-part"].chunks():
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    target.unlink()
    return HttpResponse("taken")


urlpatterns = [
    path("bench/stored/", stored),
    path("bench/taken/", taken),
    path("bench/bare/<int:enrollment>/", bare),
    *pages,
]
