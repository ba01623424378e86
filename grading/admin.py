"""Gradebook columns in the admin: the desk, release and export; scores and history for reading."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from coursesite.roster.models import Course, Enrollment
from coursesite.roster.staff_site import CourseScoped, leads

from . import desk
from .models import Category, CourseGrade, Item, Score, Source
from .policy import State
from .services import awarding, export


class ScoreForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the service would refuse is said beside the field."""

    class Meta:
        model = Score
        fields = ("item", "enrollment", "state", "points", "reason")
        labels = {"enrollment": "Student"}

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        item = found.get("item") or getattr(self.instance, "item", None)
        enrollment = found.get("enrollment") or getattr(self.instance, "enrollment", None)
        if item and enrollment and "state" in found and "points" in found:
            found["points"] = found["points"] if found["state"] == State.GRADED else None
            awarding.check(item, enrollment, State(found["state"]), found["points"], found.get("reason", ""))
        return found


@admin.register(Item)
class ItemAdmin(CourseScoped):
    course_path = "category__course"
    list_display = ["title", "category", "handed_in", "graded", "released", "grade"]
    list_select_related = ["category__course", "assignment"]
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

    @admin.display(description="Released", boolean=True)
    def released(self, item: Item) -> bool:
        return item.released_at is not None

    @admin.display(description="Desk")
    def grade(self, item: Item) -> str:
        if item.assignment_id is None:
            return ""
        return format_html('<a href="{}">Grade</a>', reverse("admin:grading_item_desk", args=[item.pk]))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if leads(request) else {}

    @admin.action(description="Release to students")
    def release(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = awarding.release(items=list(items.select_related("category__course")), by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Released: {count}.")

    @admin.action(description="Take the release back")
    def unrelease(self, request: HttpRequest, items: QuerySet[Item]) -> None:
        count = awarding.unrelease(items=list(items.select_related("category__course")), by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"No longer released: {count}.")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/desk/", self.admin_site.admin_view(self.queue), name="grading_item_desk"),
            path(
                "<int:pk>/desk/<uuid:submission>/",
                self.admin_site.admin_view(self.grade_one),
                name="grading_item_grade",
            ),
            path("export/<slug:slug>/<str:form>.csv", self.admin_site.admin_view(self.export), name="grading_export"),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def queue(self, request: HttpRequest, pk: int) -> HttpResponse:
        return desk.show_queue(request, self.admin_site.each_context(request), pk)

    def grade_one(self, request: HttpRequest, pk: int, submission: Any) -> HttpResponse:
        return desk.grade(request, self.admin_site.each_context(request), pk, submission)

    def export(self, request: HttpRequest, slug: str, form: str) -> StreamingHttpResponse:
        course = desk.led_course(request, slug)
        form = form if form in ("canvas", "percent") else "complete"
        headers = {"Content-Disposition": f'attachment; filename="{course.slug}-{form}.csv"'}
        return StreamingHttpResponse(
            export.export(course=course, form=form), content_type="text/csv; charset=utf-8", headers=headers
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        led = Course.objects.led_by(request.user)
        return super().changelist_view(request, (extra_context or {}) | {"led_courses": led})


@admin.register(Score)
class ScoreAdmin(CourseScoped):
    """Scores come from the desk or an import; the instructor sets one apart here, with a reason, over any marks."""

    course_path = "item__category__course"
    lead_changes = True
    form = ScoreForm
    fields = ["item", "enrollment", "state", "points", "reason", "source"]
    readonly_fields = ["source"]
    autocomplete_fields = ["enrollment"]
    list_display = ["enrollment", "item", "state", "points", "source", "changed_at"]
    list_filter = ["state", "source", "item"]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    list_select_related = ["enrollment__user", "item"]
    actions = ["take_back"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return leads(request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"state": State.GRADED.value} | given

    def get_readonly_fields(self, request: HttpRequest, obj: Score | None = None) -> list[str]:
        return ["item", "enrollment", "source"] if obj else ["source"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if self.has_add_permission(request) else {}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        led = Course.objects.led_by(request.user)
        if db_field.name == "item":
            options["queryset"] = Item.objects.filter(category__course__in=led).select_related("category__course")
        else:
            options["queryset"] = Enrollment.objects.filter(course__in=led).students()
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Score, form: ScoreForm, change: bool) -> None:
        given = {"state": State(obj.state), "points": obj.points, "reason": obj.reason}
        saved = awarding.award(item=obj.item, enrollment=obj.enrollment, by=request.user, **given)  # type: ignore[arg-type]
        obj.pk = saved.pk

    @admin.action(description="Back to what the marks say")
    def take_back(self, request: HttpRequest, scores: QuerySet[Score]) -> None:
        set_by_hand = scores.exclude(source=Source.MARKS).select_related("item__category__course", "enrollment")
        for row in set_by_hand:
            awarding.take_back(item=row.item, enrollment=row.enrollment, by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Taken back: {len(set_by_hand)}.")


@admin.register(CourseGrade)
class CourseGradeAdmin(CourseScoped):
    course_path = "enrollment__course"
    list_display = ["enrollment", "final", "so_far", "reachable", "letter", "computed_at"]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    list_select_related = ["enrollment__user"]


@admin.register(Category)
class CategoryAdmin(CourseScoped):
    list_display = ["title", "course", "weight", "keep_best", "drop_lowest"]
