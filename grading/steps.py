"""How a figure comes about, in lines that a reader can check by hand; pure. The sums themselves are the policy's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

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
    share,
    waiting,
)
from .policy import readings as rows_of

ZERO = Decimal("0.00")


class Reading(IntEnum):
    """The figures that differ, in the order in which the policy reads a student's cells."""

    FINAL = 0
    SO_FAR = 1
    REACHABLE = 2


@dataclass(frozen=True)
class Line:
    """One category: `said` is its sum, `value` the result in percent, `earned` in percent of the whole."""

    title: str
    weight: Decimal
    said: str
    value: Decimal
    earned: Decimal
    kept: tuple[Item, ...]


@dataclass(frozen=True)
class Standing:
    """Whether an item counts toward a figure, and why."""

    counts: bool
    why: str


def explain(scheme: Scheme, cells: Mapping[int, Cell], reading: Reading = Reading.FINAL) -> list[Line]:
    """Category by category, in the figures that a reader can add up; what has no result is left out."""
    rows = rows_of(scheme, cells)
    row, closed = rows[reading], rows[Reading.FINAL]
    found = [
        (category, *kept(category, row[where], waiting(category, row[where], closed[where])))
        for category, _, where in scheme.parts
    ]
    weights = sum(category.scaled_weight for category, chosen, _ in found if chosen) or 1
    return [line(category, chosen, result, weights) for category, chosen, result in found if chosen]


def kept(category: Category, row: Row, still_open: int = 0) -> tuple[Sequence[Result], Ratio]:
    results = [(i, points) for i, points in enumerate(row) if points is not None]
    chosen = choose(category, results, still_open) if results else []
    return chosen, share(category, chosen) if chosen else (0, 1)


def line(category: Category, chosen: Sequence[Result], result: Ratio, weights: int) -> Line:
    above, below = result
    earned = percent((above * category.scaled_weight, below * weights)) or ZERO
    items = tuple(category.ordered[i] for i, _ in sorted(chosen))
    return Line(category.title, category.weight, sum_of(category, chosen), percent(result) or ZERO, earned, items)


def sum_of(category: Category, chosen: Sequence[Result]) -> str:
    """`(90/100 + 12/24) / 2`, or `(50 + 12) / (50 + 24)` where points weigh."""
    pairs = [(plain(points), plain(category.possible[i])) for i, points in sorted(chosen)]
    if len(pairs) == 1:
        said = "{} / {}".format(*pairs[0])
    elif category.points_weighted:
        said = f"({' + '.join(p for p, _ in pairs)}) / ({' + '.join(of for _, of in pairs)})"
    else:
        said = f"({' + '.join(f'{p}/{of}' for p, of in pairs)}) / {len(pairs)}"
    return said if category.cap_percent is None else f"{said}, at most {category.cap_percent.normalize():f} %"


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
