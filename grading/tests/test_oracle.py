"""The course grade against an oracle that tries every subset with fractions, over whole random schemes: what a score
becomes by lateness, all four figures, the letter and the sets that count. The oracle knows nothing of how the policy
chooses, scales or rounds; it is written from docs/grading.md alone."""

import itertools
import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from coursesite.handin import policy as late
from grading import policy, queries
from grading.policy import Category, Item, Scheme

SCHEMES, STUDENTS = 2_500, 10  # four runs: 100,000 students
RELEASED = datetime(2022, 9, 30, tzinfo=UTC)
STATES = ["graded"] * 5 + ["ungraded"] * 3 + ["missing", "excused"]
CUTOFFS = (("A", Decimal(93)), ("A-", Decimal(90)), ("B", Decimal("82.5")), ("C", Decimal(60)), ("F", Decimal(0)))


def random_scheme(dice, weighted):
    keys = itertools.count(1)
    count = dice.randint(1, 3)
    cuts = sorted(dice.sample(range(1, 100), count - 1))
    weights = [b - a for a, b in itertools.pairwise([0, *cuts, 100])]
    return Scheme(tuple(random_category(dice, keys, weight, weighted) for weight in weights), CUTOFFS)


def random_category(dice, keys, weight, weighted):
    size = dice.choice([1, 2, 3, 4, 5, 6])
    items = tuple(
        Item(key, f"Set {key}", Decimal(dice.choice(["10", "24", "50", "62.5", "100"])), key, is_homework=True)
        for key in itertools.islice(keys, size)
    )
    rule = dice.choice(["keep", "drop", "all"])
    keep = dice.randint(1, size + 1) if rule == "keep" else None
    drop = dice.randint(1, size) if rule == "drop" else None
    cap = dice.choice([None, None, Decimal(100), Decimal("102.5"), Decimal(80)])
    return Category(f"Category {weight}", Decimal(weight), items, keep, drop, weighted and dice.random() < 0.7, cap)


def random_score(dice, item):
    """As a row holds it: state, raw points (above the possible ones too), days late, percent a day, floor, release."""
    raw = Decimal(dice.randint(0, int(item.possible * 12))) / 10 if dice.random() < 0.9 else item.possible
    days, percent, floor = dice.choice([(0, 0, 0), (0, 10, 0), (1, 10, 0), (2, 10, 50), (3, 25, 40), (1, 100, 0)])
    return dice.choice(STATES), raw, days, percent, floor, dice.random() < 0.7


def cells(item, score):
    """What staff and student read, by the application's own code."""
    state, raw, days, percent, floor, released = score
    rule = late.LateRule(RELEASED, penalty_percent=Decimal(percent), floor_percent=Decimal(floor))
    penalty, least = late.penalty_points(rule, days, item.possible), late.floor_points(rule, item.possible)
    points = late.net(raw, penalty, least) if state == "graded" else None
    return queries.pair(state, points, penalty, least, item.possible, RELEASED if released else None)


def after_lateness(points, possible, days, percent, floor):
    left = points - possible * percent * days / 100
    return min(points, max(possible * Fraction(floor) / 100, left)) if days else points


def worth(item, score, *, student):
    """What it brings to final, so far and reachable, in points; None where it isn't counted at all."""
    state, raw, days, percent, floor, released = score
    possible = Fraction(item.possible)
    if state == "excused":
        return None, None, None
    if state == "missing":
        return Fraction(0), Fraction(0), Fraction(0)
    if state == "graded" and (released or not student):
        points = after_lateness(Fraction(raw), possible, days, percent, floor)
        return points, points, points
    return Fraction(0), None, after_lateness(possible, possible, days, percent, floor)


def best_of(category, points, among):
    """The result of the best subset, and the first subset that brings it; `among` are all that are not excused."""
    there = [n for n, value in enumerate(points) if value is not None]
    if not there:
        return None, ()
    keep = category.keep_best or max(1, among - (category.drop_lowest or 0))
    found, first = None, ()
    for subset in itertools.combinations(there, min(keep, len(there))):
        value = result(category, points, subset)
        if found is None or value > found:
            found, first = value, subset
    return found, first


