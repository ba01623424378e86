"""Handing in: one way for homework sets and project milestones, whatever door it came through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from coursesite.files import services as files
from coursesite.roster import letters
from coursesite.roster.models import Course, User

from . import queries, receipts, standing, writing
from .models import Assignment, Submission, Withdrawal
from .owners import NOT_YOURS, Owner, is_own, is_staff, of_owner
from .owners import lock as lock  # grading locks the same way
from .policy import LateRule
from .signals import submitted, withdrawn
from .writing import Delivery as Delivery

NOT_YET = "{} is not handed in yet"
NOTHING_NEW = "No file was chosen, and nothing was changed: version {number} stays as it is. Choose a file to hand in."
ENOUGH = (
    "{title} was handed in {count} times, the most that is taken, so nothing was handed in now. What was handed in "
    "before stays. Write to the course staff: they can hand in for you."
)
AGAIN = timedelta(minutes=10)
TOO_LATE = "The deadline of {title} has passed, so nothing was handed in. Ask the course staff for an extension."
WHILE_IT_CAME = (
    " It passed while your files were on their way: they began to arrive at {began} and had arrived in full at "
    "{completed}; work was taken until {closed}. Tell them these times."
)


def always(submission: Submission) -> bool:
    return True


def nothing(submission: Submission) -> Iterator[list[Model]]:
    yield []


@transaction.atomic
def submit(
    *,
    assignment: Assignment,
    owner: Owner,
    author: User,
    delivery: Delivery,
    same: Callable[[Submission], bool] = always,
    add: Callable[[Submission], Iterator[list[Model]]] = nothing,
) -> tuple[Submission, bool]:
    """The version that this delivery makes, and whether it is new.

    A form that arrives twice, and bytes that the current version already has (with `same` agreeing on what the
    caller adds to it by `add`), give the version that is there. Parts that were not sent are carried over. Staff hand
    in on behalf of somebody at any time; lateness counts all the same. The first rows that `add` yields are written
    together with the version, others after them.
    """
    found = standing.locked(assignment, owner, author, delivery.key)
    if not found.own and not is_staff(owner, author):
        raise ValidationError(NOT_YOURS)
    if found.sent_before:
        sent = Submission.objects.select_related("enrollment", "team").get(pk=found.sent_before)
        if sent.owner == owner and same_files(sent, delivery) and same(sent):
            return sent, False
        # A browser that goes back shows the same form again: what else it brings now is a version of its own.
        delivery = replace(delivery, key=uuid4())
    if found.own:
        check_open(assignment, found.rule, delivery)
    kinds = writing.checked(assignment, delivery.files)
    if found.current and writing.unchanged(found.files, delivery.files):
        current = Submission.objects.get(pk=found.current)
        if same(current):
            if not delivery.files:  # a receipt would look as if something had come
                raise ValidationError(NOTHING_NEW.format(number=current.number))
            return current, False
    check_new(assignment, found, kinds)
    made = writing.version(assignment, owner, author, delivery, found)
    with files.kept(incoming for sent in delivery.files.values() for incoming in sent):
        writing.write(made, writing.placed(delivery.files, kinds), found, add(made))
        submitted.send(Submission, submission=made, new=True, along=found.along)
    return made, True


def check_new(assignment: Assignment, found: standing.Standing, kinds: writing.Kinds) -> None:
    if not found.files and not kinds:
        raise ValidationError("Choose at least one file.")
    # Staff hand in all the same, so that nobody who has tried too often is left without a way.
    if found.own and found.last_number >= settings.UPLOAD_MAX_VERSIONS:
        raise ValidationError(ENOUGH.format(title=assignment.title, count=found.last_number))


def same_files(sent: Submission, delivery: Delivery) -> bool:
    return writing.unchanged(standing.files_of(sent.pk, sent.assignment), delivery.files)


@transaction.atomic
def remind(*, assignment: Assignment, by: User) -> int:
    """Whoever has not handed in, or only in part, and still can, and was not told the same a moment ago; returns how
    many were written to."""
    if not Course.objects.staffed_by(by).filter(pk=assignment.course_id).exists():
        raise PermissionDenied
    now, count = timezone.now(), 0
    # Locked: a double click, or two of the staff, remind once.
    Assignment.objects.select_for_update().get(pk=assignment.pk)
    told = letters.told(str(assignment), since=now - AGAIN)
    for line in (line for line in queries.roll(assignment) if line.is_remindable(now)):
        when = f"{line.closes_at.astimezone(assignment.course.zone):%a %d %b, %H:%M} ({assignment.course.zone})"
        address = f"{settings.SITE_URL}/c/{assignment.course.slug}/"
        parts = ", ".join(part.title for part in line.lacking)
        state = f"{assignment} is handed in only in part: {parts} missing" if parts else NOT_YET.format(assignment)
        said = f"{state}. Work is taken until {when}.\n\n{address}"
        if not any((user.email, state) in told for user in line.people):
            letters.post(line.people, state, said)
            count += 1
    return count


def check_open(assignment: Assignment, rule: LateRule, delivery: Delivery) -> None:
    if delivery.completed_at < assignment.opens_at:
        raise ValidationError(f"{assignment.title} is not open yet.")
    if delivery.completed_at <= rule.closes_at:
        return
    said = TOO_LATE.format(title=assignment.title)
    if delivery.began_at <= rule.closes_at:
        began, completed, closed = (
            f"{moment.astimezone(assignment.course.zone):%H:%M:%S}"
            for moment in (delivery.began_at, delivery.completed_at, rule.closes_at)
        )
        said += WHILE_IT_CAME.format(began=began, completed=completed, closed=closed)
    raise ValidationError(said)


@transaction.atomic
def choose(*, submission: Submission, author: User) -> None:
    """Another version counts, until one's own last moment; so a late version takes no timely one away."""
    owner, assignment = submission.owner, submission.assignment
    lock(owner)
    if not is_own(owner, author):
        raise ValidationError(NOT_YOURS)
    if timezone.now() > assignment.rule_for(owner).closes_at:
        raise ValidationError(f"The time for {assignment} is over, so the version that counts stays as it is.")
    Submission.objects.current().filter(**of_owner(assignment, owner)).update(is_current=False)
    Submission.objects.filter(pk=submission.pk).update(is_current=True)
    submission.refresh_from_db()
    submitted.send(Submission, submission=submission, new=False, along={})


@transaction.atomic
def withdraw(*, submission: Submission, author: User) -> None:
    """Nothing counts as handed in any more, until one's own last moment; every version stays, and can count again."""
    owner, assignment, now = submission.owner, submission.assignment, timezone.now()
    lock(owner)
    if not is_own(owner, author):
        raise ValidationError(NOT_YOURS)
    if now > assignment.rule_for(owner).closes_at:
        raise ValidationError(f"The time for {assignment} is over, so what was handed in stays handed in.")
    if not Submission.objects.current().filter(pk=submission.pk).update(is_current=False):
        raise ValidationError("This version does not count, so there is nothing to withdraw.")
    Withdrawal.objects.create(submission=submission, by=author, at=now)
    submission.refresh_from_db()
    withdrawn.send(Submission, submission=submission)
    said = (
        f"{author} withdrew version {submission.number} of {assignment}. Nothing is handed in now. Hand in again, or "
    )
    letters.post(
        receipts.recipients(submission),
        f"{assignment}: withdrawn",
        f"{said}let a version count again, before the deadline.",
    )
