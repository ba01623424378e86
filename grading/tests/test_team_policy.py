"""The peer factor and the average of several sheets, exact."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import team_policy as policy

MEMBERS = (1, 2, 3, 4)
rows = st.fixed_dictionaries({}, optional={member: st.integers(1, 5) for member in MEMBERS})
ratings = st.fixed_dictionaries({}, optional={member: rows for member in MEMBERS})


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [
        ("0.5", "0.5"),
        ("0.9499999", "0.9499999"),
        ("0.95", "1"),
        ("0.99", "1"),
        ("1", "1"),
        ("1.0001", "1.0001"),
        ("1.05", "1.05"),
        ("1.0500001", "1.05"),
        ("3", "1.05"),
        ("0", "0"),
    ],
)
def test_the_factor_is_held_as_the_rule_says(ratio, factor):
    assert policy.held(Fraction(ratio)) == Fraction(factor)


@given(st.fractions(0, 5))
def test_no_ratio_gives_more_than_105_percent_nor_less_than_itself_below_one(ratio):
    factor = policy.held(ratio)
    assert factor <= Fraction(105, 100)
    assert factor >= min(ratio, 1)
    assert not Fraction(95, 100) <= factor < 1


@given(st.fractions(0, 5), st.fractions(0, 5))
def test_a_better_ratio_never_gives_less(one, two):
    assert policy.held(min(one, two)) <= policy.held(max(one, two))


@given(ratings)
def test_members_alone_get_a_factor_and_only_from_others(found):
    factors = policy.factors(found, MEMBERS)
    rated = {m for m in MEMBERS if any(rater != m and m in row for rater, row in found.items())}
    assert set(factors) == (rated if len(rated) > 1 else set())
    without_own = {rater: {m: r for m, r in row.items() if m != rater} for rater, row in found.items()}
    assert policy.factors(without_own, MEMBERS) == factors


@given(ratings)
def test_a_factor_is_one_s_mean_over_the_mean_of_means_and_nobody_gains_by_order(found):
    means = policy.mean_ratings(found, MEMBERS)
    factors = policy.factors(found, MEMBERS)
    for member, factor in factors.items():
        assert factor == policy.held(means[member] / (sum(means.values()) / len(means)))
    turned = {rater: dict(reversed(row.items())) for rater, row in reversed(found.items())}
    assert policy.factors(turned, MEMBERS[::-1]) == factors


@given(st.integers(1, 5))
def test_equal_ratings_change_nothing(rating):
    found = {rater: {m: rating for m in MEMBERS if m != rater} for rater in MEMBERS}
    assert set(policy.factors(found, MEMBERS).values()) == {1}


def test_an_example_that_can_be_done_by_hand():
    """Ada gets 5 and 5, Alan 4 and 3, Grace 5 and 4: means 5, 3.5, 4.5; their mean 13/3."""
    found = {1: {2: 4, 3: 5}, 2: {1: 5, 3: 4}, 3: {1: 5, 2: 3}}
    assert policy.factors(found, (1, 2, 3)) == {1: Fraction(105, 100), 2: Fraction(21, 26), 3: Fraction(27, 26)}
    assert policy.applied(Decimal(80), Fraction(21, 26)) == Decimal("64.62")
    assert policy.shown(Fraction(21, 26)) == "0.808"


@given(st.decimals(0, 1000, places=4), st.fractions(0, 2))
def test_applied_points_are_the_exact_product_rounded_half_up_once(points, factor):
    exact = Fraction(points) * factor
    found = Fraction(policy.applied(points, factor))
    assert exact - Fraction(1, 200) < found <= exact + Fraction(1, 200)


def test_sheets_that_left_something_open_are_not_averaged():
    full, half = {1: Decimal(4), 2: Decimal(5)}, {1: Decimal(0), 2: None}
    assert policy.averaged([half], (1, 2)) is None
    assert policy.averaged([full, half, {1: Decimal(5), 2: Decimal(6)}], (1, 2)) == {
        1: Decimal("4.5"),
        2: Decimal("5.5"),
    }
    assert policy.averaged([{1: Decimal(1)}, {1: Decimal(1)}, {1: Decimal(2)}], (1,)) == {1: Decimal("1.3333")}