def result(category, points, subset):
    possible = [Fraction(item.possible) for item in category.items]
    if category.points_weighted:
        return sum(points[n] for n in subset) / sum(possible[n] for n in subset)
    return sum(points[n] / possible[n] for n in subset) / len(subset)


def capped(category, value):
    return value if category.cap_percent is None else min(value, Fraction(category.cap_percent) / 100)


def figure(scheme, rows, among):
    """One figure over all categories, exact, and the subsets behind it."""
    total, weights, subsets = Fraction(0), 0, []
    for category, points, count in zip(scheme.categories, rows, among, strict=True):
        value, subset = best_of(category, points, count)
        subsets.append(subset)
        if value is not None:
            total += int(category.weight) * capped(category, value)
            weights += int(category.weight)
    return (100 * total / weights if weights else None), subsets


def rounded(value):
    return None if value is None else Decimal(math.floor(value * 100 + Fraction(1, 2))) / 100


def expected(scheme, scores, *, student):
    columns = [[worth(item, scores[item.key], student=student) for item in c.items] for c in scheme.categories]
    among = [sum(one[0] is not None for one in column) for column in columns]
    found = [figure(scheme, [[one[at] for one in column] for column in columns], among) for at in range(3)]
    final, so_far, reachable = (rounded(value) for value, _ in found)
    name = "" if final is None else next(name for name, minimum in CUTOFFS if final >= minimum)
    return (final, so_far, final, reachable, name), columns, found[0][1]


def figures_of(scheme, own):
    found = policy.figures(scheme, own)
    return (found.final, found.so_far, found.guaranteed, found.reachable, found.letter), found.counted


def check_counted(scheme, columns, subsets, counted):
    """The listed sets bring the best result; where sets count equally, of equal subsets it is the first."""
    for category, column, subset in zip(scheme.categories, columns, subsets, strict=True):
        listed = tuple(n for n, item in enumerate(category.items) if item.key in counted)
        if category.points_weighted and subset:
            points = [one[0] for one in column]
            assert len(listed) == len(subset)
            assert result(category, points, listed) == result(category, points, subset)
        else:
            assert listed == subset
    assert list(counted) == sorted(counted)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("student", [False, True])
def test_g06_all_figures_equal_every_subset_enumerated(weighted, student):
    dice = random.Random(f"{weighted} {student}")
    for _ in range(SCHEMES):
        scheme = random_scheme(dice, weighted)
        for _ in range(STUDENTS):
            scores = {item.key: random_score(dice, item) for item in scheme.ordered}
            own = {item.key: cells(item, scores[item.key])[student] for item in scheme.ordered}
            wanted, columns, subsets = expected(scheme, scores, student=student)
            found, counted = figures_of(scheme, own)
            assert found == wanted, (scheme, scores)
            check_counted(scheme, columns, subsets, counted)


def raised(dice, scheme, own):
    """The same cells with one graded score higher; None where there is none."""
    known = [key for key, cell in own.items() if cell.state == policy.State.GRADED]
    if not known:
        return None
    key = dice.choice(known)
    more = Decimal(dice.randint(1, 400)) / 10
    return own | {key: policy.Cell(policy.State.GRADED, own[key].points + more)}


@pytest.mark.parametrize("weighted", [False, True])
def test_g19_under_any_scheme_a_raised_score_lowers_no_figure_and_g20_the_order_changes_none(weighted):
    dice = random.Random(19)
    for _ in range(1_500):
        scheme = random_scheme(dice, weighted)
        shuffled = Scheme(
            tuple(replace(c, items=tuple(dice.sample(c.items, len(c.items)))) for c in scheme.categories), CUTOFFS
        )
        own = {item.key: cells(item, random_score(dice, item))[0] for item in scheme.ordered}
        before = policy.figures(scheme, own)
        assert policy.figures(shuffled, dict(dice.sample(list(own.items()), len(own)))) == before
        if higher := raised(dice, scheme, own):
            after = policy.figures(scheme, higher)
            assert after.final >= before.final
            assert after.so_far >= before.so_far
            assert after.reachable >= before.reachable
