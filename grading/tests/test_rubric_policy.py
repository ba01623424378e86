"""The rubric's arithmetic, against fractions and against what must always hold."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import rubric_policy
from grading.rubric_policy import Rule, Scoring, points

WORTHS = st.lists(st.decimals(-20, 20, places=2), min_size=1, max_size=12)
FULL = st.decimals("0.01", 100, places=2)
SCORINGS = st.sampled_from(Scoring)
D = Decimal


@pytest.mark.parametrize(
    ("rule", "items", "adjustment", "expected"),
    [
        (Rule(D(10)), ["2", "3.5"], "0", "4.5"),
        (Rule(D(10)), ["0"], "0", "10"),
        (Rule(D(10)), ["7", "7"], "0", "0"),
        (Rule(D(10)), ["7", "7"], "1.5", "1.5"),
        (Rule(D(10)), ["7", "7"], "-1", "0"),
        (Rule(D(10)), ["-2"], "0", "10"),
        (Rule(D(10)), ["0"], "2", "12"),
        (Rule(D(10), capped=False), ["-2"], "0", "12"),
        (Rule(D(10), floored=False), ["7", "7"], "-1", "-5"),
        (Rule(D(10), Scoring.POSITIVE), ["2", "3.5"], "0", "5.5"),
        (Rule(D(10), Scoring.POSITIVE), ["8", "8"], "-1", "9"),
        (Rule(D(10), Scoring.POSITIVE), ["-8"], "0", "0"),
    ],
)
def test_examples(rule, items, adjustment, expected):
    assert points(rule, [D(item) for item in items], D(adjustment)) == D(expected)


def test_nothing_applied_is_no_grade_even_with_an_adjustment():
    assert points(Rule(D(10)), [], D(5)) is None


@given(FULL, SCORINGS, WORTHS, st.decimals(-20, 20, places=2), st.booleans(), st.booleans())
def test_exact_as_fractions_say(full, scoring, worths, adjustment, floored, capped):
    total = sum(map(Fraction, worths))
    result = Fraction(full) - total if scoring == Scoring.NEGATIVE else total
    result = min(result, Fraction(full)) if capped else result
    result = max(result, Fraction(0)) if floored else result
    result += Fraction(adjustment)
    result = max(result, Fraction(0)) if floored else result
    assert Fraction(points(Rule(full, scoring, floored, capped), worths, adjustment)) == result


@given(FULL, SCORINGS, WORTHS)
def test_within_zero_and_full_unless_adjusted(full, scoring, worths):
    assert 0 <= points(Rule(full, scoring), worths) <= full


@given(FULL, WORTHS)
def test_deducting_and_adding_mirror_each_other(full, worths):
    deducted = points(Rule(full, Scoring.NEGATIVE), worths)
    added = points(Rule(full, Scoring.POSITIVE), worths)
    assert deducted + added == full


@given(FULL, SCORINGS, WORTHS, st.randoms(use_true_random=False))
def test_the_order_of_items_never_matters(full, scoring, worths, dice):
    shuffled = list(worths)
    dice.shuffle(shuffled)
    assert points(Rule(full, scoring), shuffled) == points(Rule(full, scoring), worths)


def test_a_group_of_which_one_is_chosen_says_so():
    assert list(rubric_policy.clashes([("Proof", True), ("Proof", True), ("Style", False), ("Style", False)])) == [
        "Proof: only one of these applies."
    ]
