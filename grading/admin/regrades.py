"""Regrade requests: the list, the thread beside the mark, and what came of them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from coursesite.look.templatetags.look import points as written
from coursesite.roster.models import User
from coursesite.roster.staff_site import CourseScoped

from .. import queries
from ..desk.reading import points as number
from ..models import Mark, Regrade, RegradeState, open_problems
from ..services import marking, regrades

RELATED = ("submission__assignment__course", "submission__assignment__item", "submission__team", "problem")
PEOPLE = ("submission__enrollment__user", "enrollment__user", "first_grader", "assigned_to", "answered_by")
Context = dict[str, Any]


@admin.register(Regrade)
class RegradeAdmin(CourseScoped):
    """Open ones first. Staff answer on a page of its own; nothing is edited in a form of the admin."""

    course_path = "submission__assignment__course"
    change_list_template = "grading/desk/regrades.html"
    list_display = ["title", "problem", "asked_by", "said", "waits_for", "was", "now", "asked_at"]
    list_filter = ["state", "submission__assignment"]
    list_select_related = [*RELATED, *PEOPLE]
    search_fields = ["enrollment__user__name", "enrollment__user__email"]
    ordering = [Case(When(state=RegradeState.OPEN, then=0), default=1), "-asked_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Regrade]:
        found: QuerySet[Regrade] = super().get_queryset(request)
        return found.filter(pk__in=Regrade.objects.visible_to(request.user).values("pk"))

    @admin.display(description="Request", ordering="submission__assignment__position")
    def title(self, asked: Regrade) -> str:
        return str(asked.submission.assignment)

    @admin.display(description="Asked by", ordering="enrollment__user__sort_name")
    def asked_by(self, asked: Regrade) -> str:
        return (
            f"{asked.enrollment.user} ({asked.submission.team})"
            if asked.submission.team
            else str(asked.enrollment.user)
        )

    @admin.display(description="State", ordering="state")
    def said(self, asked: Regrade) -> str:
        return asked.said

    @admin.display(description="Waits for", ordering=F("assigned_to__sort_name"))
    def waits_for(self, asked: Regrade) -> str:
        return str(asked.assigned_to or "anybody") if asked.is_open else ""

    @admin.display(description="Before")
    def was(self, asked: Regrade) -> str:
        return written(asked.old_points)

    @admin.display(description="After")
    def now(self, asked: Regrade) -> str:
        return written(asked.new_points)

    def get_urls(self) -> list[URLPattern]:
        counted = self.admin_site.admin_view(self.statistics)
        return [path("statistics/", counted, name="grading_regrade_statistics"), *super().get_urls()]

    def statistics(self, request: HttpRequest) -> HttpResponse:
        self.be_local(request)
        lines = queries.second_looks(Regrade.objects.visible_to(request.user))
        context = self.admin_site.each_context(request) | {"lines": lines, "title": "What came of regrade requests"}
        return TemplateResponse(request, "grading/desk/regrade_statistics.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Context | None = None
    ) -> HttpResponse:
        mine = self.get_queryset(request).select_related(*RELATED, *PEOPLE).prefetch_related("messages__author")
        asked = get_object_or_404(mine, pk=int(object_id) if object_id.isdecimal() else 0)
        timezone.activate(asked.submission.assignment.course.zone)
        context = self.admin_site.each_context(request)
        return act(request, context, asked) if request.method == "POST" else show(request, context, asked)


def act(request: HttpRequest, context: Context, asked: Regrade) -> HttpResponse:
    sent, user, now = request.POST, request.user, timezone.now()
    text = sent.get("text", "")
    acts: Mapping[str, Callable[[], object]] = {
        "answer": lambda: regrades.answer(asked=asked, by=user, given=given(sent, asked), text=text, now=now),  # type: ignore[arg-type]
        "write": lambda: regrades.write(asked=asked, author=user, text=text, now=now),  # type: ignore[arg-type]
        "escalate": lambda: regrades.escalate(asked=asked, by=user, text=text, now=now),  # type: ignore[arg-type]
        "hand": lambda: regrades.hand(asked=asked, by=user, to=colleague(sent, asked)),  # type: ignore[arg-type]
    }
    if sent.get("act") not in acts:
        raise Http404
    try:
        acts[sent["act"]]()
    except ValidationError as mistake:
        return show(request, context, asked, sent, mistake.messages)
    messages.success(request, DONE[sent["act"]])
    # What is passed on may be somebody else's alone from now on.
    if Regrade.objects.visible_to(user).filter(pk=asked.pk).exists():
        return redirect("admin:grading_regrade_change", asked.pk)
    return redirect("admin:grading_regrade_changelist")


DONE = {
    "answer": "Answered. Whoever asked is written to, and grades follow.",
    "write": "Sent.",
    "escalate": "Passed to the instructor.",
    "hand": "Handed on.",
}


def given(sent: Any, asked: Regrade) -> marking.Given:
    try:
        worth, version = number(sent.get("points", "")), int(sent.get("version") or 0)
    except (ArithmeticError, ValueError) as mistake:
        raise ValidationError({"points": "Points are a number, like 12 or 7.5."}) from mistake
    return marking.Given(asked.problem.number, worth, sent.get("comment", "").strip(), version)


def colleague(sent: Any, asked: Regrade) -> User:
    people = regrades.could_answer(asked)
    key = sent.get("to", "")
    return get_object_or_404(User, pk=int(key) if key.isdecimal() else 0, pk__in=people)


def show(
    request: HttpRequest, context: Context, asked: Regrade, sent: Any = None, mistakes: list[str] | None = None
) -> HttpResponse:
    mark = Mark.objects.filter(submission=asked.submission, problem=asked.problem).select_related("grader").first()
    people = regrades.could_answer(asked)
    stored = {"points": written(mark.points) if mark else "", "comment": mark.comment if mark else "", "text": ""}
    context |= {
        "asked": asked,
        "item": asked.submission.assignment.item,
        "mark": mark,
        "applied": mark.applied.select_related("item") if mark else [],
        "sent": stored | {name: sent[name] for name in stored if sent and name in sent},
        "mistakes": mistakes or [],
        "may_answer": regrades.may_answer(asked, request.user),  # type: ignore[arg-type]
        "theirs": open_problems(request.user).filter(pk=asked.problem_id).exists(),
        "waits": asked.is_open and asked.assigned_to_id == request.user.pk,
        "colleagues": User.objects.filter(pk__in=set(people) - {asked.assigned_to_id}),
        "by_hand": regrades.set_by_hand(asked),
        "title": str(asked),
    }
    return TemplateResponse(request, "grading/desk/regrade.html", context, status=400 if mistakes else 200)
