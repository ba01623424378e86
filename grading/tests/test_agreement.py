"""Drift of graders against figures worked out by hand."""

import pytest

from grading.agreement import Pair, drift, drifts, quantile


def test_mean_and_interval_of_four_differences():
    """4, 6, 8, 10: mean 7, sum of squares 20, s = sqrt(20/3) = 2.581989, t(3) = 3.182, half = 3.182 * 1.290994."""
    found = drift(1, [4, 6, 8, 10])
    assert found.mean == 7
    assert found.low == pytest.approx(7 - 4.107944, abs=1e-6)
    assert found.high == pytest.approx(7 + 4.107944, abs=1e-6)
    assert found.clear


def test_two_differences_of_opposite_sign_are_no_drift():
    """-5, 5: mean 0, s = 7.071068, half = 12.706 * 5."""
    found = drift(1, [-5, 5])
    assert (found.mean, round(found.low, 9), round(found.high, 9)) == (0, -63.53, 63.53)
    assert not found.clear


def test_one_pair_has_a_mean_and_no_interval():
    found = drift(1, [3])
    assert (found.pairs, found.mean, found.low, found.high, found.clear) == (1, 3, None, None, False)


def test_equal_differences_have_an_interval_of_no_width():
    found = drift(1, [2, 2, 2])
    assert (found.mean, found.low, found.high, found.clear) == (2, 2, 2, True)


def test_a_pair_tells_about_both_graders_with_opposite_signs():
    """Ann gives 80 and 60 where Ben gives 70 and 60, and Ben 50 where Cid gives 90."""
    ann, ben, cid = 1, 2, 3
    found = {d.grader: d for d in drifts([Pair(ann, ben, 80, 70), Pair(ben, ann, 60, 60), Pair(ben, cid, 50, 90)])}
    assert (found[ann].pairs, found[ann].mean) == (2, 5)
    assert (found[ben].pairs, found[ben].mean) == (3, -50 / 3)
    assert (found[cid].pairs, found[cid].mean) == (1, 40)


def test_nothing_read_twice_is_nothing_to_tell():
    assert drifts([]) == []


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 12.706), (10, 2.228), (30, 2.042), (35, 2.042), (40, 2.021), (119, 2.0), (500, 1.98)]
)
def test_quantiles_are_those_of_the_tables_and_never_too_small(freedom, value):
    assert quantile(freedom) == value
