"""What was handed in, for reading; deadlines, for instructors to move."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from coursesite.roster.staff_site import CourseScoped

from .models import Assignment, Submission


@admin.register(Assignment)
class AssignmentAdmin(CourseScoped):
    lead_changes = True
    list_display = ["title", "course", "kind", "opens_at", "due_at"]
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
