"""Who answers a regrade request and until when it can be asked: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest

from grading import second_looks as rules

RELEASED = datetime(2026, 10, 1, 12, tzinfo=UTC)


def test_the_window_begins_with_the_release_and_lasts_so_many_days():
    assert rules.closes_at(RELEASED, 7) == RELEASED + timedelta(days=7)


@pytest.mark.parametrize(("released", "days"), [(None, 7), (RELEASED, 0)])
def test_there_is_no_window_before_a_release_or_where_the_course_has_none(released, days):
    assert rules.closes_at(released, days) is None


@pytest.mark.parametrize(
    ("waiting", "first", "expected"),
    [
        ({1: 0, 2: 5}, 1, 2),
        ({1: 0, 2: 5, 3: 4}, 1, 3),
        ({1: 0, 2: 4, 3: 4}, 1, 2),
        ({1: 3}, 1, 1),
        ({}, 1, None),
    ],
)
def test_somebody_else_than_the_first_grader_with_the_fewest_open_answers(waiting, first, expected):
    assert rules.answerer(waiting, first) == expected


def test_the_first_grader_decides_only_where_nobody_else_can():
    assert not rules.may_decide(1, 1, [1, 2])
    assert rules.may_decide(1, 1, [1])
    assert rules.may_decide(2, 1, [1, 2])
    assert not rules.may_decide(3, 1, [1, 2])
