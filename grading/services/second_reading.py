"""A second grader's mark, given without sight of the first: kept apart, and never counted."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import User

from .. import permissions
from ..models import Mark, SecondMark
from . import claiming, marking


@transaction.atomic
def give(*, submission: Submission, grader: User, given: Sequence[marking.Given]) -> None:
    """As a mark is given, with the same rubric and the same refusals; ValidationError by the problem's number."""
    permissions.check_marks(grader, submission.assignment.course)
    problems = list(submission.assignment.problems.all())
    sheets = {sheet.problem.number: sheet for sheet in marking.sheets(submission, problems, with_marks=False)}
    mistakes = dict[str, list[str]]()
    for one in given:
        try:
            put(submission, grader, sheets[one.problem], one)
        except ValidationError as problem:
            mistakes[str(one.problem)] = problem.messages
    if mistakes:
        raise ValidationError(mistakes)
    claiming.let_go(work=submission, problems=[sheets[one.problem].problem for one in given], grader=grader)


def put(submission: Submission, grader: User, sheet: marking.Sheet, one: marking.Given) -> None:
    points = marking.points_of(sheet, one)
    if points is None:
        raise ValidationError("Say what it is worth, or skip it.")
    if Mark.objects.filter(submission=submission, problem=sheet.problem, grader=grader).exists():
        raise ValidationError("You gave the first mark; somebody else reads it again.")
    row = SecondMark(submission=submission, problem=sheet.problem, grader=grader, marked_at=timezone.now())
    row.points, row.comment = points, one.comment
    row.full_clean()
    row.save()
