"""Who is in which team: staff move students, and each move is kept with its time."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest

from coursesite.roster.models import Membership, Team
from coursesite.roster.staff_site import CourseScoped, parts

from . import services
from .models import Placement


class PlacementForm(forms.ModelForm):  # type: ignore[type-arg]
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="in no team", help_text="Takes effect now; the past is kept."
    )

    class Meta:
        model = Placement
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "team" in self.fields:
            self.fields["team"].queryset = Team.objects.filter(course=self.instance.course_id)  # type: ignore[attr-defined]
            self.fields["team"].initial = services.team_of(self.instance)


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
    fields = ["student", "team", "past"]
    readonly_fields = ["student", "past"]
    list_display = ["user", "section", "team_now"]
    list_filter = [HasTeam, "section"]
    search_fields = ["user__name", "user__email"]
    list_select_related = ["user", "section", "course"]

    def has_change_permission(self, request: HttpRequest, obj: Placement | None = None) -> bool:
        mine = parts(request).staffed
        return bool(mine) if obj is None else obj.course_id in mine

    def get_queryset(self, request: HttpRequest) -> QuerySet[Placement]:
        memberships = Membership.objects.select_related("team").order_by("joined_at")
        students = super().get_queryset(request).students().active()  # type: ignore[attr-defined]
        return students.prefetch_related(Prefetch("memberships", memberships))  # type: ignore[no-any-return]

    @admin.display(description="Student")
    def student(self, placement: Placement) -> str:
        return str(placement.user)

    @admin.display(description="Team")
    def team_now(self, placement: Placement) -> str:
        return next((str(m.team) for m in placement.memberships.all() if m.left_at is None), "")

    @admin.display(description="Earlier teams")
    def past(self, placement: Placement) -> str:
        left = [m for m in placement.memberships.all() if m.left_at]
        return "; ".join(f"{m.team}, {m.joined_at:%d %b} to {m.left_at:%d %b %Y}" for m in left) or "none"

    def save_model(self, request: HttpRequest, obj: Placement, form: PlacementForm, change: bool) -> None:
        team = form.cleaned_data["team"]
        before = services.team_of(obj)
        services.move(enrollment=obj, team=team, by=request.user)  # type: ignore[arg-type]
        for changed in {before, team} - {None}:
            self.tell_size(request, changed)

    def tell_size(self, request: HttpRequest, team: Team) -> None:
        count, course = team.memberships.current().count(), team.course
        if count and not course.team_min <= count <= course.team_max:
            messages.warning(request, f"Team {team} has {count} now; {course.team_min} to {course.team_max} are meant.")
