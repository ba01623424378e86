"""The course grade against figures worked out by hand; test_oracle tries every subset."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import policy
from grading.policy import Category, Cell, Item, Scheme, State

D = Decimal
SETS = tuple(Item(n, f"Homework {n}", D(100), n, is_homework=True) for n in range(1, 7))
HOMEWORK = Category("Homework", D(60), SETS, keep_best=4)
PROPOSAL, TALK, REPORT = (
    Category(title, D(weight), (Item(key, title, D(100), key),))
    for key, title, weight in [(7, "Proposal", 5), (8, "Mid-term presentation", 10), (9, "Final report", 25)]
)
CUTOFFS = (("A", D(93)), ("A-", D(90)), ("B+", D(87)), ("B", D(83)), ("F", D(0)))
COURSE = Scheme((HOMEWORK, PROPOSAL, TALK, REPORT), CUTOFFS)


def graded(points):
    return Cell(State.GRADED, D(points))


def cells(*values, **rest):
    """Scores of the homework sets in order, then of the items named like i7=50."""
    found = dict(enumerate(values, 1)) | {int(k[1:]): v for k, v in rest.items()}
    return {k: v if isinstance(v, Cell) else graded(v) for k, v in found.items() if v is not None}


def only(category):
    return Scheme((replace(category, weight=D(100), title="All"),), CUTOFFS)


@pytest.mark.parametrize(("points", "expected", "letter"), [(0, "0.00", "F"), (100, "100.00", "A")])
def test_g01_all_zero_and_all_full_are_exact(points, expected, letter):
    result = policy.figures(COURSE, {key: graded(points) for key in range(1, 10)})
    assert (result.final, result.so_far, result.reachable) == (D(expected),) * 3
    assert result.letter == letter


def test_g02_of_a_tie_at_the_fourth_set_the_earlier_counts():
    result = policy.figures(COURSE, cells(90, 80, 70, 60, 60, 60))
    assert result.counted == (1, 2, 3, 4)
    assert result.final == D("45.00")


def test_g03_four_states_behave_in_four_ways():
    def of(cell):
        return policy.figures(COURSE, cells(80, 80, 80, cell, Cell(State.EXCUSED), Cell(State.EXCUSED)))

    ungraded, missing = of(Cell(State.UNGRADED)), of(Cell(State.MISSING))
    zero, excused = of(graded(0)), of(Cell(State.EXCUSED))
    assert [f.final for f in (ungraded, missing, zero, excused)] == [D(36), D(36), D(36), D(48)]
    assert [f.so_far for f in (ungraded, missing, zero, excused)] == [D(80), D(60), D(60), D(80)]
    assert [f.reachable for f in (ungraded, missing, zero, excused)] == [D(91), D(76), D(76), D(88)]


def test_g04_fewer_than_four_left_count_equally():
    excused = Cell(State.EXCUSED)
    result = policy.figures(COURSE, cells(90, 70, excused, excused, excused, excused))
    assert result.counted == (1, 2)
    assert result.final == D("48.00")


def test_g04_nothing_graded_is_zero_and_blank_so_far():
    result = policy.figures(COURSE, {})
    assert (result.final, result.so_far, result.reachable) == (D(0), None, D(100))
    assert result.counted == (1, 2, 3, 4)


def test_g04_a_category_with_everything_excused_is_left_out():
    all_excused = {key: Cell(State.EXCUSED) for key in range(1, 7)}
    result = policy.figures(COURSE, all_excused | cells(i7=100, i8=50, i9=80))
    assert result.final == D("75.00")  # (5 * 100 + 10 * 50 + 25 * 80) / 40


def test_everything_excused_has_no_figure():
    result = policy.figures(COURSE, {key: Cell(State.EXCUSED) for key in range(1, 10)})
    assert (result.final, result.so_far, result.letter) == (None, None, "")


def test_so_far_scales_whole_categories():
    assert policy.figures(COURSE, cells(100, i7=50)).so_far == D("96.15")


ODD = tuple(Item(n, f"Set {n}", D(p), n) for n, p in enumerate((50, 100, 24), 1))


@pytest.mark.parametrize(("weighted", "final", "kept"), [(False, "82.50", (1, 2)), (True, "83.78", (1, 3))])
def test_g05_sets_worth_different_points(weighted, final, kept):
    scheme = only(Category("All", D(100), ODD, drop_lowest=1, points_weighted=weighted))
    result = policy.figures(scheme, cells(50, 65, 12))
    assert (result.final, result.counted) == (D(final), kept)


def test_so_far_drops_what_is_open_first():
    """Dropping two of three graded sets while three more are to come would mislead upwards."""
    scheme = only(Category("All", D(100), SETS, drop_lowest=2))
    result = policy.figures(scheme, cells(90, 60, 30))
    assert (result.so_far, result.final, result.reachable) == (D("60.00"), D("45.00"), D("97.50"))
    assert policy.figures(scheme, cells(90, 60, 30, 0, 50)).so_far == D("57.50")  # one is open, so one is dropped


def test_g07_extra_credit_exceeds_full_unless_capped():
    assert policy.figures(COURSE, {key: graded(110) for key in range(1, 10)}).final == D("110.00")
    capped = only(Category("All", D(100), SETS, keep_best=4, cap_percent=D(100)))
    assert policy.figures(capped, cells(*[110] * 6)).final == D("100.00")


def test_g07_negative_points_are_refused():
    with pytest.raises(ValueError, match="below zero"):
        policy.figures(COURSE, cells(-1))


def test_g08_reachable_knows_the_late_penalty_of_open_work():
    late = Cell(State.UNGRADED, ceiling=D(80))
    assert policy.figures(COURSE, cells(*[late] * 6)).reachable == D("88.00")


@pytest.mark.parametrize(("points", "final", "letter"), [("89.995", "90.00", "A-"), ("89.125", "89.13", "B+")])
def test_g09_rounds_half_up_once_and_the_letter_follows(points, final, letter):
    one = Category("All", D(100), (Item(1, "Exam", D(100), 1),))
    result = policy.figures(Scheme((one,), CUTOFFS), cells(points))
    assert (result.final, result.letter) == (D(final), letter)


marks = st.lists(st.integers(0, 120), min_size=9, max_size=9)


@given(marks, st.integers(0, 8), st.integers(1, 30), st.booleans())
def test_g19_a_raised_score_never_lowers_the_grade(points, which, more, weighted):
    homework = Category("Homework", D(60), SETS, keep_best=4, points_weighted=weighted)
    scheme = Scheme((homework, PROPOSAL, TALK, REPORT), CUTOFFS)
    before = {n: graded(p) for n, p in enumerate(points, 1)}
    after = before | {which + 1: graded(points[which] + more)}
    assert policy.figures(scheme, after).final >= policy.figures(scheme, before).final


@given(marks, st.randoms())
def test_g20_order_of_input_does_not_matter(points, dice):
    pairs = [(n, graded(p)) for n, p in enumerate(points, 1)]
    mixed, sets = dice.sample(pairs, len(pairs)), tuple(dice.sample(SETS, len(SETS)))
    other = Scheme((Category("Homework", D(60), sets, keep_best=4), PROPOSAL, TALK, REPORT), CUTOFFS)
    assert policy.figures(other, dict(mixed)) == policy.figures(COURSE, dict(pairs))


@pytest.mark.parametrize(
    ("category", "sentence"),
    [
        (Category("All", D(99), SETS), "The weights sum to 99, not 100."),
        (Category("All", D(100), SETS, keep_best=0), "All: keep at least one."),
        (Category("All", D(100), SETS, keep_best=1, drop_lowest=1), "not both"),
        (Category("All", D(100), (Item(1, "Set", D(0), 1),)), "Set: the points possible must be above zero."),
    ],
)
def test_impossible_schemes_are_refused_with_a_sentence(category, sentence):
    with pytest.raises(policy.SchemeError, match=sentence):
        policy.check(Scheme((category,), CUTOFFS))
