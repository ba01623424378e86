"""The scheme, and what was computed from it."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from coursesite.handin.models import Assignment
from coursesite.roster.models import Course
from coursesite.roster.staff_site import CourseScoped

from .. import scheme_sheet
from ..models import Category, CourseGrade, Score, Stale, nameless


@admin.register(CourseGrade)
class CourseGradeAdmin(CourseScoped):
    course_path = "enrollment__course"
    list_display = ["enrollment", "standing", "final", "so_far", "reachable", "letter", "computed_at"]
    list_filter = ["letter"]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    list_select_related = ["enrollment__user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseGrade]:
        """Not while a set is graded without names: what it adds to a figure would tell whose work it is. Nor where a
        mark is to be read again unseen, or some work is with others alone: the figure would tell it."""
        found: QuerySet[CourseGrade] = super().get_queryset(request)
        hidden = Assignment.objects.filter(nameless(request.user)).values("course")
        stale = Exists(Stale.objects.filter(enrollment=OuterRef("enrollment")))
        kept = Score.objects.kept_from(request.user).values("enrollment")
        found = found.exclude(enrollment__course__in=hidden).exclude(enrollment__in=kept)
        return found.annotate(stale=stale)

    @admin.display(description="State")
    def standing(self, grade: CourseGrade) -> str:
        """Never an old number as if it were right."""
        return "↻ being updated: old figures" if grade.stale else "as it is now"  # type: ignore[attr-defined]


@admin.register(Category)
class CategoryAdmin(CourseScoped):
    """For reading; the scheme is changed as a whole, on its sheet."""

    list_display = ["title", "course", "weight", "keep_best", "drop_lowest", "points_weighted", "cap_percent"]
    list_select_related = ["course"]
    ordering = ["course", "position"]
    change_list_template = "grading/desk/schemes.html"

    def get_urls(self) -> list[URLPattern]:
        sheet = path("scheme/<slug:slug>/", self.admin_site.admin_view(self.sheet), name="grading_scheme")
        return [sheet, *super().get_urls()]

    def sheet(self, request: HttpRequest, slug: str) -> HttpResponse:
        return scheme_sheet.show(request, self.admin_site.each_context(request), slug)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        led = Course.objects.led_by(request.user)
        return super().changelist_view(request, (extra_context or {}) | {"led_courses": led})
