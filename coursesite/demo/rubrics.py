"""Rubrics of the demo: what a grader of such a course would write, and what of it applies to invented work."""

import random
from collections.abc import Sequence
from decimal import Decimal

from coursesite.handin.models import Assignment, Problem
from coursesite.roster.models import User
from grading.models import RubricItem
from grading.services import rubrics
from grading.services.marking import Given

Line = tuple[str, str]
# For each problem in turn: items (text, points taken off), and a group of which one applies.
WRITTEN: Sequence[tuple[Sequence[Line], str, Sequence[Line]]] = (
    (
        [
            ("Sign error in the gradient $\\nabla f(w) = 2X^\\top(Xw - y)$", "2"),
            ("Dimensions do not agree: $X \\in \\mathbb{R}^{n \\times d}$", "3"),
            ("The result is right, but no step is shown", "6"),
        ],
        "Convexity",
        [("Shown, with a small gap", "1.5"), ("Claimed only", "4")],
    ),
    (
        [
            ("The constant in the bound is off by a factor of 2", "1"),
            ("Uses $\\|A\\|_F$ where the spectral norm is asked for", "2.5"),
            ("The case of equality is missing", "2"),
        ],
        "The induction",
        [("No base case", "2"), ("The step uses what is to be shown", "7")],
    ),
    (
        [
            ("The plot has no labels or no scale", "1"),
            ("The learning rate is not varied as asked", "4"),
            ("The loss is not averaged over the batch", "2"),
            ("A test set is used to choose parameters", "5"),
        ],
        "The notebook",
        [("Runs only after a fix", "2"), ("Does not run", "8")],
    ),
    (
        [
            ("The chain rule stops at the last layer", "5"),
            ("ReLU at 0 is not treated", "0.5"),
            ("No comparison with automatic differentiation", "3"),
        ],
        "Discussion",
        [("Says what, but not why", "2"), ("Missing", "5")],
    ),
)
PROPOSAL: Sequence[Line] = (
    ("The question is too wide for one term", "8"),
    ("Nobody could tell when it is answered", "6"),
    ("The data are not named", "5"),
    ("Related work is listed, not compared", "4"),
)


def write(assignment: Assignment, by: User) -> None:
    for problem, (lines, title, choices) in zip(assignment.problems.all(), WRITTEN, strict=False):
        rubrics.add_item(problem=problem, by=by, text="Correct", points=Decimal(0))
        add(problem, by, lines)
        group = rubrics.add_group(problem=problem, by=by, title=title, choose_one=True)
        for text, points in choices:
            rubrics.add_item(problem=problem, by=by, text=text, points=Decimal(points), group=group)


def write_proposal(assignment: Assignment, by: User) -> None:
    for problem in assignment.problems.all():
        rubrics.add_item(problem=problem, by=by, text="Clear and complete", points=Decimal(0))
        add(problem, by, PROPOSAL)


def add(problem: Problem, by: User, lines: Sequence[Line]) -> None:
    for text, points in lines:
        rubrics.add_item(problem=problem, by=by, text=text, points=Decimal(points))


def judged(problem: Problem, skill: float, dice: random.Random, comment: str) -> Given:
    """Weaker work gets more of the items; now and then a grader adjusts, or sets the points as they are."""
    rows = list(RubricItem.objects.live().filter(rubric__problem=problem).select_related("group"))
    if not rows or dice.random() < 0.05:
        half_points = (problem.points * Decimal(f"{skill:.1f}") * 2).to_integral_value()
        return Given(problem.number, half_points / 2, comment)
    wrong = [row for row in rows[1:] if row.group is None and dice.random() > skill]
    choices = [row for row in rows if row.group is not None]
    if choices and dice.random() > skill:
        wrong.append(dice.choice(choices))
    adjustment = Decimal("0.5") if wrong and dice.random() < 0.1 else Decimal(0)
    return Given(
        problem.number, None, comment, items=frozenset(row.pk for row in wrong or rows[:1]), adjustment=adjustment
    )
