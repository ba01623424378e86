"""The course grade, pure and exact: values in, values out. Source of the rules: docs/grading.md.

Points are integers of 1/10000 point inside, results fractions of two integers; rounding happens once, at the end.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from itertools import accumulate
from math import lcm
from typing import NamedTuple

UNIT = 10_000
INCOMPLETE = "I"
AUDITS = "AU"  # takes part without a grade
Row = tuple[int | None, ...]  # scaled points of the scheme's items in order; None is not there
Result = tuple[int, int]  # the place of an item in its category, and its scaled points
Ratio = tuple[int, int]  # a fraction that nobody reduces, since that would cost more than it saves
Part = tuple[Ratio, list[int]]
Worth = Callable[[Result], int]


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

    @cached_property
    def possible(self) -> tuple[int, ...]:
        return tuple(scaled(item.possible) for item in self.ordered)

    @cached_property
    def base(self) -> int:
        """What full points in one item are worth, so that the worth of every result is an integer."""
        return lcm(*self.possible)

    @cached_property
    def factors(self) -> tuple[int, ...]:
        return tuple(self.base // possible for possible in self.possible)

    @cached_property
    def scaled_weight(self) -> int:
        return scaled(self.weight)

    @cached_property
    def cap(self) -> Ratio | None:
        return None if self.cap_percent is None else (scaled(self.cap_percent), 100 * UNIT)

    @cached_property
    def chooses(self) -> bool:
        return self.keep_best is not None or bool(self.drop_lowest)

    @cached_property
    def known(self) -> dict[tuple[Row, int], Part | None]:
        """What `part` found; lives as long as the scheme, which is read anew for each batch of students."""
        return {}

    def keeps(self, count: int, waiting: int = 0) -> int:
        """How many of `count` results are kept; at least one when there is one. `waiting` are open items that *so far*
        does not count: they are dropped first, or else it would drop two of three graded sets and mislead upwards."""
        if self.keep_best is not None:
            return min(self.keep_best, count)
        return max(min(1, count), count - max(0, (self.drop_lowest or 0) - waiting))


@dataclass(frozen=True)
class Scheme:
    categories: tuple[Category, ...]
    cutoffs: tuple[tuple[str, Decimal], ...] = ()

    @cached_property
    def ordered(self) -> tuple[Item, ...]:
        """All items, category by category."""
        return tuple(item for category in self.categories for item in category.ordered)

    @cached_property
    def parts(self) -> list[tuple[Category, int, slice]]:
        """Each category with its scaled weight, and where its items stand in a row."""
        ends = list(accumulate(len(category.items) for category in self.categories))
        slices = map(slice, [0, *ends], ends)
        return [
            (category, category.scaled_weight, where) for category, where in zip(self.categories, slices, strict=True)
        ]

    @cached_property
    def places(self) -> dict[int, tuple[int, int]]:
        """Where an item stands in the gradebook, by its key."""
        return {item.key: (item.position, item.key) for item in self.ordered}


class Cell(NamedTuple):
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


OPEN = Cell(State.UNGRADED)


def problems(scheme: Scheme) -> Iterator[str]:
    """Why the scheme is impossible, one sentence each."""
    if not scheme.categories:
        yield "The scheme is empty: it needs a category."
        return
    total = sum((category.weight for category in scheme.categories), Decimal(0))
    if total != 100:
        yield f"The weights sum to {total.normalize():f}, not 100."
    for category in scheme.categories:
        yield from category_problems(category)
    yield from (f"Two categories are called {title}." for title in twice(c.title for c in scheme.categories))
    yield from (f"Two columns are called {title}." for title in twice(item.title for item in scheme.ordered))
    yield from cutoff_problems(scheme.cutoffs)


def cutoff_problems(cutoffs: Sequence[tuple[str, Decimal]]) -> Iterator[str]:
    minima = [minimum for _, minimum in cutoffs]
    if minima != sorted(set(minima), reverse=True):
        yield "The letter cutoffs must fall from one letter to the next."
    if any(minimum < 0 for minimum in minima):
        yield "A letter starts below zero."
    names = [name for name, _ in cutoffs]
    if twice(names):
        yield "A letter stands there twice."
    for name in sorted({INCOMPLETE, AUDITS} & set(names)):
        yield f"{name} is no letter: it says that somebody is incomplete ({INCOMPLETE}) or audits ({AUDITS})."


def twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def category_problems(category: Category) -> Iterator[str]:
    title, count = category.title, len(category.items)
    if category.weight < 0:
        yield f"{title}: the weight is below zero."
    if not count and category.weight:
        yield f"{title}: it has a weight but no column that could earn it."
    if category.keep_best is not None and category.keep_best < 1:
        yield f"{title}: keep at least one."
    if (category.drop_lowest or 0) < 0:
        yield f"{title}: dropping fewer than none is not possible."
    if category.keep_best is not None and category.drop_lowest:
        yield f"{title}: say how many to keep or how many to drop, not both."
    if count and (category.drop_lowest or 0) >= count:
        yield f"{title}: dropping {category.drop_lowest} of {count} leaves nothing."
    if category.cap_percent is not None and category.cap_percent <= 0:
        yield f"{title}: the cap must be above zero."
    for item in category.items:
        if item.possible <= 0:
            yield f"{item.title}: the points possible must be above zero."


def check(scheme: Scheme) -> None:
    found = list(problems(scheme))
    if found:
        raise SchemeError(" ".join(found))


@lru_cache(maxsize=20_000)
def scaled(points: Decimal) -> int:
    if points < 0:
        raise ValueError("Points can't be below zero.")
    exact = points * UNIT
    if exact != int(exact):
        raise ValueError("Points have four decimals at most.")
    return int(exact)


def figures(scheme: Scheme, cells: Mapping[int, Cell]) -> Figures:
    """The four figures of one student. Items that `cells` lacks are ungraded."""
    closed, judged, hoped = readings(scheme, cells)
    final, kept = total(scheme, closed)
    rounded = percent(final)
    return Figures(
        final=rounded,
        so_far=rounded if judged == closed else percent(total(scheme, judged, closed)[0]),
        reachable=rounded if hoped == closed else percent(total(scheme, hoped)[0]),
        letter=letter(scheme, rounded),
        counted=tuple(kept if len(kept) < 2 else sorted(kept, key=scheme.places.__getitem__)),
    )


def letter(scheme: Scheme, final: Decimal | None) -> str:
    """Decided on the rounded figure, so that page, API and CSV can't disagree."""
    if final is None:
        return ""
    return next((name for name, minimum in scheme.cutoffs if final >= minimum), "")


