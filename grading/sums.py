"""A figure as lines that add up to it, to the last digit, on paper; pure. The sums themselves are the policy's.

Each line is `sum x weight`. What has more decimals than there is room for is rounded and says so, with as many of them
that the lines, added as they stand there, still give the figure; where no number of decimals does, they are fractions.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .policy import UNIT, Category, Cell, Item, Ratio, Result, Row, Scheme, percent, total, waiting
from .policy import readings as rows_of
from .steps import Reading, kept, plain

ABOUT = "≈ "
DIGITS = range(4, 13)
Found = tuple[Category, Sequence[Result], Ratio]


class Line(NamedTuple):
    """One category: `said` is its sum, which gives `result` percent; times the weight it brings `brings` percent."""

    title: str
    weight: Decimal
    said: str
    result: str
    brings: str
    kept: tuple[Item, ...]


class Sum(NamedTuple):
    """What the lines bring adds up to `total`; `last` is what makes the figure of it, empty if that is the figure."""

    lines: list[Line]
    left_out: list[tuple[Category, str]]
    weights: Decimal
    total: str
    last: str
    figure: Decimal | None


def explain(scheme: Scheme, cells: Mapping[int, Cell], reading: Reading = Reading.FINAL) -> Sum:
    rows = rows_of(scheme, cells)
    row, closed = rows[reading], rows[Reading.FINAL]
    every = [
        (category, *kept(category, row[where], waiting(category, row[where], closed[where])))
        for category, _, where in scheme.parts
    ]
    found = [part for part in every if part[1]]
    weights = sum(category.scaled_weight for category, _, _ in found)
    figure = percent(total(scheme, row, closed)[0])
    values = [brings(part) for part in found]
    digits = digits_for(values, weights, figure)
    added = [written(value, digits) for value in values]
    together = added_up(values, added, digits)
    return Sum(
        [line(*part, said, digits) for part, said in zip(found, added, strict=True)],
        list(left_out(scheme, row, reading)),
        Decimal(weights) / UNIT,
        together,
        last_step(together, weights, figure),
        figure,
    )


def line(category: Category, chosen: Sequence[Result], result: Ratio, said: str, digits: int) -> Line:
    items = tuple(category.ordered[i] for i, _ in sorted(chosen))
    shown = written((100 * result[0], result[1]), digits)
    return Line(category.title, category.weight, sum_of(category, chosen), shown, said, items)


def brings(part: Found) -> Ratio:
    """In percent of the whole, before anything is scaled."""
    category, _, (above, below) = part
    return above * category.scaled_weight, below * UNIT


def left_out(scheme: Scheme, row: Row, reading: Reading) -> Iterator[tuple[Category, str]]:
    for category, _, where in scheme.parts:
        if category.items and all(points is None for points in row[where]):
            nothing = "nothing in it is graded yet" if reading == Reading.SO_FAR else "everything in it is excused"
            yield category, nothing


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


def digits_for(values: Sequence[Ratio], weights: int, figure: Decimal | None) -> int:
    """The fewest decimals with which the rounded lines give the figure; 0 if none do."""
    fits = (digits for digits in DIGITS if figure == rounded_sum(values, weights, digits))
    return next(fits, 0) if weights else DIGITS[0]


def rounded_sum(values: Sequence[Ratio], weights: int, digits: int) -> Decimal | None:
    units = sum(in_units(value, digits) for value in values)
    return percent((units * UNIT, 10**digits * weights))


def in_units(value: Ratio, digits: int) -> int:
    """Rounded half up."""
    above, below = value
    whole: int = 10**digits
    return (2 * above * whole + below) // (2 * below)


def written(value: Ratio, digits: int) -> str:
    above, below = value
    places = digits or DIGITS[-1]
    units = in_units(value, places)
    if units * below == above * 10**places:
        return decimal(units, places)
    if not digits:
        whole, rest = divmod(Fraction(above, below), 1)
        return f"{whole} {rest}" if whole else str(rest)
    return f"{ABOUT}{decimal(units, digits, exact=False)}"


def decimal(units: int, digits: int, *, exact: bool = True) -> str:
    """With two decimals at least, and none more than are needed if it is exact."""
    text = f"{Decimal(units).scaleb(-digits):f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{(rest.rstrip('0') if exact else rest).ljust(2, '0')}"


def added_up(values: Sequence[Ratio], texts: Sequence[str], digits: int) -> str:
    """The sum of what is written there, as a reader adds it. Integers where there are decimals: fractions take long."""
    if digits:
        units = sum(in_units(value, digits) for value in values)
        text = decimal(units, digits)
    else:
        text = written(sum(map(value_of, texts), Fraction(0)).as_integer_ratio(), digits)
    return f"{ABOUT}{text}" if any(one.startswith(ABOUT) for one in texts) else text


def value_of(text: str) -> Fraction:
    return sum(map(Fraction, text.removeprefix(ABOUT).split()), Fraction(0))


def last_step(together: str, weights: int, figure: Decimal | None) -> str:
    if figure is None:
        return ""
    scaled = weights != 100 * UNIT
    division = f"{together} / {plain(weights)} \N{MULTIPLICATION SIGN} 100" if scaled else together
    exact = figure_is(together, weights, figure)
    if exact:
        return f"{division}" if scaled else ""
    return f"{division}, rounded half up to hundredths"


def figure_is(together: str, weights: int, figure: Decimal) -> bool:
    """Whether nothing is left to be rounded."""
    if together.startswith(ABOUT) or " " in together:
        return False
    return Decimal(together) * (100 * UNIT) == figure * weights
