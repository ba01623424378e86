"""What was handed in, for reading."""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.roster.staff_site import CourseScoped

from ..models import Submission, SubmittedFile


@admin.register(Submission)
class SubmissionAdmin(CourseScoped):
    course_path = "assignment__course"
    list_display = ["assignment", "who", "version", "counts", "handed_in", "papers"]
    fields = ["assignment", "who", "submitted_by", "version", "counts", "completed_at", "papers"]
    readonly_fields = ["who", "version", "counts", "papers"]
    ordering = ["-completed_at"]
    list_filter = ["is_current", "assignment"]
    search_fields = ["enrollment__user__name", "enrollment__user__email", "team__name"]
    date_hierarchy = "completed_at"
    list_select_related = ["assignment", "enrollment__user", "team"]
    actions = ["look_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        found: QuerySet[Submission] = super().get_queryset(request)
        return found.filter(pk__in=Submission.objects.named_to(request.user).values("pk"))

    @admin.action(description="Make their previews anew")
    def look_again(self, request: HttpRequest, rows: QuerySet[Submission]) -> None:
        used = SubmittedFile.objects.filter(submission__in=rows)
        count = files.look_again(StoredFile.objects.filter(pk__in=used.values("file")))
        messages.success(request, f"{count} file{'s are' if count != 1 else ' is'} looked into anew.")

    @admin.display(description="Of", ordering="enrollment__user__sort_name")
    def who(self, submission: Submission) -> str:
        return submission.owner_name

    @admin.display(description="Version", ordering="number")
    def version(self, submission: Submission) -> int:
        return submission.number

    @admin.display(description="Counts", ordering="is_current")
    def counts(self, submission: Submission) -> str:
        return "✓ yes" if submission.is_current else "no"

    @admin.display(description="Handed in", ordering="completed_at")
    def handed_in(self, submission: Submission) -> datetime:
        return submission.completed_at

    @admin.display(description="Receipt")
    def papers(self, submission: Submission) -> str:
        return format_html('<a href="{}">receipt and files</a>', reverse("handin:receipt", args=[submission.pk]))
