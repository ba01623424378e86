"""How results are spread: count, mean, quartiles. Pure and exact, rounded half up to two decimals at the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

HUNDREDTH = Decimal("0.01")
COHORT = 5  # students never see figures of fewer: they would tell of persons


@dataclass(frozen=True)
class Spread:
    n: int
    mean: Decimal
    low: Decimal
    first: Decimal
    median: Decimal
    third: Decimal
    high: Decimal

    @property
    def is_cohort(self) -> bool:
        """Whether students may see it."""
        return self.n >= COHORT


def spread(values: Iterable[Decimal]) -> Spread | None:
    """None when there is nothing. Quartiles interpolate linearly, as spreadsheets' QUARTILE.INC does."""
    rows = sorted(values)
    if not rows:
        return None
    mean = rounded(sum(map(Fraction, rows), Fraction(0)) / len(rows))
    marks = (quantile(rows, Fraction(i, 4)) for i in range(5))
    return Spread(len(rows), mean, *marks)


def quantile(ordered: Sequence[Decimal], share: Fraction) -> Decimal:
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    below, above = Fraction(ordered[low]), Fraction(ordered[high])
    return rounded(below + (above - below) * (at - low))


def rounded(value: Fraction) -> Decimal:
    exact = Decimal((value * 10_000).__floor__()) / 10_000
    return exact.quantize(HUNDREDTH, ROUND_HALF_UP)
