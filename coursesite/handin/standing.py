"""How an owner stands with an assignment at the moment in which something is handed in, read under the owner's lock.

The lock is a statement of its own: one that waited for a lock still sees what stood before. For a student alone both go
to the database at once, as plain SQL, since that is what runs hundreds of times in a deadline's last minute; a test
holds it against the querysets, which teams use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from coursesite.files.models import StoredFile
from coursesite.roster.models import Team, User
from coursesite.sql.reading import columns, join, know, made, nested, rows_of

from . import policy
from .models import Assignment, Extension, Submission, SubmittedFile, Tag
from .owners import Owner, is_own, lock, lock_command, of_owner

USED = """
    LEFT JOIN handin_submittedfile ON handin_submittedfile.submission_id = current.id
    LEFT JOIN files_storedfile ON files_storedfile.id = handin_submittedfile.file_id
"""

# What storeys above have read in the same round: SQL for a value about `asked.owner` (a student) in `asked.assignment`.
along: dict[str, str] = {}


@dataclass(frozen=True)
class Standing:
    own: bool  # whether the author may hand in for this owner as for themselves
    sent_before: UUID | None  # the version that this very form has made already
    current: UUID | None
    last_number: int
    rule: policy.LateRule
    files: list[SubmittedFile] = field(default_factory=list)  # of the current version, with parts, files and tags
    along: dict[str, Any] = field(default_factory=dict)  # nothing for a team


def locked(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    read_for = of_team if isinstance(owner, Team) else of_student
    return read_for(assignment, owner, author, key)


def of_student(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    asked = [owner.pk, author.pk, assignment.pk, key]
    rows: Any = rows_of(of_student_statement(), asked, before=lock_command(owner))
    own, sent_before, current, number, hours, until, with_penalty, late_days, *rest = rows[0]
    extension = None
    if until is not None:
        extension = Extension(until=until, with_penalty=with_penalty, late_days=late_days)
    rule = assignment.rule_with(extension, hours or 0)
    files = used_of(assignment, [row[8 + len(along) :] for row in rows])
    return Standing(own, sent_before, current, number or 0, rule, files, dict(zip(along, rest, strict=False)))


@lru_cache(maxsize=1)
def of_student_statement() -> str:
    return f"""
        SELECT student.user_id = asked.author AND student.role = 'student' AND student.status = 'active',
            (SELECT id FROM handin_submission
                WHERE assignment_id = asked.assignment AND submitted_by_id = asked.author
                    AND idempotency_key = asked.key),
            current.id,
            (SELECT max(number) FROM handin_submission
                WHERE assignment_id = asked.assignment AND enrollment_id = student.id),
            accommodation.hours, extension.until, extension.with_penalty, extension.late_days,
            {"".join(f"{value}, " for value in along.values())}{used()}
        FROM (SELECT %s::bigint AS owner, %s::bigint AS author, %s::bigint AS assignment, %s::uuid AS key) AS asked
        JOIN roster_enrollment AS student ON student.id = asked.owner
        LEFT JOIN handin_accommodation AS accommodation ON accommodation.enrollment_id = student.id
        LEFT JOIN handin_extension AS extension
            ON extension.enrollment_id = student.id AND extension.assignment_id = asked.assignment
        LEFT JOIN handin_submission AS current
            ON current.enrollment_id = student.id AND current.assignment_id = asked.assignment AND current.is_current
        {USED}
    """  # noqa: S608


def of_team(assignment: Assignment, owner: Owner, author: User, key: UUID) -> Standing:
    lock(owner)
    sent = Submission.objects.filter(assignment=assignment, submitted_by=author, idempotency_key=key)
    mine = Submission.objects.filter(**of_owner(assignment, owner)).order_by("-number")
    current = mine.current().values_list("pk", flat=True).first()
    return Standing(
        own=is_own(owner, author),
        sent_before=sent.values_list("pk", flat=True).first(),
        current=current,
        last_number=mine.values_list("number", flat=True).first() or 0,
        rule=assignment.rule_for(owner),
        files=files_of(current, assignment) if current else [],
    )


def files_of(version: UUID, assignment: Assignment) -> list[SubmittedFile]:
    """What a version holds, with files, parts and tags."""
    statement = f"SELECT {used()} FROM (SELECT %s::uuid AS id) AS current {USED}"  # noqa: S608
    return used_of(assignment, rows_of(statement, [version]))


@lru_cache(maxsize=1)
def used() -> str:
    tags = nested(Tag, "WHERE used_id = handin_submittedfile.id ORDER BY page, problem_id")
    return f"{columns(SubmittedFile)}, {columns(StoredFile)}, {tags}"


def used_of(assignment: Assignment, rows: list[tuple[Any, ...]]) -> list[SubmittedFile]:
    found = [used_one(iter(row)) for row in rows if row[0] is not None]  # else there is no version, or it is empty
    parts = {part.pk: part for part in assignment.parts.all()} if found else {}
    for one in found:
        join(one, part=parts[one.part_id])
    return sorted(found, key=lambda one: (one.part.position, one.position, one.pk))


def used_one(values: Iterator[Any]) -> SubmittedFile:
    found: SubmittedFile = made(SubmittedFile, values)
    join(found, file=made(StoredFile, values))
    know(found, "tags", Tag, next(values))
    return found
