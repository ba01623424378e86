"""Regrade requests: asked for by students, answered by somebody else than the first grader, and kept.

Mail about them names neither points nor people: it can't be taken back when a release is.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from coursesite.handin import services as handin
from coursesite.handin.models import Assignment, Problem, Submission, owned_by
from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Role, Status, User

from .. import permissions, second_looks
from ..models import (
    Arrangement,
    Duty,
    Item,
    Mark,
    Regrade,
    RegradeMessage,
    RegradeQuerySet,
    RegradeState,
    Score,
    Source,
    Split,
)
from ..policy import State
from . import marking, scoring

LONGEST = 4000
FINAL = "The instructor has decided on this problem; that is final."


def of(assignment: Assignment, student: Enrollment, now: datetime) -> RegradeQuerySet:
    """The student's, or those of the team in which they were when the milestone was due."""
    owner = scoring.owner_at(assignment, student, now)
    if owner is None:
        return Regrade.objects.none()
    own = {f"submission__{name}": value for name, value in owned_by(owner).items()}
    return Regrade.objects.filter(submission__assignment=assignment, **own)


def latest(item: Item, student: Enrollment, now: datetime) -> dict[int, Regrade]:
    """By problem, for the page of feedback."""
    if item.assignment is None:
        return {}
    return {row.problem_id: row for row in of(item.assignment, student, now).order_by("asked_at", "pk")}


def obstacle(item: Item, problem: Problem, student: Enrollment, now: datetime) -> str:
    """Why this student can't ask for this problem now; empty when they can."""
    until = second_looks.closes_at(item.released_at, item.category.course.regrade_days)
    if item.assignment is None or until is None:
        return "No regrade can be asked for here."
    if now > until:
        return "The time in which a regrade can be asked for is over."
    if not Score.objects.filter(item=item, enrollment=student, state=State.GRADED.value).exists():
        return "This is not graded at present."
    before = of(item.assignment, student, now).filter(problem=problem)
    if before.open().exists():
        return "A request for this problem is open already."
    decided = before.filter(escalated_at__isnull=False).exclude(state=RegradeState.WITHDRAWN)
    return FINAL if decided.exists() else ""


@transaction.atomic
def ask(*, item: Item, problem: Problem, student: Enrollment, reason: str, now: datetime) -> Regrade:
    """Goes to somebody else than who gave the mark, where there is anybody."""
    if student.role != Role.STUDENT or student.status != Status.ACTIVE or item.released_at is None:
        raise PermissionDenied
    assert item.assignment
    work = scoring.submission_of(item.assignment, student, now)
    if work is None or problem.assignment_id != item.assignment_id:
        raise PermissionDenied
    handin.lock(work.owner)  # two members of a team may ask at once
    if said := obstacle(item, problem, student, now):
        raise ValidationError(said)
    mark = Mark.objects.filter(submission=work, problem=problem).first()
    if mark is None:
        raise ValidationError("This problem has no mark yet.")
    asked = Regrade(submission=work, problem=problem, enrollment=student, first_grader=mark.grader, asked_at=now)
    asked.old_points, asked.assigned_to = mark.points, chosen(able(work, problem, escalated=False), mark.grader)
    asked.full_clean()
    asked.save()
    say(asked, student.user, Role.STUDENT, reason, now)
    tell_staff(asked, "waits for you")
    return asked


def able(work: Submission, problem: Problem, *, escalated: bool, given_to: int | None = None) -> list[int]:
    """Who could answer: the course's staff to whom this problem of this work is not closed, and whoever it is given to
    already; once it is passed on, its instructors. One query, however many they are."""
    staff = Enrollment.objects.filter(course=work.assignment.course_id).staff().active().order_by("user")
    leads = Q(role=Role.INSTRUCTOR) | Q(user__is_superuser=True)
    if escalated:
        return list(staff.filter(role=Role.INSTRUCTOR).values_list("user", flat=True))
    plan = Arrangement.objects.filter(item__assignment=work.assignment_id, only=True).exclude(split=Split.NONE)
    duty = Duty.objects.covering(OuterRef(OuterRef("user")), problem)
    theirs = Submission.objects.filter(Exists(duty), pk=work.pk)
    found = staff.filter(leads | Q(user=given_to) | ~Q(Exists(plan)) | Q(Exists(theirs)))
    return list(found.values_list("user", flat=True))


