"""How an owner stands with an assignment at the moment in which something is handed in, read under the owner's lock.

The lock is a statement of its own: one that waited for a lock still sees what stood before. For a student alone both go
to the database at once, as plain SQL, since that is what runs hundreds of times in a deadline's last minute; a test
holds it against the querysets, which teams use.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from coursesite.files.models import StoredFile
from coursesite.roster.asking import columns, first, made, rows_of
from coursesite.roster.models import Team, User

from . import policy
from .models import Assignment, Extension, Submission, SubmittedFile
from .owners import Owner, is_own, lock, lock_statement, of_owner

STUDENT = """
    SELECT student.user_id = asked.author AND student.role = 'student' AND student.status = 'active',
        (SELECT id FROM handin_submission
            WHERE assignment_id = asked.assignment AND submitted_by_id = asked.author AND idempotency_key = asked.key),
        current.id,
        (SELECT max(number) FROM handin_submission
            WHERE assignment_id = asked.assignment AND enrollment_id = student.id),
        accommodation.hours, extension.until, extension.with_penalty, extension.late_days
    FROM (SELECT %s::bigint AS owner, %s::bigint AS author, %s::bigint AS assignment, %s::uuid AS key) AS asked
    JOIN roster_enrollment AS student ON student.id = asked.owner
    LEFT JOIN handin_accommodation AS accommodation ON accommodation.enrollment_id = student.id
    LEFT JOIN handin_extension AS extension
        ON extension.enrollment_id = student.id AND extension.assignment_id = asked.assignment
    LEFT JOIN handin_submission AS current
        ON current.enrollment_id = student.id AND current.assignment_id = asked.assignment AND current.is_current
"""


@dataclass(frozen=True)
class Standing:
    own: bool  # whether the author may hand in for this owner as for themselves
    sent_before: UUID | None  # the version that this very form has made already
    current: UUID | None
    last_number: int
    rule: policy.LateRule


def locked(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    read_for = of_team if isinstance(owner, Team) else of_student
    return read_for(assignment, owner, author, key)


def of_student(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    row: Any = first(STUDENT, [owner.pk, author.pk, assignment.pk, key], before=lock_statement(owner))
    own, sent_before, current, number, hours, until, with_penalty, late_days = row
    extension = None
    if until is not None:
        extension = Extension(until=until, with_penalty=with_penalty, late_days=late_days)
    return Standing(own, sent_before, current, number or 0, assignment.rule_with(extension, hours or 0))


def of_team(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    lock(owner)
    sent = Submission.objects.filter(assignment=assignment, submitted_by=author, idempotency_key=key)
    mine = Submission.objects.filter(**of_owner(assignment, owner)).order_by("-number")
    return Standing(
        own=is_own(owner, author),
        sent_before=sent.values_list("pk", flat=True).first(),
        current=mine.current().values_list("pk", flat=True).first(),
        last_number=mine.values_list("number", flat=True).first() or 0,
        rule=assignment.rule_for(owner),
    )


def files_of(version: UUID, assignment: Assignment) -> list[SubmittedFile]:
    """What a version holds, with files and parts."""
    parts = {part.pk: part for part in assignment.parts.all()}
    found = []
    for row in rows_of(used(), [version]):
        values = iter(row)
        one: SubmittedFile = made(SubmittedFile, values)
        one.file, one.part = made(StoredFile, values), parts[one.part_id]
        found.append(one)
    return sorted(found, key=lambda one: (one.part.position, one.position, one.pk))


@lru_cache(maxsize=1)
def used() -> str:
    return f"""
        SELECT {columns(SubmittedFile)}, {columns(StoredFile)}
        FROM handin_submittedfile JOIN files_storedfile ON files_storedfile.id = handin_submittedfile.file_id
        WHERE handin_submittedfile.submission_id = %s
    """  # noqa: S608
