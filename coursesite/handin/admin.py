"""What was handed in, for reading; deadlines, for instructors to move."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline

from coursesite.roster.staff_site import CourseScoped, may_change

from .models import Assignment, Problem, Submission


class ProblemInline(TabularInline):
    """Titles and points of the problems; the column's points possible and all scores follow."""

    model = Problem
    fields = ["number", "title", "points"]
    readonly_fields = ["number"]
    extra = 0
    can_delete = False
    has_add_permission = lambda self, request, obj=None: False  # noqa: E731

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and may_change(request, obj.course)


@admin.register(Assignment)
class AssignmentAdmin(CourseScoped):
    lead_changes = True
    list_display = ["title", "course", "kind", "opens_at", "due_at"]
    inlines = [ProblemInline]
    fields = [
        "title",
        "description",
        "opens_at",
        "due_at",
        "grace_minutes",
        "late_days",
        "penalty_percent",
        "floor_percent",
    ]
    list_filter = ["kind"]


@admin.register(Submission)
class SubmissionAdmin(CourseScoped):
    course_path = "assignment__course"
    list_display = ["assignment", "owner", "number", "is_current", "completed_at", "receipt"]
    list_filter = ["is_current", "assignment"]
    list_select_related = ["assignment", "enrollment__user", "team"]

    @admin.display(description="Receipt")
    def receipt(self, submission: Submission) -> str:
        return format_html('<a href="{}">receipt and files</a>', reverse("handin:receipt", args=[submission.pk]))
