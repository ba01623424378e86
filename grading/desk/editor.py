"""Where the rubric of a problem is written: before grading or amid it. What changes marks is asked first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import User

from .. import permissions, queries
from ..models import Applied, Item, Mark, Rubric, RubricGroup, RubricItem, sealed
from ..rubric_policy import ZERO, Scoring
from ..services import rubrics
from . import finding, lines, reading, rubric

Act = Callable[["Page", QueryDict], str]
OTHERS = ", beside any that is kept from you until it is read a second time"


class Asks(Exception):
    """Before anything is changed: `args[0]` says what would be."""


@dataclass(frozen=True)
class Page:
    """`work`: what was on the desk when the rubric was opened from there."""

    item: Item
    problem: Problem
    user: User
    work: Submission | None = None

    @property
    def rubric(self) -> Rubric:
        return Rubric.objects.filter(problem=self.problem).first() or Rubric(problem=self.problem)

    @cached_property
    def seals(self) -> bool:
        """Whether marks of this problem are kept from this person: then no count may tell what applied to them."""
        plan = finding.plan_of(self.item)
        return plan is not None and plan.second_percent > 0 and self.sealed.exists()

    @property
    def sealed(self) -> QuerySet[Mark]:
        return sealed(self.user).filter(problem=self.problem)

    def seen(self, marks: QuerySet[Mark]) -> QuerySet[Mark]:
        return marks.exclude(pk__in=self.sealed.values("pk")) if self.seals else marks

    @property
    def live(self) -> QuerySet[RubricItem]:
        return RubricItem.objects.live().filter(rubric__problem=self.problem).select_related("group")

    @property
    def back(self) -> str:
        """To the work, as it lay on the desk."""
        if self.work is None:
            return ""
        return reverse("admin:grading_problem_grade", args=[self.item.pk, self.problem.number, self.work.pk])

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
    work = finding.named_work(request, item, request.GET.get("work", ""))
    page = Page(item, finding.problem_of(item, number), request.user, work)  # type: ignore[arg-type]
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
    return redirect(request.get_full_path())


def nothing(page: Page, sent: QueryDict) -> str:
    raise ValidationError("Nothing was asked for.")


def add(page: Page, sent: QueryDict) -> str:
    group = page.group(sent)
    rubrics.add_item(problem=page.problem, by=page.user, text=sent.get("text", ""), points=worth(sent), group=group)
    return "The item is there."


def change(page: Page, sent: QueryDict) -> str:
    row, points = page.row(sent), worth(sent)
    if points != row.points:
        ask(page, sent, rubrics.marks_using(row), f"changes its points from {row.points.normalize():f} to {points}")
    count = rubrics.edit_item(
        item=row,
        by=page.user,
        text=sent.get("text", ""),
        points=points,
        group=page.group(sent),
        version=key(sent, "version"),
    )
    return told(page, "Saved.", count)


def remove(page: Page, sent: QueryDict) -> str:
    row = page.row(sent)
    ask(page, sent, rubrics.marks_using(row), "takes the item away; what it alone graded is open again")
    return told(page, "Removed.", rubrics.remove_item(item=row, by=page.user))


def restore(page: Page, sent: QueryDict) -> str:
    return told(page, "It is back.", rubrics.restore_item(item=page.row(sent), by=page.user))


def undo(page: Page, sent: QueryDict) -> str:
    count = rubrics.undo(item=page.row(sent), by=page.user, version=key(sent, "version"))
    return told(page, "Undone.", count)


def move(page: Page, sent: QueryDict) -> str:
    """One place up or down among the items of its group."""
    row = page.row(sent)
    rows = sorted(page.live, key=rubric.place)
    beside = [one.pk for one in rows if one.group_id == row.group_id]
    others = [one.pk for one in rows if one.group_id != row.group_id]
    order = others + moved(beside, row.pk, 1 if sent.get("way") == "down" else -1)
    rubrics.arrange(problem=page.problem, by=page.user, order=order)
    return "Moved."


def moved(order: list[int], one: int, by: int) -> list[int]:
    if one not in order:
        raise ValidationError("It was taken away meanwhile.")
    at, found = order.index(one), list(order)
    to = min(max(at + by, 0), len(order) - 1)
    found.insert(to, found.pop(at))
    return found


def arrange(page: Page, sent: QueryDict) -> str:
    order = [int(one) for one in sent.get("order", "").split(",") if one.isdecimal()]
    rubrics.arrange(problem=page.problem, by=page.user, order=order)
    return "The order is saved."


def rule(page: Page, sent: QueryDict) -> str:
    if not permissions.may_lead(page.user, page.problem.assignment.course):
        raise PermissionDenied
    ask(page, sent, Mark.objects.filter(problem=page.problem, by_rubric=True), "changes how marks are worked out")
    scoring = Scoring.POSITIVE if sent.get("scoring") == Scoring.POSITIVE.value else Scoring.NEGATIVE
    count = rubrics.set_rule(
        problem=page.problem, by=page.user, scoring=scoring, floored="floored" in sent, capped="capped" in sent
    )
    return told(page, "Saved.", count)


def add_group(page: Page, sent: QueryDict) -> str:
    rubrics.add_group(problem=page.problem, by=page.user, title=sent.get("title", ""), choose_one="choose_one" in sent)
    return "The group is there; put items into it."


def change_group(page: Page, sent: QueryDict) -> str:
    group = page.group(sent)
    if group is None:
        raise ValidationError("Choose a group.")
    rubrics.edit_group(group=group, by=page.user, title=sent.get("title", ""), choose_one="choose_one" in sent)
    return "Saved."


def raise_group(page: Page, sent: QueryDict) -> str:
    return move_group(page, sent, -1)


def lower_group(page: Page, sent: QueryDict) -> str:
    return move_group(page, sent, 1)


def move_group(page: Page, sent: QueryDict, by: int) -> str:
    order = list(RubricGroup.objects.filter(rubric__problem=page.problem).values_list("pk", flat=True))
    order = moved(order, key(sent, "group"), by)
    rubrics.arrange_groups(problem=page.problem, by=page.user, order=order)
    return "Moved."


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
    "raise-group": raise_group,
    "lower-group": lower_group,
    "remove-group": remove_group,
}


def ask(page: Page, sent: QueryDict, using: QuerySet[Mark], what: str) -> None:
    """Where marks are kept from this person it is asked always: else silence would tell that none of them uses it."""
    if "sure" in sent:
        return
    count = page.seen(using).count()
    if count or page.seals:
        use = "uses" if count == 1 else "use"
        raise Asks(f"This {what}: {marks(count)} {use} it{OTHERS if page.seals else ''}, and course grades follow.")


def told(page: Page, said: str, count: int) -> str:
    if page.seals:
        return f"{said} Every mark that uses it follows."
    return f"{said} {marks(count)} changed." if count else said


def marks(count: int) -> str:
    return "1 mark" if count == 1 else f"{count or 'no'} marks"


def show(request: HttpRequest, page: Page, *, asks: str = "", mistakes: list[str] | None = None) -> HttpResponse:
    groups = list(RubricGroup.objects.filter(rubric__problem=page.problem))
    typed: Any = request.POST if mistakes else {}
    context = admin.site.each_context(request) | {
        "item": page.item,
        "problem": page.problem,
        "problems": finding.problems(page.item),
        "rubric": page.rubric,
        "sections": lines.sections(list(page.live), groups, used(page), typed),
        "removed": RubricItem.objects.filter(rubric__problem=page.problem, removed_at__isnull=False),
        "groups": groups,
        "back": page.back,
        "name": page.work and finding.name_of(page.item, page.work),
        "leads": permissions.may_lead(page.user, page.problem.assignment.course),
        "change": queries.last_rubric_change(page.problem),
        "asks": asks,
        "sent": [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"],
        "typed": typed,
        "mistakes": mistakes or [],
        "title": f"{page.item}: rubric of {page.problem}",
    }
    status = 409 if mistakes else 200
    return TemplateResponse(request, "grading/desk/rubric.html", context, status=status)


def used(page: Page) -> dict[int, int]:
    """By how many marks each item is used, as far as this person sees them."""
    there = page.seen(Mark.objects.filter(problem=page.problem)).values("pk")
    rows = Applied.objects.filter(mark__in=there).values_list("item").annotate(count=Count("pk"))
    return dict(rows.order_by())
