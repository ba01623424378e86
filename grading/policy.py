"""The course grade, pure and exact: values in, values out. Source of the rules: docs/grading.md.

Points are integers of 1/10000 point inside, everything else is a fraction; rounding happens once, at the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, partial

UNIT = 10_000


class State(StrEnum):
    UNGRADED = "ungraded"
    GRADED = "graded"
    MISSING = "missing"
    EXCUSED = "excused"


class SchemeError(ValueError):
    """The scheme can't be computed with; `args[0]` says why in sentences."""


@dataclass(frozen=True)
class Item:
    """A column; `possible` in points."""

    key: int
    title: str
    possible: Decimal
    position: int
    is_homework: bool = False


@dataclass(frozen=True)
class Category:
    """A share of the grade; `weight` and `cap_percent` in percent."""

    title: str
    weight: Decimal
    items: tuple[Item, ...]
    keep_best: int | None = None
    drop_lowest: int | None = None
    points_weighted: bool = False
    cap_percent: Decimal | None = None

    @cached_property
    def ordered(self) -> tuple[Item, ...]:
        return tuple(sorted(self.items, key=lambda item: (item.position, item.key)))

    @property
    def chooses(self) -> bool:
        return self.keep_best is not None or bool(self.drop_lowest)

    def keeps(self, count: int) -> int:
        """How many of `count` results are kept; at least one when there is one."""
        if self.keep_best is not None:
            return min(self.keep_best, count)
        return max(min(1, count), count - (self.drop_lowest or 0))


@dataclass(frozen=True)
class Scheme:
    categories: tuple[Category, ...]
    cutoffs: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Cell:
    """One result. `points` are net of a late penalty; `ceiling` is what an open item can still bring."""

    state: State
    points: Decimal | None = None
    ceiling: Decimal | None = None


@dataclass(frozen=True)
class Figures:
    """Percents with two decimals; None where there is nothing to compute from."""

    final: Decimal | None
    so_far: Decimal | None
    reachable: Decimal | None
    letter: str
    counted: tuple[int, ...]

    @property
    def guaranteed(self) -> Decimal | None:
        """The same figure as final by design: all that is open gets 0."""
        return self.final


Result = tuple[Item, int]
Reading = Callable[[Item, Cell], int | None]
Worth = Callable[[Result], Fraction]
OPEN = Cell(State.UNGRADED)


def problems(scheme: Scheme) -> Iterator[str]:
    """Why the scheme is impossible, one sentence each."""
    total = sum(category.weight for category in scheme.categories)
    if total != 100:
        yield f"The weights sum to {total}, not 100."
    for category in scheme.categories:
        yield from category_problems(category)
    minima = [minimum for _, minimum in scheme.cutoffs]
    if minima != sorted(set(minima), reverse=True):
        yield "The letter cutoffs must fall from one letter to the next."


def category_problems(category: Category) -> Iterator[str]:
    if category.weight < 0:
        yield f"{category.title}: the weight is below zero."
    if category.keep_best is not None and category.keep_best < 1:
        yield f"{category.title}: keep at least one."
    if category.keep_best is not None and category.drop_lowest:
        yield f"{category.title}: say how many to keep or how many to drop, not both."
    for item in category.items:
        if item.possible <= 0:
            yield f"{item.title}: the points possible must be above zero."


def check(scheme: Scheme) -> None:
    found = list(problems(scheme))
    if found:
        raise SchemeError(" ".join(found))


def scaled(points: Decimal) -> int:
    if points < 0:
        raise ValueError("Points can't be below zero.")
    exact = points * UNIT
    if exact != int(exact):
        raise ValueError("Points have four decimals at most.")
    return int(exact)


def figures(scheme: Scheme, cells: Mapping[int, Cell]) -> Figures:
    """The four figures of one student. Items that `cells` lacks are ungraded."""
    final, kept = total(scheme, cells, closed)
    rounded = percent(final)
    return Figures(
        final=rounded,
        so_far=percent(total(scheme, cells, judged)[0]),
        reachable=percent(total(scheme, cells, hoped)[0]),
        letter=letter(scheme, rounded),
        counted=tuple(item.key for item in sorted(kept, key=lambda i: (i.position, i.key))),
    )


def letter(scheme: Scheme, final: Decimal | None) -> str:
    """Decided on the rounded figure, so that page, API and CSV can't disagree."""
    if final is None:
        return ""
    return next((name for name, minimum in scheme.cutoffs if final >= minimum), "")