def could_answer(asked: Regrade) -> list[int]:
    escalated = asked.escalated_at is not None
    return able(asked.submission, asked.problem, escalated=escalated, given_to=asked.assigned_to_id)


def chosen(people: Collection[int], first: User) -> User | None:
    open_ones = Count("pk", filter=Q(state=RegradeState.OPEN))
    rows = Regrade.objects.filter(assigned_to__in=people).order_by().values("assigned_to").annotate(count=open_ones)
    counts = dict.fromkeys(people, 0) | {row["assigned_to"]: row["count"] for row in rows}
    found = second_looks.answerer(counts, first.pk)
    return User.objects.get(pk=found) if found else None


def say(
    asked: Regrade, author: User, role: str, text: str, now: datetime, points: Decimal | None = None
) -> RegradeMessage:
    text = text.strip()
    if not text:
        raise ValidationError({"text": "Write a sentence: the other side reads it."})
    if len(text) > LONGEST:
        raise ValidationError({"text": f"{LONGEST} characters are the most; these are {len(text)}."})
    message = RegradeMessage(regrade=asked, author=author, role=role, text=text, written_at=now)
    message.points = points  # type: ignore[assignment]
    message.full_clean()
    message.save()
    return message


def locked(asked: Regrade) -> Regrade:
    """Only while it is open. Locked: an answer and a withdrawal may meet."""
    found = Regrade.objects.select_for_update(of=("self",)).select_related("submission__assignment__course")
    row = found.get(pk=asked.pk)
    if not row.is_open:
        raise ValidationError(f"This request is closed: {row.said.lower()}.")
    return row


@transaction.atomic
def write(*, asked: Regrade, author: User, text: str, now: datetime, student: Enrollment | None = None) -> None:
    """A word more, from either side, while it is open. `student` is whoever writes as one."""
    asked = locked(asked)
    course = asked.submission.assignment.course
    if student is None:
        permissions.check_marks(author, course)
    say(asked, author, Role.STUDENT if student else staff_role(author, course), text, now)
    if student:
        tell_staff(asked, "has a new message")
    else:
        tell_students(asked, "A question or a word on your regrade request", now)


def staff_role(person: User, course: Course) -> str:
    return Role.INSTRUCTOR if permissions.may_lead(person, course) else Role.TA


@transaction.atomic
def withdraw(*, asked: Regrade, student: Enrollment, now: datetime) -> None:
    asked = locked(asked)
    if asked.enrollment_id != student.pk:
        raise ValidationError("Whoever asked can withdraw it.")
    asked.state, asked.answered_at = RegradeState.WITHDRAWN, now
    asked.save()


@transaction.atomic
def escalate(*, asked: Regrade, by: User, text: str, now: datetime, student: Enrollment | None = None) -> None:
    """Staff pass an open request on; a student does so once with one that is answered, within the same days."""
    found = Regrade.objects.select_for_update(of=("self",)).select_related("submission__assignment__course")
    asked = found.get(pk=asked.pk)
    course = asked.submission.assignment.course
    if student is None:
        permissions.check_marks(by, course)
    if not (may_appeal(asked, now) if student else asked.is_open and asked.escalated_at is None):
        raise ValidationError("This request can't be passed to the instructor now.")
    asked.state, asked.escalated_at = RegradeState.OPEN, now
    asked.assigned_to = chosen(able(asked.submission, asked.problem, escalated=True), asked.first_grader)
    asked.full_clean()
    asked.save()
    say(asked, by, Role.STUDENT if student else staff_role(by, course), text, now)
    tell_staff(asked, "is passed to the instructor")


