"""Homework sets in the admin: who worked with whom, for staff alone."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from coursesite.roster.staff_site import CourseScoped

from . import queries
from .models import Homework


@admin.register(Homework)
class HomeworkAdmin(CourseScoped):
    """Dates and points are edited as assignments; here is what belongs to homework alone."""

    list_display = ["title", "course", "due_at", "collaboration"]
    list_display_links = None

    @admin.display(description="Collaboration")
    def collaboration(self, homework: Homework) -> str:
        address = reverse("admin:homework_homework_collaboration", args=[homework.pk])
        return format_html('<a href="{}">who worked with whom</a>', address)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.show)
        return [path("<int:pk>/collaboration/", page, name="homework_homework_collaboration"), *super().get_urls()]

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        homework = get_object_or_404(Homework.objects.filter(course__in=self.courses(request)), pk=pk)
        found = queries.pairs(homework)
        context = self.admin_site.each_context(request) | {
            "homework": homework,
            "pairs": found,
            "one_sided": sum(not pair.both for pair in found),
            "drawing": queries.drawing(found),
            "title": f"{homework}: who worked with whom",
        }
        return TemplateResponse(request, "homework/collaboration.html", context)