def percent(value: Ratio | None) -> Decimal | None:
    """Rounded half up to two decimals, once."""
    if value is None:
        return None
    above, below = value
    return hundredths((above * 20_000 + below) // (2 * below))


@lru_cache(maxsize=20_000)
def hundredths(count: int) -> Decimal:
    return Decimal(count).scaleb(-2)


def reading(item: Item, cell: Cell) -> tuple[int | None, int | None, int | None]:
    """What a cell is worth to *final*, *so far* and *reachable*; None takes it out.

    To final what is open is 0, to so far it isn't there, to reachable it brings all that it still can.
    """
    if cell.state == State.GRADED and cell.points is not None:
        points = scaled(cell.points)
        return points, points, points
    if cell.state == State.EXCUSED:
        return None, None, None
    if cell.state == State.UNGRADED:
        return 0, None, scaled(item.possible if cell.ceiling is None else cell.ceiling)
    return 0, 0, 0


def readings(scheme: Scheme, cells: Mapping[int, Cell]) -> tuple[Row, Row, Row]:
    found = [reading(item, cells.get(item.key, OPEN)) for item in scheme.ordered]
    closed, judged, hoped = zip(*found, strict=True) if found else ((), (), ())
    return closed, judged, hoped


def total(scheme: Scheme, row: Row, closed: Row | None = None) -> tuple[Ratio | None, list[int]]:
    """The weighted result (1 for all points, exact) and the keys of the items listed as counted. With `closed`, the
    row is read without the open items that stand there."""
    above, below, weights, counted = 0, 1, 0, list[int]()
    for category, weight, where in scheme.parts:
        found = part(category, row[where], waiting(category, row[where], closed[where]) if closed else 0)
        if found is not None:
            (over, under), keys = found
            above, below = above * under + weight * over * below, below * under
            weights += weight
            counted += keys
    return ((above, below * weights) if weights else None), counted


def waiting(category: Category, row: Row, closed: Row) -> int:
    """How many items are open and not in the row, where that decides how many results are dropped."""
    return row.count(None) - closed.count(None) if category.drop_lowest else 0


def part(category: Category, row: Row, waiting: int = 0) -> Part | None:
    """The category's result, and the keys of its items listed as counted; None without any result. Remembered, since
    students of a course share most of the shorter rows, and one student's figures the longer ones."""
    known = category.known
    key = row, waiting
    if key not in known:
        results = [(i, points) for i, points in enumerate(row) if points is not None]
        known[key] = judged(category, results, waiting) if results else None
    return known[key]


def judged(category: Category, results: Sequence[Result], waiting: int) -> Part:
    kept = choose(category, results, waiting)
    keys = [category.ordered[i].key for i, _ in kept if category.chooses or category.ordered[i].is_homework]
    return share(category, kept), keys


def choose(category: Category, results: Sequence[Result], waiting: int = 0) -> Sequence[Result]:
    """The results that count. Of equal ones the earlier wins (sorting is stable)."""
    keep = category.keeps(len(results), waiting)
    if keep == len(results):
        return results
    if category.points_weighted:
        return best_ratio(category, results, keep)
    factors = category.factors
    return best(results, keep, lambda result: result[1] * factors[result[0]])


def best(results: Sequence[Result], keep: int, worth: Worth) -> list[Result]:
    return sorted(results, key=worth, reverse=True)[:keep]


def best_ratio(category: Category, results: Sequence[Result], keep: int) -> list[Result]:
    """The subset with the largest sum(points)/sum(possible), after Kane & Kane (2006): each pass takes the
    results that lie furthest above the ratio reached so far, until the ratio rises no more; exact."""
    kept = list(results[:keep])
    while True:
        above, below = ratio(category, kept)
        better = best(results, keep, partial(surplus, category, above, below))
        over, under = ratio(category, better)
        if over * below <= above * under:
            return kept
        kept = better


def surplus(category: Category, above: int, below: int, result: Result) -> int:
    """How far a result lies above that ratio, in units that are the same for all."""
    return result[1] * below - above * category.possible[result[0]]


def ratio(category: Category, results: Sequence[Result]) -> Ratio:
    return sum(points for _, points in results), sum(category.possible[i] for i, _ in results)


def share(category: Category, kept: Sequence[Result]) -> Ratio:
    """The category's result, 1 for all points, held at the cap if there is one."""
    if category.points_weighted:
        above, below = ratio(category, kept)
    else:
        factors = category.factors
        above, below = sum(points * factors[i] for i, points in kept), category.base * len(kept)
    cap = category.cap
    return cap if cap is not None and above * cap[1] > cap[0] * below else (above, below)
