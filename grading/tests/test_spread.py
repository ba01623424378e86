"""Statistics of a column."""

from decimal import Decimal
from statistics import quantiles

from grading.spread import spread


def test_nothing_has_no_spread():
    assert spread([]) is None


def test_one_value_is_every_figure():
    found = spread([Decimal("7.50")])
    assert (found.n, found.mean, found.low, found.median, found.high) == (1, *[Decimal("7.50")] * 4)


def test_quartiles_are_those_of_spreadsheets():
    values = [Decimal(n) for n in (3, 1, 4, 1, 5, 9, 2, 6)]
    found = spread(values)
    assert [found.first, found.median, found.third] == quantiles(values, n=4, method="inclusive")
    assert (found.low, found.high, found.mean) == (1, 9, Decimal("3.88"))


def test_halves_are_rounded_up():
    assert spread([Decimal("0.005"), Decimal("0.005")]).mean == Decimal("0.01")


def test_under_five_is_no_cohort():
    assert not spread([Decimal(1)] * 4).is_cohort
    assert spread([Decimal(1)] * 5).is_cohort
