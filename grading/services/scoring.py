"""Scores from marks: what one student has in one column, worked out anew after each change."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from coursesite.handin import policy as late
from coursesite.handin.models import Assignment, Submission, owned_by
from coursesite.roster.models import Enrollment, Membership, Team

from ..models import Item, Mark, Score, Source
from ..policy import State

Owner = Enrollment | Team


SCORED = """EXISTS (
    SELECT FROM grading_item JOIN grading_score ON grading_score.item_id = grading_item.id
    WHERE grading_item.assignment_id = asked.assignment AND grading_score.enrollment_id = asked.owner
)"""


@dataclass(frozen=True)
class Outcome:
    """What the rows say: a state, points before and after lateness, and what lateness takes."""

    state: State
    raw_points: Decimal | None = None
    points: Decimal | None = None
    penalty: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)


def due_members(assignment: Assignment, owner: Owner, now: datetime) -> list[Enrollment]:
    """Who gets the owner's score: the student, or who was in the team when the milestone was due."""
    if isinstance(owner, Enrollment):
        return [owner]
    memberships = Membership.objects.at(min(now, assignment.due_at)).filter(team=owner).order_by("enrollment")
    return [membership.enrollment for membership in memberships.select_related("enrollment")]


def is_plain(submission: Submission, along: dict[str, bool]) -> bool:
    """A student's new work, on time, where no score stood before: it is ungraded without a row. What is read along
    tells, since nearly all work is so in a deadline's last minute."""
    late = submission.lateness.days or submission.rule.floor_percent
    return not late and not along.get("scored", True)


@transaction.atomic
def refresh_owner(*, assignment: Assignment, owner: Owner) -> None:
    """After a hand-in or a mark."""
    for enrollment in due_members(assignment, owner, timezone.now()):
        refresh(assignment=assignment, enrollment=enrollment)


@transaction.atomic
def refresh(*, assignment: Assignment, enrollment: Enrollment) -> None:
    """The student's score as submission and marks say; what was entered or imported stands over them."""
    item = Item.objects.filter(assignment=assignment).first()
    if item is None:
        return
    # Locked: the deadline job, a mark and a hand-in may meet at this student.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    score = Score.objects.filter(item=item, enrollment=enrollment).first()
    if score and score.source != Source.MARKS and score.state != State.UNGRADED:
        return
    now = timezone.now()
    submission = submission_of(assignment, enrollment, now)
    if submission is None:
        owner = owner_at(assignment, enrollment, now)
        write(item, enrollment, score, without_work(assignment, owner, score, now))
    else:
        write(item, enrollment, score, outcome(item, assignment, submission))


def submission_of(assignment: Assignment, enrollment: Enrollment, now: datetime) -> Submission | None:
    owner = owner_at(assignment, enrollment, now)
    if owner is None:
        return None
    return Submission.objects.current().filter(assignment=assignment, **owned_by(owner)).first()


def owner_at(assignment: Assignment, enrollment: Enrollment, now: datetime) -> Owner | None:
    """The student, or the team in which they were when the milestone was due; None without one."""
    if not assignment.by_team:
        return enrollment
    there = Membership.objects.at(min(now, assignment.due_at)).filter(enrollment=enrollment)
    membership = there.select_related("team").first()
    return membership.team if membership else None


def without_work(assignment: Assignment, owner: Owner | None, score: Score | None, now: datetime) -> Outcome:
    """Only the deadline job makes a score missing; a deadline that moved away takes it back."""
    rule = assignment.rule_for(owner) if owner else assignment.late_rule
    over = now > rule.closes_at
    return Outcome(State.MISSING if over and score and score.state == State.MISSING else State.UNGRADED)


def outcome(item: Item, assignment: Assignment, submission: Submission) -> Outcome:
    marks = [mark.points for mark in Mark.objects.given().filter(submission=submission)]
    rule, needed = assignment.rule_for(submission.owner), assignment.problems.count()
    return judged(item, rule, submission.completed_at, marks, needed)


def judged(item: Item, rule: late.LateRule, at: datetime, marks: list[Decimal], needed: int) -> Outcome:
    """Graded when every problem is; lateness is told in both cases, since it limits what can be reached."""
    possible = item.points_possible
    penalty = late.penalty_points(rule, late.lateness(rule, at).days, possible)
    floor = late.floor_points(rule, possible)
    if len(marks) < needed:
        return Outcome(State.UNGRADED, penalty=penalty, floor=floor)
    reached = raw(sum(marks, Decimal(0)))
    return Outcome(State.GRADED, reached, late.net(reached, penalty, floor), penalty, floor)


def raw(total: Decimal) -> Decimal:
    """A problem may come out below zero where its rubric has no floor; a submission never does."""
    return max(total, Decimal(0))


def write(item: Item, enrollment: Enrollment, score: Score | None, found: Outcome) -> None:
    """Only what differs: a row that is written anew makes history and a recomputation."""
    if score is None and found == Outcome(State.UNGRADED):
        return
    score = score or Score(item=item, enrollment=enrollment)
    values: dict[str, Any] = {
        name: quantized(getattr(found, name)) for name in ("raw_points", "points", "penalty", "floor")
    }
    values |= {"state": found.state.value, "source": Source.MARKS}
    if score.pk and all(getattr(score, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(score, name, value)
    score.full_clean(exclude=["item", "enrollment"], validate_unique=False)
    score.save()


def quantized(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.0001"))


@transaction.atomic
def refresh_assignment(*, assignment: Assignment) -> None:
    """After a deadline, a penalty or a problem's points moved: every score that stands on it."""
    for enrollment in Enrollment.objects.filter(scores__item__assignment=assignment).order_by("pk"):
        refresh(assignment=assignment, enrollment=enrollment)


@transaction.atomic
def refresh_points(*, assignment: Assignment) -> None:
    """After a problem's points moved: the column is worth their sum, and lateness is counted from it."""
    item = Item.objects.filter(assignment=assignment).select_for_update(no_key=True).first()
    possible = assignment.problems.aggregate(sum=Sum("points"))["sum"]
    if item and possible:
        item.points_possible = possible
        item.save(update_fields=["points_possible"])
        refresh_assignment(assignment=assignment)
