"""Deadlines to the millisecond, and what lateness costs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coursesite.handin import policy

CHICAGO = ZoneInfo("America/Chicago")
DUE = datetime(2022, 10, 13, 23, 59, tzinfo=CHICAGO)
MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("offset", "late"), [(-MS, False), (timedelta(0), False), (MS, True)])
def test_u27_the_deadline_is_exact(offset, late):
    result = policy.lateness(policy.LateRule(DUE), DUE + offset)
    assert (result.late, result.accepted) == (late, not late)


@pytest.mark.parametrize(
    ("due", "same_instant"),
    [
        # 02:30 does not exist on the day the clocks go forward; it is read with the offset before.
        (datetime(2022, 3, 13, 2, 30, tzinfo=CHICAGO), datetime(2022, 3, 13, 8, 30, tzinfo=UTC)),
        # 01:30 happens twice on the day the clocks go back; fold tells which.
        (datetime(2022, 11, 6, 1, 30, tzinfo=CHICAGO), datetime(2022, 11, 6, 6, 30, tzinfo=UTC)),
        (datetime(2022, 11, 6, 1, 30, fold=1, tzinfo=CHICAGO), datetime(2022, 11, 6, 7, 30, tzinfo=UTC)),
    ],
)
def test_u27_clock_changes_are_compared_in_utc(due, same_instant):
    rule = policy.LateRule(due)
    assert not policy.lateness(rule, same_instant).late
    assert policy.lateness(rule, same_instant + MS).late


def test_grace_forgives_only_when_it_is_not_exceeded():
    rule = policy.LateRule(DUE, grace_minutes=10, late_days=2)
    assert policy.lateness(rule, DUE + timedelta(minutes=10)).days == 0
    assert policy.lateness(rule, DUE + timedelta(minutes=10) + MS).days == 1


@pytest.mark.parametrize(("after", "days"), [(MS, 1), (DAY, 1), (DAY + MS, 2), (2 * DAY, 2)])
def test_each_started_day_counts(after, days):
    assert policy.lateness(policy.LateRule(DUE, late_days=2), DUE + after).days == days


def test_nothing_is_taken_after_the_late_window():
    rule = policy.LateRule(DUE, late_days=1)
    assert policy.lateness(rule, policy.last_moment(rule)).accepted
    assert not policy.lateness(rule, policy.last_moment(rule) + MS).accepted
    assert not policy.lateness(rule, rule.late_after).late
    assert policy.lateness(rule, rule.late_after + MS).late


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        policy.LateRule(datetime(2022, 10, 13))


@pytest.mark.parametrize(
    ("raw", "penalty", "floor", "left"),
    [(80, 20, 0, 60), (10, 20, 0, 0), (80, 20, 70, 70), (60, 20, 70, 60)],
)
def test_g08_late_penalty_never_drops_below_the_floor_and_the_floor_never_lifts(raw, penalty, floor, left):
    assert policy.net(Decimal(raw), Decimal(penalty), Decimal(floor)) == left


def test_the_penalty_is_in_percent_of_the_points_possible():
    rule = policy.LateRule(DUE, late_days=3, penalty_percent=Decimal(10))
    assert policy.penalty_points(rule, 2, Decimal(50)) == 10