def percent(value: Fraction | None) -> Decimal | None:
    """Rounded half up to two decimals, once."""
    if value is None:
        return None
    return Decimal((value.numerator * 200 + value.denominator) // (2 * value.denominator)).scaleb(-2)


def closed(item: Item, cell: Cell) -> int | None:
    """Final: what is open or missing is 0; excused is taken out."""
    if cell.state == State.GRADED and cell.points is not None:
        return scaled(cell.points)
    return None if cell.state == State.EXCUSED else 0


def judged(item: Item, cell: Cell) -> int | None:
    """So far: graded and missing work only."""
    return None if cell.state == State.UNGRADED else closed(item, cell)


def hoped(item: Item, cell: Cell) -> int | None:
    """Reachable: what is open gets all that it still can."""
    if cell.state != State.UNGRADED:
        return closed(item, cell)
    return scaled(item.possible if cell.ceiling is None else cell.ceiling)


def total(scheme: Scheme, cells: Mapping[int, Cell], read: Reading) -> tuple[Fraction | None, list[Item]]:
    """The weighted percentage (exact) and the items listed as counted."""
    earned, weights, counted = Fraction(0), Fraction(0), list[Item]()
    for category in scheme.categories:
        results = list(readable(category, cells, read))
        if not results:
            continue
        kept = choose(category, results)
        earned += Fraction(category.weight) * share(category, kept)
        weights += Fraction(category.weight)
        counted += [item for item, _ in kept if category.chooses or item.is_homework]
    return (earned * 100 / weights if weights else None), counted


def readable(category: Category, cells: Mapping[int, Cell], read: Reading) -> Iterator[Result]:
    for item in category.ordered:
        points = read(item, cells.get(item.key, OPEN))
        if points is not None:
            yield item, points


def choose(category: Category, results: Sequence[Result]) -> list[Result]:
    """The results that count. Of equal ones the earlier wins (sorting is stable)."""
    keep = category.keeps(len(results))
    if keep == len(results):
        return list(results)
    if category.points_weighted:
        return best_ratio(results, keep)
    return best(results, keep, lambda result: Fraction(result[1], scaled(result[0].possible)))


def best(results: Sequence[Result], keep: int, worth: Worth) -> list[Result]:
    return sorted(results, key=worth, reverse=True)[:keep]


def best_ratio(results: Sequence[Result], keep: int) -> list[Result]:
    """The subset with the largest sum(points)/sum(possible), after Kane & Kane (2006): each pass takes the
    results that lie furthest above the ratio reached so far, until the ratio rises no more; exact."""
    kept = list(results[:keep])
    while True:
        now = ratio(kept)
        better = best(results, keep, partial(above, now))
        if ratio(better) <= now:
            return kept
        kept = better


def above(now: Fraction, result: Result) -> Fraction:
    return result[1] - now * scaled(result[0].possible)


def ratio(results: Sequence[Result]) -> Fraction:
    return Fraction(sum(points for _, points in results), sum(scaled(item.possible) for item, _ in results))


def share(category: Category, kept: Sequence[Result]) -> Fraction:
    """The category's result, 1 for all points, held at the cap if there is one."""
    if category.points_weighted:
        value = ratio(kept)
    else:
        value = sum((Fraction(p, scaled(item.possible)) for item, p in kept), Fraction(0)) / len(kept)
    cap = category.cap_percent
    return value if cap is None else min(value, Fraction(cap) / 100)


@dataclass(frozen=True)
class Line:
    """One category: `value` in percent, `weight` as in the scheme, `earned` in percent of the whole."""

    title: str
    weight: Decimal
    value: Decimal
    earned: Decimal
    kept: tuple[Item, ...]


def explain(scheme: Scheme, cells: Mapping[int, Cell]) -> list[Line]:
    """How *final* comes about, category by category, in the figures that a reader can add up."""
    lines, weights = [], Fraction(0)
    for category in scheme.categories:
        results = list(readable(category, cells, closed))
        if results:
            kept = choose(category, results)
            weights += Fraction(category.weight)
            lines.append((category, share(category, kept), tuple(item for item, _ in kept)))
    return [
        Line(
            category.title,
            category.weight,
            shown(value),
            shown(value * Fraction(category.weight) / (weights or 1)),
            kept,
        )
        for category, value, kept in lines
    ]


def shown(value: Fraction) -> Decimal:
    return percent(value * 100) or Decimal("0.00")
