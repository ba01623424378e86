"""More time: granted, asked for, answered."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSplitDateTimeWidget

from coursesite.roster.models import Course, Enrollment, Team
from coursesite.roster.moments import plausible
from coursesite.roster.staff_site import CourseScoped, parts

from .. import extensions
from ..models import Assignment, Extension, ExtensionRequest, RequestState


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """More time for one or many; what the service would refuse is said here."""

    students = forms.ModelMultipleChoiceField(
        Enrollment.objects.none(), required=False, widget=UnfoldAdminSelect2MultipleWidget, help_text="For homework."
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=UnfoldAdminSelect2MultipleWidget, help_text="For milestones."
    )

    class Meta:
        model = Extension
        fields = ("assignment", "until", "with_penalty", "reason")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        assignment = found.get("assignment") or getattr(self.instance, "assignment", None)
        if assignment is None or "until" not in found:
            return found
        if found["until"] <= assignment.due_at:
            self.add_error("until", "This is not later than the common deadline.")
        if self.instance.pk is None:
            owners = [*found.get("teams", [])] if assignment.by_team else [*found.get("students", [])]
            if not owners or any(owner.course_id != assignment.course_id for owner in owners):
                kind = "teams" if assignment.by_team else "students"
                self.add_error(kind, f"Choose {kind} of the course of {assignment}.")
        return found


@admin.register(Extension)
class ExtensionAdmin(CourseScoped):
    """All staff give more time, to one or many; each step is kept."""

    course_path = "assignment__course"
    form = GrantForm
    list_display = ["assignment", "whom", "until", "with_penalty", "late_days", "granted_by", "reason"]
    list_filter = ["assignment"]
    search_fields = ["enrollment__user__name", "team__name", "reason"]
    list_select_related = ["assignment", "enrollment__user", "team", "granted_by"]

    def courses(self, request: HttpRequest) -> QuerySet[Course]:
        return Course.objects.staffed_by(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(parts(request).staffed)

    def has_change_permission(self, request: HttpRequest, obj: Extension | None = None) -> bool:
        return obj is None or obj.assignment.course_id in parts(request).staffed

    has_delete_permission = has_change_permission

    def get_fields(self, request: HttpRequest, obj: Extension | None = None) -> list[str]:
        whom = ["assignment", "whom"] if obj else ["assignment", "students", "teams"]
        return [*whom, "until", "with_penalty", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Extension | None = None) -> list[str]:
        return ["assignment", "whom"] if obj else []

    @admin.display(description="For", ordering="enrollment__user__sort_name")
    def whom(self, row: Extension) -> str:
        return row.owner_name

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        mine = self.courses(request)
        for name, rows in (
            ("students", Enrollment.objects.filter(course__in=mine).students().active().select_related("user")),
            ("teams", Team.objects.filter(course__in=mine)),
        ):
            if name in form.base_fields:
                form.base_fields[name].queryset = rows
        if "assignment" in form.base_fields:
            form.base_fields["assignment"].queryset = Assignment.objects.filter(course__in=mine)
        return form

    def save_model(self, request: HttpRequest, obj: Extension, form: GrantForm, change: bool) -> None:
        told = form.cleaned_data
        owners = [obj.owner] if change else [*(told["teams"] if obj.assignment.by_team else told["students"])]
        for owner in owners:
            given = extensions.grant(
                assignment=obj.assignment, owner=owner, by=request.user, until=told["until"],  # type: ignore[arg-type]
                with_penalty=told["with_penalty"], reason=told["reason"],
            )  # fmt: skip
            obj.pk = given.pk

    def delete_model(self, request: HttpRequest, obj: Extension) -> None:
        extensions.take_back(extension=obj, by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Extension]) -> None:
        for row in queryset:
            self.delete_model(request, row)


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    decision = forms.ChoiceField(choices=[("", "stays open"), ("grant", "Grant"), ("refuse", "Refuse")], required=False)
    until = forms.SplitDateTimeField(
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="Empty: as wished.",
        validators=[plausible],
    )
    with_penalty = forms.BooleanField(required=False, help_text="Taken until then, and counted as late.")

    class Meta:
        model = ExtensionRequest
        fields = ("answer",)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("until") and found["until"] <= self.instance.assignment.due_at:
            self.add_error("until", "This is not later than the common deadline.")
        if self.instance.state != RequestState.OPEN and found.get("decision"):
            self.add_error("decision", "This request is answered already.")
        return found


@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(CourseScoped):
    """Open ones first; TAs and instructors decide."""

    course_path = "assignment__course"
    form = AnswerForm
    ordering = [Case(When(state=RequestState.OPEN, then=0), default=1), "-asked_at"]
    fields = ["student", "assignment", "wished", "why", "state", "decision", "until", "with_penalty", "answer"]
    readonly_fields = ["student", "assignment", "wished", "why", "state"]
    list_display = ["assignment", "student", "wished", "state", "asked_at", "why"]
    list_filter = ["state", "assignment"]
    search_fields = ["enrollment__user__name", "team__name", "reason"]
    list_select_related = ["assignment__course", "enrollment__user", "team"]
    actions = ["grant", "refuse"]

    def has_change_permission(self, request: HttpRequest, obj: ExtensionRequest | None = None) -> bool:
        mine = parts(request).staffed
        return bool(mine) if obj is None else obj.assignment.course_id in mine

    @admin.display(description="Asked by")
    def student(self, asked: ExtensionRequest) -> str:
        return f"{asked.enrollment.user} for {asked.team}" if asked.team else str(asked.enrollment.user)

    @admin.display(description="Reason")
    def why(self, asked: ExtensionRequest) -> str:
        return asked.reason

    def save_model(self, request: HttpRequest, obj: ExtensionRequest, form: AnswerForm, change: bool) -> None:
        told = form.cleaned_data
        if told["decision"]:
            self.decide(request, obj, told["decision"] == "grant", told["until"], told["with_penalty"], told["answer"])

    def decide(self, request: HttpRequest, asked: ExtensionRequest, granted: bool, *how: Any) -> None:
        until, with_penalty, said = how or (None, False, "")
        try:
            extensions.answer(
                asked=asked, by=request.user, granted=granted, until=until, with_penalty=with_penalty, answer=said  # type: ignore[arg-type]
            )  # fmt: skip
        except ValidationError as problem:
            messages.error(request, f"{asked}: {' '.join(problem.messages)}")

    @admin.action(description="Grant as wished")
    def grant(self, request: HttpRequest, rows: QuerySet[ExtensionRequest]) -> None:
        for row in rows:
            self.decide(request, row, True)

    @admin.action(description="Refuse")
    def refuse(self, request: HttpRequest, rows: QuerySet[ExtensionRequest]) -> None:
        for row in rows:
            self.decide(request, row, False)
