"""Marks: the points and the comment for each problem, given by one grader and never overwritten unseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.handin import services as handin
from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import User

from .. import permissions
from ..models import Mark
from . import claiming, computing, scoring

CONFLICT = "{who} has saved {problem} meanwhile: {points} points. Yours was not saved; look at both and save again."


@dataclass(frozen=True)
class Given:
    """What a grader gives to one problem. `points` None leaves it open; `version` is the one that was on the page,
    0 for none."""

    problem: int
    points: Decimal | None
    comment: str = ""
    version: int = 0


@transaction.atomic
def mark(*, submission: Submission, grader: User, given: Sequence[Given]) -> None:
    """Saves what changed; ValidationError by the problem's number. Nothing is saved unless everything can be."""
    permissions.check_marks(grader, submission.assignment.course)
    handin.lock(submission.owner)
    if not Submission.objects.current().filter(pk=submission.pk).exists():
        raise ValidationError(
            "A newer version was handed in meanwhile. These marks stay with this one; open the new one."
        )
    problems = {problem.number: problem for problem in submission.assignment.problems.all()}
    there = {row.problem_id: row for row in Mark.objects.filter(submission=submission).select_related("grader")}
    mistakes = dict[str, list[str]]()
    for one in given:
        try:
            put(submission, grader, problems, there, one)
        except ValidationError as problem:
            mistakes[str(one.problem)] = problem.messages
    if mistakes:
        raise ValidationError(mistakes)
    done = [problems[one.problem] for one in given]
    claiming.marked(work=submission, problems=done, grader=grader, now=timezone.now())
    scoring.refresh_owner(assignment=submission.assignment, owner=submission.owner)
    computing.soon()


def put(submission: Submission, grader: User, problems: dict[int, Problem], there: dict[int, Mark], one: Given) -> None:
    problem = problems.get(one.problem)
    if problem is None:
        raise ValidationError(f"There is no problem {one.problem}.")
    old = there.get(problem.pk)
    if same(old, one):
        return
    if (old.version if old else 0) != one.version:
        raise conflict(old, problem)
    if one.points is None:
        clear(old, one)
        return
    if not 0 <= one.points <= problem.points:
        raise ValidationError(f"{problem}: between 0 and {problem.points.normalize():f} points.")
    row = old or Mark(submission=submission, problem=problem)
    row.points, row.comment, row.grader, row.version = one.points, one.comment, grader, one.version + 1
    row.full_clean()
    row.save()


def same(old: Mark | None, one: Given) -> bool:
    if old is None:
        return one.points is None and not one.comment
    return (old.points, old.comment) == (one.points, one.comment)


def conflict(old: Mark | None, problem: Problem) -> ValidationError:
    if old is None:
        return ValidationError("The mark was taken back meanwhile. Look again, and save again.", code="conflict")
    said = CONFLICT.format(who=old.grader, problem=problem, points=f"{old.points.normalize():f}")
    return ValidationError(said, code="conflict")


def clear(old: Mark | None, one: Given) -> None:
    if one.comment:
        raise ValidationError("A comment needs points beside it; give 0 if that is meant.")
    if old:
        old.delete()
