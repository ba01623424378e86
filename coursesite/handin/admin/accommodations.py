"""Standing accommodations: more time for one person on everything. Instructors alone see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from coursesite.roster.models import Course, Enrollment
from coursesite.roster.staff_site import CourseScoped

from .. import allowances
from ..models import Accommodation


class AccommodationForm(forms.ModelForm):  # type: ignore[type-arg]
    hours = forms.IntegerField(
        min_value=1,
        max_value=24 * 60,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="24 for a day more on everything.",
    )

    class Meta:
        model = Accommodation
        fields = ("enrollment", "hours", "reason")


@admin.register(Accommodation)
class AccommodationAdmin(CourseScoped):
    """Every deadline of the student follows, also those that are still to come; each step is kept with who and why."""

    course_path = "enrollment__course"
    lead_adds = lead_changes = True
    staff_see = False
    form = AccommodationForm
    fields = ["enrollment", "hours", "reason"]
    list_display = ["student", "hours", "reason", "granted_by", "granted_at"]
    list_select_related = ["enrollment__user", "granted_by"]
    search_fields = ["enrollment__user__name"]

    @admin.display(description="Student", ordering="enrollment__user__sort_name")
    def student(self, row: Accommodation) -> str:
        return str(row.enrollment.user)

    def course_of(self, obj: Accommodation) -> Course:
        return obj.enrollment.course

    def get_readonly_fields(self, request: HttpRequest, obj: Accommodation | None = None) -> list[str]:
        return ["enrollment"] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "enrollment":
            mine = Enrollment.objects.filter(course__in=Course.objects.led_by(request.user)).students().active()
            options["queryset"] = mine.select_related("user").order_by("user__sort_name")
        return super(CourseScoped, self).formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Accommodation, form: Any, change: bool) -> None:
        made = allowances.accommodate(
            student=obj.enrollment, hours=form.cleaned_data["hours"], reason=form.cleaned_data["reason"],
            by=request.user,  # type: ignore[arg-type]
        )  # fmt: skip
        obj.pk = made.pk if made else None

    def delete_model(self, request: HttpRequest, obj: Accommodation) -> None:
        allowances.accommodate(student=obj.enrollment, hours=0, reason="", by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        for row in queryset:
            self.delete_model(request, row)
