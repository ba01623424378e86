"""A problem's rubric as its student reads it: every line, and which of them applied."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from coursesite.look.templatetags.look import points

from .models import Applied, Mark, Rubric, RubricItem
from .rubric_policy import Scoring, effect


@dataclass(frozen=True)
class Line:
    text: str
    worth: str
    applies: bool
    group: str = ""


@dataclass(frozen=True)
class Shown:
    """What applied first, then the rest of the rubric."""

    lines: Sequence[Line]
    start: str
    adjustment: str = ""

    @property
    def applied(self) -> list[Line]:
        return [line for line in self.lines if line.applies]

    @property
    def others(self) -> list[Line]:
        return [line for line in self.lines if not line.applies]


def shown(marks: Sequence[Mark]) -> dict[int, Shown]:
    """By problem; three queries, however many there are."""
    applied = defaultdict(set)
    for mark, line in Applied.objects.filter(mark__in=marks).values_list("mark", "item"):
        applied[mark].add(line)
    live = RubricItem.objects.live().filter(rubric__problem__in=[mark.problem_id for mark in marks])
    items = defaultdict(list)
    # As at the desk: items without a group first, else they would read as the last group's.
    groups = F("group__position").asc(nulls_first=True)
    for item in live.select_related("group").order_by(groups, "group", "position", "pk"):
        items[item.rubric_id].append(item)
    rubrics = Rubric.objects.filter(pk__in=items).select_related("problem")
    by_problem = {mark.problem_id: mark for mark in marks}
    return {
        rubric.problem_id: of_one(rubric, items[rubric.pk], by_problem[rubric.problem_id], applied)
        for rubric in rubrics
    }


def of_one(rubric: Rubric, items: Sequence[RubricItem], mark: Mark, applied: dict[int, set[int]]) -> Shown:
    deducts = rubric.scoring == Scoring.NEGATIVE.value
    lines = [
        Line(
            item.text,
            signed(effect(Scoring(rubric.scoring), item.points)),
            item.pk in applied[mark.pk],
            item.group.title if item.group else "",
        )
        for item in items
    ]
    start = f"From {points(rubric.problem.points)} points, less what applies" if deducts else "What applies, added up"
    return Shown(lines, start, signed(mark.adjustment) if mark.adjustment else "")


def signed(value: Decimal) -> str:
    """With its sign, as short as it can be; a true minus sign, so that the figures stand in line."""
    if value == 0:
        return "0"
    return f"{'−' if value < 0 else '+'}{points(abs(value))}"  # noqa: RUF001
