"""Scores of teams, pure and exact: talks that several people scored, and the peer factor. Source: docs/grading.md."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

MOST = Fraction(105, 100)
NEAR = Fraction(95, 100)

Given = Mapping[int, Decimal | None]  # points by problem
Ratings = Mapping[int, Mapping[int, int]]  # by who rated: whom, and how


def complete(sheet: Given, problems: Sequence[int]) -> bool:
    return all(sheet.get(problem) is not None for problem in problems)


def averaged(sheets: Sequence[Given], problems: Sequence[int]) -> dict[int, Decimal] | None:
    """The mean of those who scored every problem, each problem by itself; None when nobody did."""
    counted = [sheet for sheet in sheets if complete(sheet, problems)]
    if not counted:
        return None
    return {problem: mean([sheet[problem] or Decimal(0) for sheet in counted]) for problem in problems}


def mean(points: Sequence[Decimal]) -> Decimal:
    """To four decimals, half up: as scores are stored."""
    return rounded(Fraction(sum(points, Decimal(0))) / len(points), 4)


def rounded(value: Fraction, decimals: int) -> Decimal:
    unit = 10**decimals
    above = value * unit
    whole = (2 * above.numerator + above.denominator) // (2 * above.denominator)
    return Decimal(whole).scaleb(-decimals)


def mean_ratings(ratings: Ratings, members: Sequence[int]) -> dict[int, Fraction]:
    """What teammates gave to each member, on average; nobody rates oneself. Members whom nobody rated are left out."""
    found = {}
    for member in members:
        got = [given[member] for rater, given in ratings.items() if rater != member and member in given]
        if got:
            found[member] = Fraction(sum(got), len(got))
    return found


def factors(ratings: Ratings, members: Sequence[int]) -> dict[int, Fraction]:
    """A member's mean over the mean of the members' means, so that nobody weighs more because more teammates answered.
    Without two members who were rated there is nothing to compare."""
    means = mean_ratings(ratings, members)
    total = sum(means.values())
    if len(means) < 2 or not total:
        return {}
    return {member: held(own * len(means) / total) for member, own in means.items()}


def held(ratio: Fraction) -> Fraction:
    """Below 0.95 as it is; from 0.95 to 1 it is 1; above 1 as it is, 1.05 at most."""
    return Fraction(1) if NEAR <= ratio <= 1 else min(ratio, MOST)


def applied(points: Decimal, factor: Fraction) -> Decimal:
    """The member's points, rounded half up to two decimals, once."""
    return rounded(Fraction(points) * factor, 2)


def shown(factor: Fraction) -> str:
    """For reading; half up, three decimals: 0.949 is not shown as 0.95, which would have become 1."""
    return str(rounded(factor, 3))
