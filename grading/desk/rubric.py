"""What the form of the desk shows for each problem: what was sent, else what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict

from coursesite.handin.models import Problem, Submission
from coursesite.look.templatetags.look import points

from .. import rubric_policy
from ..models import Mark, RubricItem
from ..services import marking
from ..services.marking import Sheet
from . import reading

DIGITS = "1234567890"


@dataclass
class Line:
    """An item of the rubric, with its key."""

    item: RubricItem
    digit: str
    effect: Decimal
    chosen: bool


@dataclass
class Group:
    """Items under one heading; without a title, those that belong to no group."""

    key: int | None
    title: str
    choose_one: bool
    lines: list[Line] = field(default_factory=list)

    @property
    def none_chosen(self) -> bool:
        return not any(line.chosen for line in self.lines)


@dataclass
class Row:
    """One problem in the form. After a conflict it knows the newer version, so that saving again is a decision."""

    sheet: Sheet
    groups: list[Group]
    points: str
    adjustment: str
    comment: str
    new: str
    worth: str
    mistakes: list[str]
    conflict: bool

    @property
    def problem(self) -> Problem:
        return self.sheet.problem

    @property
    def mark(self) -> Mark | None:
        return self.sheet.mark

    @property
    def theirs(self) -> list[RubricItem]:
        return [self.sheet.items[key] for key in sorted(self.sheet.applied) if key in self.sheet.items]


def rows(
    work: Submission, problems: Sequence[Problem], sent: QueryDict | None, mistakes: Mapping[str, list[str]],
    blind: bool = False,
) -> list[Row]:  # fmt: skip
    """`blind`: as if there were no mark."""
    found = marking.sheets(work, problems, with_marks=not blind)
    return [row(sheet, sent, mistakes.get(str(sheet.problem.number), [])) for sheet in found]


def row(sheet: Sheet, sent: QueryDict | None, mistakes: list[str]) -> Row:
    mark, number = sheet.mark, sheet.problem.number
    stored = {
        "points": points(mark.points) if mark and not mark.by_rubric else "",
        "adjustment": points(mark.adjustment) if mark and mark.adjustment else "",
        "comment": mark.comment if mark else "",
    }
    shown = {name: sent.get(f"{name}-{number}", "") if sent else text for name, text in stored.items()}
    chosen = sheet.applied if sent is None else reading.items(sent, number)
    return Row(
        sheet,
        groups(sheet, chosen),
        **shown,
        new=sent.get(f"new-{number}", "") if sent else "",
        worth=sent.get(f"worth-{number}", "") if sent else "",
        mistakes=mistakes,
        conflict=bool(mistakes and mark and sent and sent.get(f"version-{number}") != str(mark.version)),
    )


def groups(sheet: Sheet, chosen: frozenset[int]) -> list[Group]:
    """In the rubric's order; digits run through all groups."""
    found: dict[int | None, Group] = {}
    ordered = sorted(sheet.items.values(), key=place)
    for at, item in enumerate(ordered):
        if item.group_id not in found:
            group = item.group
            found[item.group_id] = Group(item.group_id, *((group.title, group.choose_one) if group else ("", False)))
        effect = rubric_policy.effect(sheet.rule.scoring, item.points)
        digit = DIGITS[at] if at < len(DIGITS) else ""
        found[item.group_id].lines.append(Line(item, digit, effect, item.pk in chosen))
    return list(found.values())


def place(item: RubricItem) -> tuple[int, int, int, int]:
    """Items without a group first."""
    group = item.group
    return (group.position, group.pk, item.position, item.pk) if group else (-1, -1, item.position, item.pk)