def may_appeal(asked: Regrade, now: datetime) -> bool:
    """Answered, never passed on, and not longer ago than the course gives for asking."""
    answered = asked.state in (RegradeState.CHANGED, RegradeState.KEPT) and asked.escalated_at is None
    until = second_looks.closes_at(asked.answered_at, asked.submission.assignment.course.regrade_days)
    return answered and until is not None and now <= until


@transaction.atomic
def hand(*, asked: Regrade, by: User, to: User) -> None:
    """To a colleague, who must be able to answer it."""
    asked = locked(asked)
    permissions.check_marks(by, asked.submission.assignment.course)
    if to.pk not in could_answer(asked):
        raise ValidationError("Choose somebody who can answer this request.")
    asked.assigned_to = to
    asked.save()
    tell_staff(asked, "waits for you")


def set_by_hand(asked: Regrade) -> bool:
    """Whether some score stands over the marks, so that points given here do not reach the grade."""
    scores = Score.objects.filter(item__assignment=asked.submission.assignment_id, enrollment=asked.enrollment_id)
    return scores.exclude(source=Source.MARKS).exists()


def may_answer(asked: Regrade, by: User) -> bool:
    people = could_answer(asked)
    return by.is_superuser or second_looks.may_decide(by.pk, asked.first_grader_id, people)


@transaction.atomic
def answer(*, asked: Regrade, by: User, given: marking.Given, text: str, now: datetime) -> Regrade:
    """Decides, with the points from now on (the same, or others), a comment for the mark, and a word to the student."""
    asked = locked(asked)
    permissions.check_marks(by, asked.submission.assignment.course)
    if not may_answer(asked, by):
        raise ValidationError("Somebody else than the first grader answers; pass it to the instructor or a colleague.")
    if given.points is None:
        raise ValidationError({"points": "Say how many points it is worth, even if they stay."})
    re_mark(asked, by, given)
    asked.new_points, asked.answered_at, asked.answered_by = given.points, now, by
    asked.state = RegradeState.KEPT if given.points == asked.old_points else RegradeState.CHANGED
    asked.full_clean()
    asked.save()
    say(asked, by, staff_role(by, asked.submission.assignment.course), text, now, given.points)
    tell_students(asked, "Your regrade request is answered", now)
    return asked


def re_mark(asked: Regrade, by: User, given: marking.Given) -> None:
    """A work of which a newer version came meanwhile keeps its marks; then only words can answer."""
    there = Mark.objects.filter(submission=asked.submission, problem=asked.problem).first()
    if there and (there.points, there.comment) == (given.points, given.comment):
        return
    try:
        kept = marking.keeping_items(asked.submission, asked.problem, given)
        marking.mark(submission=asked.submission, grader=by, given=[kept])
    except ValidationError as problem:
        raise ValidationError({"points": problem.messages}) from problem


def tell_staff(asked: Regrade, what: str) -> None:
    """The person it is given to."""
    people = [asked.assigned_to] if asked.assigned_to else []
    subject = f"Regrade request: {asked.submission.assignment}, {asked.problem}"
    letters.post_each(people, subject, f"A request {what}:\n{desk(asked)}")


def desk(asked: Regrade) -> str:
    return f"{settings.SITE_URL}/admin/grading/regrade/{asked.pk}/change/"


def tell_students(asked: Regrade, what: str, now: datetime) -> None:
    """For a milestone, everybody who was in the team when it was due."""
    assignment = asked.submission.assignment
    people = scoring.due_members(assignment, asked.submission.owner, now)
    item = Item.objects.get(assignment=assignment)
    place = f"/c/{assignment.course.slug}/grades/{item.pk}/regrade/{asked.problem.number}/"
    body = f"{what}. It is about {asked.problem} of {assignment}; read it at\n{settings.SITE_URL}{place}"
    letters.post_each([row.user for row in people], f"{what}: {assignment}", body)
