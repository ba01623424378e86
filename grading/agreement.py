"""How far graders agree: mean differences with intervals, from pairs of marks on the same work. Pure.

Drift of a grader is the mean of (own points - the other's points), in percent of the problem's points, over all work
that two have read. Its interval is Student's t at 95 %, for as many degrees of freedom as there are pairs less one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

# Two-sided 95 % quantiles of Student's t; beyond the last, the normal distribution's is near enough.
T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
LATER = ((40, 2.021), (60, 2.000), (120, 1.980))


@dataclass(frozen=True)
class Pair:
    """One problem of one work, read by two; points in percent of the problem's."""

    first: int
    second: int
    first_percent: float
    second_percent: float


@dataclass(frozen=True)
class Drift:
    """Of one grader. `low` and `high` are None for a single pair, which has no interval."""

    grader: int
    pairs: int
    mean: float
    low: float | None
    high: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def drifts(pairs: Iterable[Pair]) -> list[Drift]:
    """By grader; a pair tells about both of its graders."""
    found: dict[int, list[float]] = defaultdict(list)
    for pair in pairs:
        found[pair.first].append(pair.first_percent - pair.second_percent)
        found[pair.second].append(pair.second_percent - pair.first_percent)
    return [drift(grader, differences) for grader, differences in sorted(found.items())]


def drift(grader: int, differences: Sequence[float]) -> Drift:
    count = len(differences)
    mean = sum(differences) / count
    if count < 2:
        return Drift(grader, count, mean, None, None)
    spread = sqrt(sum((value - mean) ** 2 for value in differences) / (count - 1))
    half = quantile(count - 1) * spread / sqrt(count)
    return Drift(grader, count, mean, mean - half, mean + half)


def quantile(freedom: int) -> float:
    """For degrees of freedom between two that are listed, the wider one."""
    if freedom <= len(T95):
        return T95[freedom - 1]
    return next((value for least, value in reversed(LATER) if freedom >= least), T95[-1])
