"""From what one request brought to the rows of a version; `services.submit` decides whether there is one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model

from coursesite.files import services as files
from coursesite.files.models import Format, StoredFile
from coursesite.files.uploads import Incoming
from coursesite.roster import letters
from coursesite.roster.models import User
from coursesite.sql.prepared import Command
from coursesite.sql.writing import insert

from . import receipts, scans, tagging
from .models import Assignment, Part, Submission, SubmittedFile
from .owners import Owner, of_owner
from .standing import Standing


@dataclass(frozen=True)
class Delivery:
    """What one request brought: files by the part's key (several in order for photos), the form's idempotency key, and
    the server's two instants."""

    files: Mapping[str, Sequence[Incoming]]
    key: UUID
    began_at: datetime
    completed_at: datetime


Kinds = dict[Part, list[Format]]


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
        advice = "Put several pages into one PDF, and choose that."
        raise ValidationError(f"{settings.UPLOAD_MAX_FILES} files are taken at most; {len(sent)} came. {advice}")
    found = [files.check(incoming=one, formats=part.formats) for one in sent]
    if len(found) > 1 and set(found) != {Format.IMAGE}:
        several = "one file, or several photos" if part.takes_several else "one file"
        raise ValidationError(f"{part} is {several}; {len(found)} files came.")
    return found


def unchanged(before: Sequence[SubmittedFile], incoming: Mapping[str, Sequence[Incoming]]) -> bool:
    there: dict[str, list[tuple[str, int]]] = {}
    for used in before:
        there.setdefault(used.part.key, []).append((used.file.sha256, used.file.turned))
    return all(there.get(key) == [(one.sha256, one.turned) for one in sent] for key, sent in incoming.items())


def version(assignment: Assignment, owner: Owner, author: User, delivery: Delivery, found: Standing) -> Submission:
    """All of it is ours: nothing that the sender wrote stands in the row."""
    made = Submission(
        **of_owner(assignment, owner),
        submitted_by=author,
        number=found.last_number + 1,
        began_at=min(delivery.began_at, delivery.completed_at),
        completed_at=delivery.completed_at,
        idempotency_key=delivery.key,
    )
    made.rule = found.rule
    return made


PAST = "UPDATE handin_submission SET is_current = false WHERE id = %s"
Placed = dict[Part, dict[StoredFile, Incoming]]  # in the order of their pages


def placed(incoming: Mapping[str, Sequence[Incoming]], kinds: Kinds) -> Placed:
    """The files on their way to their places; `write` waits for them."""
    return {
        part: {files.place(incoming=one, kind=kind): one for one, kind in zip(incoming[part.key], formats, strict=True)}
        for part, formats in kinds.items()
    }


def write(made: Submission, came: Placed, found: Standing, added: Iterator[list[Model]]) -> None:
    """The version, its files, receipt and letter, and what the caller adds, all by one statement."""
    used = used_by(made, came, found.files)
    receipt, letter = receipts.draft(made, used)
    new = {file: incoming for part in came.values() for file, incoming in part.items()}
    past = Command(PAST, [found.current]) if found.current else None
    photos = scans.expected(made, used)
    insert([made, *new, *used, *photos, receipt, *filter(None, [letter]), *next(added)], before=past)
    for rows in added:
        insert(rows)
    scans.soon(photos)
    tagging.carry_over(before=found.files, into=used)
    files.settle(new)
    if letter:
        letters.soon()


def used_by(made: Submission, came: Placed, before: Sequence[SubmittedFile]) -> list[SubmittedFile]:
    """The parts that came, and those that the version before had, in their order."""
    stored: dict[Part, list[StoredFile]] = {}
    for row in before:
        stored.setdefault(row.part, []).append(row.file)
    stored |= {part: list(found) for part, found in came.items()}
    return [
        SubmittedFile(submission=made, part=part, file=file, position=position)
        for part, found in sorted(stored.items(), key=lambda item: (item[0].position, item[0].pk))
        for position, file in enumerate(found)
    ]
