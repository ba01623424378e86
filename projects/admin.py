"""Who is in which team: staff move students, and each move is kept with its time."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from coursesite.roster.models import Membership, Team, User
from coursesite.roster.staff_site import CourseScoped, parts

from . import services
from .models import Placement


class PlacementForm(forms.ModelForm):  # type: ignore[type-arg]
    by: User  # who moves; the admin sets it
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="in no team", help_text="Takes effect now; the past is kept."
    )

    reason = forms.CharField(
        max_length=300, required=False, help_text="Why; needed when the team changes, and kept with the move."
    )
    over_size = forms.BooleanField(
        label="Beyond the size", required=False, help_text="Even if the team is full; this is kept with the move."
    )

    class Meta:
        model = Placement
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "team" in self.fields:
            self.fields["team"].queryset = Team.objects.filter(course=self.instance.course_id)  # type: ignore[attr-defined]
            self.fields["team"].initial = services.team_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """The move itself, taken back again: what the service refuses stands in the form, and nothing is lost."""
        found: dict[str, Any] = super().clean() or {}
        if "team" in found:
            with transaction.atomic():
                services.move(enrollment=self.instance, by=self.by, **found)
                transaction.set_rollback(True)
        return found


def told(membership: Membership) -> str:
    """One stay in a team: who put the student there and took them out, when and why."""
    came = step("from", membership.joined_at, membership.joined_by, membership.join_reason)
    beyond = ", beyond the size" if membership.over_size else ""
    if membership.left_at is None:
        return f"{membership.team}{beyond}: {came}"
    left = step("to", membership.left_at, membership.left_by, membership.leave_reason)
    return f"{membership.team}{beyond}: {came} {left}"


def step(word: str, moment: datetime, by: User | None, reason: str) -> str:
    who = ", ".join(filter(None, [str(by) if by else "", reason]))
    return f"{word} {timezone.localtime(moment):%d %b %Y, %H:%M}" + (f" ({who})" if who else "")


class HasTeam(admin.SimpleListFilter):
    title, parameter_name = "team", "in_team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "in a team"), ("no", "in no team")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Placement]) -> QuerySet[Placement]:
        current = Exists(Membership.objects.current().filter(enrollment=OuterRef("pk")))
        return {"yes": queryset.filter(current), "no": queryset.filter(~current)}.get(self.value() or "", queryset)


@admin.register(Placement)
class PlacementAdmin(CourseScoped):
    """All staff may move students: sizes bind students alone, and a size that is off is told."""

    form = PlacementForm
    fields = ["student", "team", "reason", "over_size", "past"]
    readonly_fields = ["student", "past"]
    list_display = ["student", "section", "team_now"]
    list_filter = [HasTeam, "section"]
    search_fields = ["user__name", "user__email"]
    list_select_related = ["user", "section", "course"]

    def has_change_permission(self, request: HttpRequest, obj: Placement | None = None) -> bool:
        mine = parts(request).staffed
        return bool(mine) if obj is None else obj.course_id in mine

    def get_queryset(self, request: HttpRequest) -> QuerySet[Placement]:
        memberships = Membership.objects.select_related("team", "joined_by", "left_by").order_by("joined_at")
        students = super().get_queryset(request).students().active()  # type: ignore[attr-defined]
        return students.prefetch_related(Prefetch("memberships", memberships))  # type: ignore[no-any-return]

    @admin.display(description="Student", ordering="user__sort_name")
    def student(self, placement: Placement) -> str:
        return str(placement.user)

    @admin.display(description="Team")
    def team_now(self, placement: Placement) -> str:
        return next((str(m.team) for m in placement.memberships.all() if m.left_at is None), "")

    @admin.display(description="Teams until now")
    def past(self, placement: Placement) -> str:
        return format_html_join(mark_safe("<br>"), "{}", ((told(m),) for m in placement.memberships.all())) or "none"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Placement, form: PlacementForm, change: bool) -> None:
        team = form.cleaned_data["team"]
        before = services.team_of(obj)
        services.move(enrollment=obj, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        for changed in {before, team} - {None}:
            self.tell_size(request, changed)

    def tell_size(self, request: HttpRequest, team: Team) -> None:
        count, course = team.memberships.current().count(), team.course
        if count and not course.team_min <= count <= course.team_max:
            messages.warning(request, f"Team {team} has {count} now; {course.team_min} to {course.team_max} are meant.")
