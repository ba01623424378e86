"""Scores: for reading, and set apart by the instructor."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from coursesite.look.templatetags.look import points as written
from coursesite.roster.models import Course, Enrollment
from coursesite.roster.staff_site import CourseScoped, leads

from .. import late_adds
from ..models import Item, Score, Source
from ..policy import State
from ..services import awarding


class ScoreForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the service would refuse is said beside the field."""

    class Meta:
        model = Score
        fields = ("item", "enrollment", "state", "points", "reason", "comment")
        labels = {"enrollment": "Student"}
        help_texts = {"comment": "For the student, once it is released. Markdown; maths between $ signs."}

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        item = found.get("item") or getattr(self.instance, "item", None)
        enrollment = found.get("enrollment") or getattr(self.instance, "enrollment", None)
        if item and enrollment and "state" in found and "points" in found:
            found["points"] = found["points"] if found["state"] == State.GRADED else None
            awarding.check(item, enrollment, State(found["state"]), found["points"], found.get("reason", ""))
        return found


class Chosen(AutocompleteSelect):
    """What is no key chooses nothing: the field refuses it, and the page is drawn all the same."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        keys = [key for key in value if str(key).isdecimal() and int(key) < BigIntegerField.MAX_BIGINT]
        return super().optgroups(name, keys, attr)


@admin.register(Score)
class ScoreAdmin(CourseScoped):
    """Scores come from the desk or an import; the instructor sets one apart here, with a reason, over any marks."""

    course_path = "item__category__course"
    lead_changes = True
    form = ScoreForm
    fields = ["item", "enrollment", "state", "points", "reason", "comment", "source"]
    readonly_fields = ["source"]
    autocomplete_fields = ["enrollment"]
    list_display = ["student", "item", "state", "worth", "source", "changed_at"]
    list_filter = ["state", "source", "item", "enrollment__section"]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    list_select_related = ["enrollment__user", "item"]
    actions = ["take_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Score]:
        found: QuerySet[Score] = super().get_queryset(request)
        return found.filter(pk__in=Score.objects.visible_to(request.user).values("pk"))

    @admin.display(description="Student", ordering="enrollment__user__sort_name")
    def student(self, score: Score) -> str:
        return str(score.enrollment.user)

    @admin.display(description="Points", ordering="points")
    def worth(self, score: Score) -> str:
        return f"{written(score.points)} of {written(score.item.points_possible)}" if score.points is not None else "—"

    def get_urls(self) -> list[URLPattern]:
        late = self.admin_site.admin_view(late_adds.page)
        return [path("late-adds/", late, name="grading_late_adds"), *super().get_urls()]

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
            options["widget"] = Chosen(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Score, form: ScoreForm, change: bool) -> None:
        given = {"state": State(obj.state), "points": obj.points, "reason": obj.reason, "comment": obj.comment}
        saved = awarding.award(item=obj.item, enrollment=obj.enrollment, by=request.user, **given)  # type: ignore[arg-type]
        obj.pk = saved.pk

    @admin.action(description="Back to what the marks say")
    def take_back(self, request: HttpRequest, scores: QuerySet[Score]) -> None:
        set_by_hand = scores.exclude(source=Source.MARKS).select_related("item__category__course", "enrollment")
        for row in set_by_hand:
            awarding.take_back(item=row.item, enrollment=row.enrollment, by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"Taken back: {len(set_by_hand)}.")
