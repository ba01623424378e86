"""The scheme, and what was computed from it."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from coursesite.handin.models import Assignment
from coursesite.look.templatetags.look import points
from coursesite.roster.models import Course
from coursesite.roster.staff_site import CourseScoped

from .. import scheme_sheet
from ..models import Category, CourseGrade, Item, Score, Stale, nameless


@admin.register(CourseGrade)
class CourseGradeAdmin(CourseScoped):
    course_path = "enrollment__course"
    list_display = ["student", "final", "so_far", "reachable", "letter", "standing", "computed_at"]
    list_filter = ["letter", "enrollment__section"]
    ordering = ["enrollment__user__sort_name", "pk"]
    fieldsets = [
        (None, {"fields": ["student", "standing", "computed_at"]}),
        ("For staff: from every graded score", {"fields": ["final", "so_far", "reachable", "letter", "counting"]}),
        (
            "For the student: from what is released",
            {"fields": ["student_final", "student_so_far", "student_reachable", "student_letter", "student_counting"]},
        ),
    ]
    readonly_fields = ["student", "standing", "computed_at", "counting", "student_counting"]
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

    @admin.display(description="Student", ordering="enrollment__user__sort_name")
    def student(self, grade: CourseGrade) -> str:
        return str(grade.enrollment.user)

    @admin.display(description="State")
    def standing(self, grade: CourseGrade) -> str:
        """Never an old number as if it were right."""
        return "↻ being updated: old figures" if grade.stale else "up to date"  # type: ignore[attr-defined]

    @admin.display(description="Counted")
    def counting(self, grade: CourseGrade) -> str:
        return titles(grade.counted)

    @admin.display(description="Counted")
    def student_counting(self, grade: CourseGrade) -> str:
        return titles(grade.student_counted)


def titles(items: list[int]) -> str:
    return ", ".join(Item.objects.filter(pk__in=items).order_by("position", "pk").values_list("title", flat=True))


@admin.register(Category)
class CategoryAdmin(CourseScoped):
    """For reading; the scheme is changed as a whole, on its sheet."""

    list_display = ["title", "course", "weighs", "which", "how", "cap"]
    list_select_related = ["course"]
    fields = ["title", "course", "weighs", "which", "how", "cap"]
    readonly_fields = ["weighs", "which", "how", "cap"]
    ordering = ["course", "position"]
    change_list_template = "grading/desk/schemes.html"

    @admin.display(description="Weight", ordering="weight")
    def weighs(self, category: Category) -> str:
        return f"{points(category.weight)} %"

    @admin.display(description="What counts")
    def which(self, category: Category) -> str:
        if category.keep_best is not None:
            return f"the best {category.keep_best}"
        return f"all but the lowest {category.drop_lowest}" if category.drop_lowest else "everything"

    @admin.display(description="Columns count")
    def how(self, category: Category) -> str:
        return "by points" if category.points_weighted else "equally"

    @admin.display(description="Cap")
    def cap(self, category: Category) -> str:
        return "none" if category.cap_percent is None else f"{points(category.cap_percent)} %"

    def get_urls(self) -> list[URLPattern]:
        sheet = path("scheme/<slug:slug>/", self.admin_site.admin_view(self.sheet), name="grading_scheme")
        return [sheet, *super().get_urls()]

    def sheet(self, request: HttpRequest, slug: str) -> HttpResponse:
        return scheme_sheet.show(request, self.admin_site.each_context(request), slug)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        led = Course.objects.led_by(request.user)
        return super().changelist_view(request, (extra_context or {}) | {"led_courses": led})
