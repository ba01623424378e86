"""What a mark by rubric comes to, pure and exact: values in, values out. Source of the rule: docs/grading.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Scoring(StrEnum):
    NEGATIVE = "negative"  # start from full, deduct
    POSITIVE = "positive"  # start from nothing, add


@dataclass(frozen=True)
class Rule:
    """How one problem is judged; `full` are its points."""

    full: Decimal
    scoring: Scoring = Scoring.NEGATIVE
    floored: bool = True
    capped: bool = True


def points(rule: Rule, items: Iterable[Decimal], adjustment: Decimal = ZERO) -> Decimal | None:
    """None while nothing applies. The rubric's result is held within floor and cap, and the adjustment of this one
    submission comes on top; the floor holds for their sum as well."""
    worths = list(items)
    if not worths:
        return None
    reached = held(rule, earned(rule, worths)) + adjustment
    return max(reached, ZERO) if rule.floored else reached


def earned(rule: Rule, items: Iterable[Decimal]) -> Decimal:
    if rule.scoring == Scoring.NEGATIVE:
        return rule.full - sum(items, ZERO)
    return sum(items, ZERO)


def held(rule: Rule, result: Decimal) -> Decimal:
    if rule.capped:
        result = min(result, rule.full)
    return max(result, ZERO) if rule.floored else result


def effect(scoring: Scoring, worth: Decimal) -> Decimal:
    """What the item does to the result, with its sign."""
    return -worth if scoring == Scoring.NEGATIVE else worth


def clashes(groups: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The groups that allow one item and got several, one sentence each. For each applied item: its group's title, and
    whether one alone may be chosen there."""
    counts = Counter(title for title, choose_one in groups if choose_one)
    for title, count in counts.items():
        if count > 1:
            yield f"{title}: only one of these applies."
