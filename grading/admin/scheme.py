"""The scheme, and what was computed from it."""

from django.contrib import admin

from coursesite.roster.staff_site import CourseScoped

from ..models import Category, CourseGrade


@admin.register(CourseGrade)
class CourseGradeAdmin(CourseScoped):
    course_path = "enrollment__course"
    list_display = ["enrollment", "final", "so_far", "reachable", "letter", "computed_at"]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    list_select_related = ["enrollment__user"]


@admin.register(Category)
class CategoryAdmin(CourseScoped):
    list_display = ["title", "course", "weight", "keep_best", "drop_lowest"]
