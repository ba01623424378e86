"""Marks that stay with a version while another one counts: whoever gave them is told that there is something new."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import type_user

from .models import Item, Mark, elsewhere


@dataclass
class Earlier:
    """The latest version that was marked and does not count."""

    work: Submission
    points: Decimal
    problems: int
    graders: list[str]


def marked_before(
    item: Item, problems: Collection[Problem], grader: type_user, *, work: Submission | None = None
) -> dict[int, Earlier]:
    """By student or team, for those whose version that counts is another one; of these problems, and of versions that
    are not with others alone. One query."""
    marks = Mark.objects.given().filter(submission__assignment=item.assignment_id, submission__is_current=False)
    others = Submission.objects.filter(elsewhere(grader), assignment=item.assignment_id, is_current=False)
    marks = marks.filter(problem__in=problems).exclude(submission__in=others.values("pk"))
    if work:
        marks = marks.filter(submission__enrollment=work.enrollment_id, submission__team=work.team_id)
    found: dict[int, Earlier] = {}
    related = marks.select_related("submission", "grader").order_by("-submission__number", "problem__number")
    for mark in related:
        key = owner_key(mark.submission)
        there = found.setdefault(key, Earlier(mark.submission, Decimal(0), 0, []))
        if there.work == mark.submission:
            there.points, there.problems = there.points + (mark.points or 0), there.problems + 1
            there.graders += [] if str(mark.grader) in there.graders else [str(mark.grader)]
    return found


def owner_key(work: Submission) -> int:
    return work.team_id or work.enrollment_id or 0


def earlier_of(item: Item, work: Submission, problems: Collection[Problem], grader: type_user) -> Earlier | None:
    return marked_before(item, problems, grader, work=work).get(owner_key(work)) if work.is_current else None
