"""What if: figures with scores that a student types, and what one item must bring for a letter. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from .policy import OPEN, Cell, Item, Scheme, State, letter, percent, readings, total

STEP = Decimal("0.01")  # points are given in hundredths


class Others(StrEnum):
    """What the other open items bring while one is sought."""

    TYPED = "typed"
    FULL = "full"
    ZERO = "zero"


@dataclass(frozen=True)
class Needed:
    """`least` points bring the letter; None: not even `possible` points do. `final` and `letter` come of it."""

    least: Decimal | None
    possible: Decimal
    final: Decimal | None
    letter: str


def open_items(scheme: Scheme, cells: Mapping[int, Cell]) -> list[Item]:
    return [item for item in scheme.ordered if cells.get(item.key, OPEN).state == State.UNGRADED]


def supposed(scheme: Scheme, cells: Mapping[int, Cell], typed: Mapping[int, Decimal]) -> dict[int, Cell]:
    """The student's cells, with what was typed in those that are open; nothing else can be changed."""
    mine = {item.key for item in open_items(scheme, cells)} & set(typed)
    return dict(cells) | {key: Cell(State.GRADED, typed[key]) for key in mine}


def filled(scheme: Scheme, cells: Mapping[int, Cell], others: Others) -> dict[int, Cell]:
    """What is open gets full points or nothing; TYPED leaves it open, which is nothing as well."""
    points = {item.key: most(item, cells) if others == Others.FULL else Decimal(0) for item in scheme.ordered}
    return supposed(scheme, cells, points)


def most(item: Item, cells: Mapping[int, Cell]) -> Decimal:
    """What an open item can still bring: full points, or less after a late penalty."""
    ceiling = cells.get(item.key, OPEN).ceiling
    return item.possible if ceiling is None else ceiling


def needed(scheme: Scheme, cells: Mapping[int, Cell], others: Mapping[int, Cell], item: Item, wanted: str) -> Needed:
    """The least score of the item, in hundredths of a point, with which *final* reaches the letter, while everything
    else is as `others` has it. A higher score never lowers the figure (battery G19), so that halving finds it."""
    minimum, top = dict(scheme.cutoffs)[wanted], most(item, cells)

    def final(points: Decimal) -> Decimal | None:
        row = readings(scheme, {**others, item.key: Cell(State.GRADED, points)})[0]
        return percent(total(scheme, row)[0])

    def reaches(points: Decimal) -> bool:
        found = final(points)
        return found is not None and found >= minimum

    if not reaches(top):
        return Needed(None, top, final(top), letter(scheme, final(top)))
    low, high = 0, int((top / STEP).to_integral_value(ROUND_CEILING))
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(min(middle * STEP, top)) else (middle + 1, high)
    least = min(low * STEP, top)
    return Needed(least, top, final(least), letter(scheme, final(least)))
