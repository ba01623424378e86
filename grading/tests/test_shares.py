"""Dividing by weights: no gap, no overlap, and as large as asked for."""

import pytest

from grading import shares


def test_two_equal_shares_meet_in_the_middle():
    assert shares.bounds([1, 1]) == [("00000000", "80000000"), ("80000000", "g")]


def test_one_to_three_divides_at_a_quarter():
    assert shares.bounds([1, 3]) == [("00000000", "40000000"), ("40000000", "g")]


@pytest.mark.parametrize("weights", [[1], [7, 11, 13], [1] * 40, [1000, 1]])
def test_every_number_falls_to_exactly_one(weights):
    found = shares.bounds(weights)
    for number in ("00000000", "00000001", "3fffffff", "80000000", "deadbeef", "ffffffff"):
        assert sum(low <= number < high for low, high in found) == 1
