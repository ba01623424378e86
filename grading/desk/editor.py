"""Where the rubric of a problem is written: before grading or amid it. What changes marks is asked first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from coursesite.handin.models import Problem
from coursesite.roster.models import User

from .. import permissions, queries
from ..models import Item, Mark, Rubric, RubricGroup, RubricItem
from ..rubric_policy import ZERO, Scoring
from ..services import rubrics
from . import finding, reading

Act = Callable[["Page", QueryDict], str]


class Asks(Exception):
    """Before anything is changed: `args[0]` says what would be."""


@dataclass(frozen=True)
class Page:
    item: Item
    problem: Problem
    user: User

    @property
    def rubric(self) -> Rubric:
        return Rubric.objects.filter(problem=self.problem).first() or Rubric(problem=self.problem)

    def row(self, sent: QueryDict) -> RubricItem:
        rows = RubricItem.objects.filter(rubric__problem=self.problem).select_related("rubric__problem__assignment")
        return get_object_or_404(rows, pk=key(sent, "item"))

    def group(self, sent: QueryDict) -> RubricGroup | None:
        rows = RubricGroup.objects.filter(rubric__problem=self.problem).select_related("rubric__problem__assignment")
        return get_object_or_404(rows, pk=key(sent, "group")) if sent.get("group") else None


def key(sent: QueryDict, name: str) -> int:
    value = sent.get(name, "")
    return int(value) if value.isdecimal() else 0


def worth(sent: QueryDict) -> Any:
    try:
        return reading.points(sent.get("points", "")) or ZERO
    except (ArithmeticError, ValueError) as mistake:
        raise ValidationError(reading.WRONG) from mistake


def edit(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    page = Page(item, finding.problem_of(item, number), request.user)  # type: ignore[arg-type]
    if request.method != "POST":
        return show(request, page)
    try:
        said = ACTS.get(request.POST.get("act", ""), nothing)(page, request.POST)
    except Asks as question:
        return show(request, page, asks=str(question))
    except ValidationError as refusal:
        return show(request, page, mistakes=refusal.messages)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(said)
    messages.success(request, said)
    return redirect("admin:grading_rubric", item.pk, number)


def nothing(page: Page, sent: QueryDict) -> str:
    raise ValidationError("Nothing was asked for.")


def add(page: Page, sent: QueryDict) -> str:
    group = page.group(sent)
    rubrics.add_item(problem=page.problem, by=page.user, text=sent.get("text", ""), points=worth(sent), group=group)
    return "The item is there."


def change(page: Page, sent: QueryDict) -> str:
    row, points = page.row(sent), worth(sent)
    if points != row.points:
        ask(sent, rubrics.marks_using(row), f"changes its points from {row.points.normalize():f} to {points}")
    count = rubrics.edit_item(
        item=row,
        by=page.user,
        text=sent.get("text", ""),
        points=points,
        group=page.group(sent),
        version=key(sent, "version"),
    )
    return told("Saved.", count)


def remove(page: Page, sent: QueryDict) -> str:
    row = page.row(sent)
    ask(sent, rubrics.marks_using(row), "takes the item away; what it alone graded is open again")
    return told("Removed.", rubrics.remove_item(item=row, by=page.user))


def restore(page: Page, sent: QueryDict) -> str:
    return told("It is back.", rubrics.restore_item(item=page.row(sent), by=page.user))


def undo(page: Page, sent: QueryDict) -> str:
    return told("Undone.", rubrics.undo(item=page.row(sent), by=page.user, version=key(sent, "version")))


def move(page: Page, sent: QueryDict) -> str:
    """One place up or down among all items."""
    order = list(RubricItem.objects.live().filter(rubric__problem=page.problem).values_list("pk", flat=True))
    at = order.index(page.row(sent).pk)
    to = min(max(at + (1 if sent.get("way") == "down" else -1), 0), len(order) - 1)
    order.insert(to, order.pop(at))
    rubrics.arrange(problem=page.problem, by=page.user, order=order)
    return "Moved."


def arrange(page: Page, sent: QueryDict) -> str:
    order = [int(one) for one in sent.get("order", "").split(",") if one.isdecimal()]
    rubrics.arrange(problem=page.problem, by=page.user, order=order)
    return "The order is saved."


def rule(page: Page, sent: QueryDict) -> str:
    if not permissions.may_lead(page.user, page.problem.assignment.course):
        raise PermissionDenied
    ask(sent, Mark.objects.filter(problem=page.problem, by_rubric=True).count(), "changes how they are worked out")
    scoring = Scoring.POSITIVE if sent.get("scoring") == Scoring.POSITIVE.value else Scoring.NEGATIVE
    count = rubrics.set_rule(
        problem=page.problem, by=page.user, scoring=scoring, floored="floored" in sent, capped="capped" in sent
    )
    return told("Saved.", count)


def add_group(page: Page, sent: QueryDict) -> str:
    rubrics.add_group(problem=page.problem, by=page.user, title=sent.get("title", ""), choose_one="choose_one" in sent)
    return "The group is there; put items into it."


def change_group(page: Page, sent: QueryDict) -> str:
    group = page.group(sent)
    if group is None:
        raise ValidationError("Choose a group.")
    rubrics.edit_group(group=group, by=page.user, title=sent.get("title", ""), choose_one="choose_one" in sent)
    return "Saved."


def remove_group(page: Page, sent: QueryDict) -> str:
    group = page.group(sent)
    if group is not None:
        rubrics.remove_group(group=group, by=page.user)
    return "The group is gone; its items stay."


ACTS: dict[str, Act] = {
    "add": add,
    "change": change,
    "remove": remove,
    "restore": restore,
    "undo": undo,
    "move": move,
    "arrange": arrange,
    "rule": rule,
    "add-group": add_group,
    "change-group": change_group,
    "remove-group": remove_group,
}


def ask(sent: QueryDict, count: int, what: str) -> None:
    if count and "sure" not in sent:
        raise Asks(f"This {what}: {marks(count)} use it, and course grades follow.")


def told(said: str, count: int) -> str:
    return f"{said} {marks(count)} changed." if count else said


def marks(count: int) -> str:
    return "1 mark" if count == 1 else f"{count} marks"


def show(request: HttpRequest, page: Page, *, asks: str = "", mistakes: list[str] | None = None) -> HttpResponse:
    rows = items(page)
    context = admin.site.each_context(request) | {
        "item": page.item,
        "problem": page.problem,
        "problems": finding.problems(page.item),
        "rubric": page.rubric,
        "items": [row for row in rows if row.removed_at is None],
        "removed": [row for row in rows if row.removed_at is not None],
        "groups": RubricGroup.objects.filter(rubric__problem=page.problem),
        "leads": permissions.may_lead(page.user, page.problem.assignment.course),
        "change": queries.last_rubric_change(page.problem),
        "asks": asks,
        "sent": [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"],
        "typed": request.POST if mistakes else {},
        "mistakes": mistakes or [],
        "title": f"{page.item}: rubric of {page.problem}",
    }
    status = 409 if mistakes else 200
    return TemplateResponse(request, "grading/desk/rubric.html", context, status=status)


def items(page: Page) -> QuerySet[RubricItem]:
    rows = RubricItem.objects.filter(rubric__problem=page.problem).select_related("group")
    return rows.annotate(used=Count("applied"))
