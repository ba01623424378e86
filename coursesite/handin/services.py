"""Handing in: one way for homework sets and project milestones, whatever door it came through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import Format, StoredFile
from coursesite.files.uploads import Incoming
from coursesite.roster import letters
from coursesite.roster.models import Course, User

from . import queries, receipts, scans, tagging
from .models import Assignment, Part, Submission, SubmittedFile, Withdrawal
from .owners import NOT_YOURS, Owner, current_version, is_own, is_staff, of_owner
from .owners import lock as lock  # grading locks the same way
from .signals import submitted, withdrawn

TOO_LATE = "The deadline of {title} has passed, so nothing was handed in. Ask the course staff for an extension."


@dataclass(frozen=True)
class Delivery:
    """What one request brought: files by the part's key (several in order for photos), the form's idempotency key, and
    the server's two instants."""

    files: Mapping[str, Sequence[Incoming]]
    key: UUID
    began_at: datetime
    completed_at: datetime


def always(submission: Submission) -> bool:
    return True


@transaction.atomic
def submit(
    *,
    assignment: Assignment,
    owner: Owner,
    author: User,
    delivery: Delivery,
    same: Callable[[Submission], bool] = always,
) -> tuple[Submission, bool]:
    """The version that this delivery makes, and whether it is new.

    A form that arrives twice, and bytes that the current version already has (with `same` agreeing on what the
    caller adds to it), give the version that is there. Parts that were not sent are carried over. Staff hand in on
    behalf of somebody at any time; lateness counts all the same.
    """
    lock(owner)
    own = is_own(owner, author)
    if not own and not is_staff(owner, author):
        raise ValidationError(NOT_YOURS)
    known = Submission.objects.filter(assignment=assignment, submitted_by=author, idempotency_key=delivery.key).first()
    if known:
        return known, False
    if own:
        check_open(assignment, owner, delivery.completed_at)
    kinds = checked(assignment, delivery.files)
    current = current_version(assignment, owner)
    if current and same(current) and unchanged(current, delivery.files):
        return current, False
    if current is None and not kinds:
        raise ValidationError("Choose at least one file.")
    made = new_version(assignment, owner, author, delivery, current)
    attach(made, delivery.files, kinds, current)
    receipts.issue(made)
    submitted.send(Submission, submission=made)
    return made, True


@transaction.atomic
def remind(*, assignment: Assignment, by: User) -> int:
    """Whoever has not handed in and still can; returns how many were written to."""
    if not Course.objects.staffed_by(by).filter(pk=assignment.course_id).exists():
        raise PermissionDenied
    now = timezone.now()
    left = [line for line in queries.roll(assignment) if line.submission is None and now <= line.closes_at]
    for line in left:
        when = f"{line.closes_at.astimezone(assignment.course.zone):%a %d %b, %H:%M} ({assignment.course.zone})"
        address = f"{settings.SITE_URL}/c/{assignment.course.slug}/"
        said = f"{assignment} is not handed in yet. Work is taken until {when}.\n\n{address}"
        letters.post(line.people, f"{assignment} is not handed in yet", said)
    return len(left)


def check_open(assignment: Assignment, owner: Owner, moment: datetime) -> None:
    if moment < assignment.opens_at:
        raise ValidationError(f"{assignment.title} is not open yet.")
    if moment > assignment.rule_for(owner).closes_at:
        raise ValidationError(TOO_LATE.format(title=assignment.title))


Kinds = dict[Part, list[Format]]
OWN = ("assignment", "enrollment", "team", "submitted_by")  # rows at hand


def checked(assignment: Assignment, incoming: Mapping[str, Sequence[Incoming]]) -> Kinds:
    """The parts that came, with the formats of their content; every mistake at once, nothing kept yet."""
    parts = {part.key: part for part in assignment.parts.all()}
    kinds, mistakes = Kinds(), dict[str, list[str]]()
    for key, sent in incoming.items():
        if key not in parts:
            raise ValidationError(f"{assignment.title} has no part “{key}”.")
        try:
            kinds[parts[key]] = formats_of(parts[key], sent)
        except ValidationError as problem:
            mistakes[key] = problem.messages
    if mistakes:
        raise ValidationError(mistakes)
    return kinds


def formats_of(part: Part, sent: Sequence[Incoming]) -> list[Format]:
    """A part is one file, or several photos that are its pages."""
    if len(sent) > settings.UPLOAD_MAX_FILES:
        raise ValidationError(f"{part}: {settings.UPLOAD_MAX_FILES} files at most; {len(sent)} came.")
    found = [files.check(incoming=one, formats=part.formats) for one in sent]
    if len(found) > 1 and set(found) != {Format.IMAGE}:
        several = "one file, or several photos" if part.takes_several else "one file"
        raise ValidationError(f"{part} is {several}; {len(found)} files came.")
    return found


def unchanged(current: Submission, incoming: Mapping[str, Sequence[Incoming]]) -> bool:
    there: dict[str, list[tuple[str, int]]] = {}
    for used in current.files.select_related("part", "file"):
        there.setdefault(used.part.key, []).append((used.file.sha256, used.file.turned))
    return all(there.get(key) == [(one.sha256, one.turned) for one in sent] for key, sent in incoming.items())


def new_version(
    assignment: Assignment, owner: Owner, author: User, delivery: Delivery, current: Submission | None
) -> Submission:
    mine = of_owner(assignment, owner)
    last = Submission.objects.filter(**mine).order_by("-number").values_list("number", flat=True).first()
    if current:
        Submission.objects.filter(pk=current.pk).update(is_current=False)
    made = Submission(
        **mine,
        submitted_by=author,
        number=(last or 0) + 1,
        began_at=min(delivery.began_at, delivery.completed_at),
        completed_at=delivery.completed_at,
        idempotency_key=delivery.key,
    )
    made.clean_fields(exclude=["id", *OWN])  # the lock and the database hold what spans rows
    made.save(force_insert=True)
    return made


def attach(
    made: Submission, incoming: Mapping[str, Sequence[Incoming]], kinds: Kinds, current: Submission | None
) -> None:
    """The parts that came, and those that the version before had."""
    kept: dict[Part, list[StoredFile]] = {}
    for used in current.files.select_related("part", "file") if current else []:
        kept.setdefault(used.part, []).append(used.file)
    for part, formats in kinds.items():
        sent = zip(incoming[part.key], formats, strict=True)
        kept[part] = [files.keep(incoming=one, kind=kind) for one, kind in sent]
    SubmittedFile.objects.bulk_create(
        SubmittedFile(submission=made, part=part, file=file, position=position)
        for part, stored in kept.items()
        for position, file in enumerate(stored)
    )
    scans.expect(made)
    if current:
        tagging.carry_over(before=current, made=made)


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
    submitted.send(Submission, submission=submission)


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
