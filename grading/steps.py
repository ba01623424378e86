"""How each score came about, which ones count, and why; pure. What counts is the policy's choice."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

from .policy import (
    OPEN,
    UNIT,
    Category,
    Cell,
    Item,
    Ratio,
    Result,
    Row,
    Scheme,
    State,
    choose,
    percent,
    ratio,
    scaled,
    share,
)
from .policy import readings as rows_of

ZERO = Decimal("0.00")


class Reading(IntEnum):
    """The figures that differ, in the order in which the policy reads a student's cells."""

    FINAL = 0
    SO_FAR = 1
    REACHABLE = 2


class Origin(NamedTuple):
    """What a graded score was before lateness, what that takes at most and down to which points, and whose word it is:
    `by_hand` says how it was set if marks did not make it."""

    raw: Decimal | None
    penalty: Decimal
    floor: Decimal
    by_hand: str = ""
    reason: str = ""


class Standing(NamedTuple):
    """Whether an item counts toward a figure, and why."""

    counts: bool
    why: str


class Told(NamedTuple):
    """One item with its result."""

    item: Item
    cell: Cell
    came_about: str
    standing: Standing

    @property
    def percent(self) -> Decimal | None:
        """Of its points; None without any."""
        if self.cell.points is None:
            return None
        return percent((scaled(self.cell.points), scaled(self.item.possible)))


class Group(NamedTuple):
    category: Category
    rows: list[Told]


def groups(scheme: Scheme, cells: Mapping[int, Cell], origins: Mapping[int, Origin]) -> list[Group]:
    return [group(category, cells, origins) for category in scheme.categories]


def group(category: Category, cells: Mapping[int, Cell], origins: Mapping[int, Origin]) -> Group:
    told = zip(category.ordered, standings(category, cells), strict=True)
    return Group(category, [row(item, cells.get(item.key, OPEN), origins, standing) for item, standing in told])


def row(item: Item, cell: Cell, origins: Mapping[int, Origin], standing: Standing) -> Told:
    return Told(item, cell, came_about(origins.get(item.key), cell.points), standing)


def kept(category: Category, row: Row, still_open: int = 0) -> tuple[Sequence[Result], Ratio]:
    results = [(i, points) for i, points in enumerate(row) if points is not None]
    chosen = choose(category, results, still_open) if results else []
    return chosen, share(category, chosen) if chosen else (0, 1)


def came_about(origin: Origin | None, points: Decimal | None) -> str:
    """`90 - 10 for lateness`, or who set it and why; empty where the points are simply those of the marks."""
    if origin is None or points is None:
        return ""
    if origin.by_hand:
        return f"{origin.by_hand}: {origin.reason}" if origin.reason else origin.by_hand
    if origin.raw is None or origin.raw == points:
        return ""
    taken = f"{decimal(origin.raw)} \N{MINUS SIGN} {decimal(origin.penalty)} for lateness"
    return taken if origin.raw - origin.penalty == points else f"{taken}, held at {decimal(points)}"


def decimal(value: Decimal) -> str:
    return f"{value.normalize():f}"


def plain(points: int) -> str:
    """As few decimals as say it exactly."""
    whole, rest = divmod(points, UNIT)
    return str(whole) if not rest else f"{Decimal(points) / UNIT:f}".rstrip("0")


def standings(category: Category, cells: Mapping[int, Cell]) -> Iterator[Standing]:
    """For each item of the category in order: whether it counts toward *final*, and why or why not."""
    row = rows_of(Scheme((category,)), cells)[Reading.FINAL]
    chosen = dict(kept(category, row)[0])
    for at, (item, points) in enumerate(zip(category.ordered, row, strict=True)):
        cell = cells.get(item.key, OPEN)
        if points is None:
            yield Standing(False, "left out before the best are chosen")
        elif at not in chosen and cell.state == State.UNGRADED:
            yield Standing(False, "does not count while it brings 0")
        elif at in chosen:
            yield Standing(True, said_of_kept(category, cell, len(chosen), row))
        else:
            yield Standing(False, said_of_dropped(category, (at, points), list(chosen.items())))


def said_of_kept(category: Category, cell: Cell, count: int, row: Row) -> str:
    there = sum(points is not None for points in row)
    best = f"one of the best {count}" if count < there else "counts"
    if cell.state == State.UNGRADED:
        return f"{best}, as 0 until it is graded"
    return best


def said_of_dropped(category: Category, dropped: Result, chosen: Sequence[Result]) -> str:
    """Equal weights: against the lowest that counts. Points-weighted: against the whole that counts."""
    own = result_of(category, dropped)
    if category.points_weighted:
        return f"dropped: without it points over possible are highest, {said(percent(ratio(category, chosen)))}"
    lowest = min(chosen, key=lambda result: (result[1] * category.factors[result[0]], -result[0]))
    other, title = result_of(category, lowest), category.ordered[lowest[0]].title
    if lowest[1] * category.factors[lowest[0]] == dropped[1] * category.factors[dropped[0]]:
        return f"dropped: {own} like {title}, and the earlier counts"
    return f"dropped: {own} is less than {other} ({title})"


def result_of(category: Category, result: Result) -> str:
    at, points = result
    return said(percent((points, category.possible[at])))


def said(value: Decimal | None) -> str:
    return f"{value or ZERO:.2f} %"
