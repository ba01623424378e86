"""Assignments: deadlines, problems, parts, handouts, for instructors to edit."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html

from coursesite.files import services as files
from coursesite.roster.models import Course
from coursesite.roster.staff_site import CourseScoped, Rows, leads, may_change

from .. import outages, roll
from ..models import Assignment, Handout, Outage, Problem
from .parts import PartInline


class ProblemInline(Rows):
    """Titles and points of the problems; the column's points possible and all scores follow."""

    model = Problem
    fields = ["number", "title", "points", "statement", "solution"]
    readonly_fields = ["number"]
    extra = 0
    can_delete = False
    has_add_permission = lambda self, request, obj=None: False  # noqa: E731

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and may_change(request, obj.course)


class HandoutForm(forms.ModelForm):  # type: ignore[type-arg]
    upload = forms.FileField(required=False, allow_empty_file=True)

    class Meta:
        model = Handout
        fields = ("title", "is_solution")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        sent = found.get("upload")
        if sent is None and self.instance.pk is None:
            self.add_error("upload", "Choose a file.")
        elif sent is not None and not sent.size:
            self.add_error("upload", "This file is empty.")
        return found

    def save(self, commit: bool = True) -> Handout:
        if self.cleaned_data.get("upload"):
            self.instance.file = files.take_any(incoming=self.cleaned_data["upload"])
        return super().save(commit)  # type: ignore[no-any-return]


class HandoutInline(Rows):
    """Templates, data and solutions, as files."""

    model = Handout
    form = HandoutForm
    fields = ["title", "upload", "is_solution"]
    extra = 0
    has_view_permission = lambda self, request, obj=None: True  # noqa: E731

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and may_change(request, obj.course)

    has_add_permission = has_delete_permission = has_change_permission


class OutageForm(forms.Form):
    hours = forms.IntegerField(label="Hours more", min_value=1, max_value=24 * 14, initial=24)
    reason = forms.CharField(
        label="Why",
        max_length=500,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Students read it in their mail, and it is kept.",
    )


def seen(request: HttpRequest, row: Assignment) -> datetime:
    """The deadline that the page showed."""
    try:
        return parse_datetime(request.POST.get(f"seen-{row.pk}", "")) or row.due_at
    except ValueError:
        return row.due_at


class OutageInline(Rows):
    """What was granted to everybody: for reading."""

    model = Outage
    fields = readonly_fields = ["hours", "reason", "decided_by", "decided_at"]
    extra = 0
    can_delete = False
    verbose_name_plural = "More time for everybody"
    has_view_permission = lambda self, request, obj=None: True  # noqa: E731
    has_add_permission = lambda self, request, obj=None: False  # noqa: E731
    has_change_permission = lambda self, request, obj=None: False  # noqa: E731


@admin.register(Assignment)
class AssignmentAdmin(CourseScoped):
    lead_changes = True
    list_display = ["title", "course", "kind", "opens_at", "due_at", "who"]
    inlines = [PartInline, ProblemInline, HandoutInline, OutageInline]
    fields = [
        "title",
        "description",
        "opens_at",
        "due_at",
        "solutions_at",
        "grace_minutes",
        "late_days",
        "penalty_percent",
        "floor_percent",
    ]
    list_filter = ["kind"]
    search_fields = ["title"]
    actions = ["outage"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if leads(request) else {}

    @admin.display(description="Handed in")
    def who(self, row: Assignment) -> str:
        return format_html(
            '<a href="{}">who has, who has not</a>', reverse("admin:handin_assignment_roll", args=[row.pk])
        )

    def get_urls(self) -> list[URLPattern]:
        wrap, named = self.admin_site.admin_view, "handin_assignment_"
        return [
            path("<int:pk>/roll/", wrap(self.roll), name=f"{named}roll"),
            path("<int:pk>/all.zip", wrap(roll.everything), name=f"{named}zip"),
            path("<int:pk>/remind/", wrap(roll.remind), name=f"{named}remind"),
            path("<int:pk>/for/<int:owner>/", wrap(self.hand_in), name=f"{named}for"),
            *super().get_urls(),
        ]

    def roll(self, request: HttpRequest, pk: int) -> HttpResponse:
        return roll.show(request, self.admin_site.each_context(request), pk)

    def hand_in(self, request: HttpRequest, pk: int, owner: int) -> HttpResponse:
        return roll.hand_in(request, self.admin_site.each_context(request), pk, owner)

    def postponed(self, request: HttpRequest, led: list[Assignment], form: OutageForm) -> bool:
        now = {row.pk: row.due_at for row in led}
        for row in led:
            row.due_at = seen(request, row)
        try:
            made = outages.grant(assignments=led, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as problem:
            form.add_error(None, problem)
            for row in led:
                row.due_at = now[row.pk]
            return False
        hours, moved = form.cleaned_data["hours"], ", ".join(str(one.assignment) for one in made)
        messages.success(request, f"{hours} hours more for everybody: {moved}. All students are written to.")
        for over in (one.assignment for one in made if one.assignment.closes_at < timezone.now()):
            messages.warning(request, f"{over} is over all the same: {outages.OVER}")
        return True

    @admin.action(description="Outage: more time for everybody")
    def outage(self, request: HttpRequest, rows: QuerySet[Assignment]) -> HttpResponse | None:
        """Asks how long and why, then moves them."""
        led = list(rows.filter(course__in=Course.objects.led_by(request.user)))
        form = OutageForm(request.POST if "hours" in request.POST else None)
        if led and form.is_valid() and self.postponed(request, led, form):
            return None
        told = {"rows": led, "form": form, "title": "Outage: more time for everybody", "now": timezone.now()}
        context = self.admin_site.each_context(request) | told
        return TemplateResponse(request, "handin/outage.html", context, status=400 if form.is_bound else 200)
