"""Gradebook columns: the desk, release and export."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from coursesite.look.templatetags.look import points
from coursesite.roster.models import Course
from coursesite.roster.staff_site import CourseScoped, leads

from ..desk import finding, releasing, routes
from ..models import Item
from ..policy import State
from ..services import awarding, export


@admin.register(Item)
class ItemAdmin(CourseScoped):
    course_path = "category__course"
    search_fields = ["title"]
    list_display = ["title", "category", "handed_in", "graded", "released", "grade"]
    list_select_related = ["category__course", "assignment"]
    list_filter = ["category"]
    fields = ["title", "category", "assignment", "possible", "released", "canvas_id"]
    readonly_fields = ["possible", "released"]
    ordering = ["category__course", "position"]
    actions = ["release", "unrelease"]
    change_list_template = "grading/desk/items.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        current = Count("assignment__submissions", filter=Q(assignment__submissions__is_current=True), distinct=True)
        graded = Count("scores", filter=Q(scores__state=State.GRADED.value), distinct=True)
        found: QuerySet[Item] = super().get_queryset(request).annotate(current_count=current, graded_count=graded)
        return found

    @admin.display(description="Handed in")
    def handed_in(self, item: Item) -> int:
        return item.current_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="Graded students")
    def graded(self, item: Item) -> int:
        return item.graded_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="Points possible")
    def possible(self, item: Item) -> str:
        return points(item.points_possible)

    @admin.display(description="Released")
    def released(self, item: Item) -> str:
        return releasing.standing(item)

    @admin.display(description="Desk")
    def grade(self, item: Item) -> str:
        if item.assignment_id is None:
            return ""
        return format_html('<a href="{}">Grade</a>', reverse("admin:grading_item_desk", args=[item.pk]))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if leads(request) else {}

    @admin.action(description="Release to students …")
    def release(self, request: HttpRequest, items: QuerySet[Item]) -> HttpResponse:
        """First a page that says what will be seen and by whom."""
        return redirect(releasing.address(items.values_list("pk", flat=True)))

    @admin.action(description="Take the release back")
    def unrelease(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = awarding.unrelease(items=list(items.select_related("category__course")), by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"No longer released: {count}.")

    def get_urls(self) -> list[URLPattern]:
        own = [
            *routes.routes(self.admin_site),
            path("export/<slug:slug>/<str:form>.csv", self.admin_site.admin_view(self.export), name="grading_export"),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def export(self, request: HttpRequest, slug: str, form: str) -> StreamingHttpResponse:
        course = finding.led_course(request, slug)
        form = form if form in ("canvas", "percent") else "complete"
        headers = {"Content-Disposition": f'attachment; filename="{course.slug}-{form}.csv"'}
        return StreamingHttpResponse(
            export.export(course=course, form=form), content_type="text/csv; charset=utf-8", headers=headers
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        led = Course.objects.led_by(request.user)
        return super().changelist_view(request, (extra_context or {}) | {"led_courses": led})
