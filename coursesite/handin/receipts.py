"""Receipts: what arrived, when, and its fingerprints, as signed text. Format and check: docs/receipts.md."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coursesite.roster import letters
from coursesite.roster.models import Letter, User

from . import signing
from .models import Receipt, Submission, SubmittedFile

HEAD = "Coursesite receipt, format 1"
SIGNATURE = "signature (Ed25519 over the lines above, base64): "


def draft(submission: Submission, used: Iterable[SubmittedFile]) -> tuple[Receipt, Letter | None]:
    """The receipt and the letter that brings it, to be written in the transaction that makes the version: there is no
    receipt for what is not stored."""
    body = "\n".join(lines(submission, used)) + "\n"
    receipt = Receipt(submission=submission, text=f"{body}{SIGNATURE}{signing.sign(body)}\n")
    subject = f"{submission.assignment}, version {submission.number}: receipt"
    said = f"{submission.assignment} of {submission.owner_name} has arrived. Keep this receipt.\n\n{receipt.text}"
    name = f"receipt-{submission.pk}.txt"
    letter = letters.draft(recipients(submission), subject, said, enclosure=receipt.text, enclosure_name=name)
    return receipt, letter


def lines(submission: Submission, used: Iterable[SubmittedFile]) -> list[str]:
    assignment, late = submission.assignment, submission.lateness
    late_by = f"late, {late.days} started day{'s' if late.days != 1 else ''}" if late.late else "on time"
    said = [
        HEAD,
        f"receipt: {submission.pk}",
        f"course: {one_line(assignment.course.title)} ({assignment.course.slug})",
        f"handed in: {one_line(assignment.title)}, version {submission.number}",
        f"for: {one_line(submission.owner_name)}",
        f"by: {one_line(submission.submitted_by.name)} <{one_line(submission.submitted_by.email)}>",
        f"request began: {instant(submission.began_at)}",
        f"request complete: {instant(submission.completed_at)}",
        f"due: {instant(submission.rule.due_at)}",
        f"time: {late_by}",
    ]
    return said + [f"file: {u.file.sha256} {u.file.size} {u.part.key} {one_line(u.file.name)}" for u in used]


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_line(text: str) -> str:
    """A name can neither break a line nor forge one."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()


@dataclass
class Reading:
    """What a text that claims to be a receipt says; `genuine` when this site has signed it as it is."""

    genuine: bool
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # part and name, by SHA-256


def read(text: str) -> Reading:
    """Line ends and space around the text may differ, since receipts travel by mail; nothing else may."""
    text = "\n".join(line.rstrip("\r") for line in text.strip().split("\n")) + "\n"
    body, mark, signature = text.rpartition(SIGNATURE)
    if not (mark and body.startswith(HEAD + "\n") and signing.is_ours(body, signature.strip())):
        return Reading(genuine=False)
    found = Reading(genuine=True)
    for name, _, value in (line.partition(": ") for line in body.splitlines()[1:]):
        if name == "file":
            sha256, _, part, called = value.split(" ", 3)
            found.files[sha256] = f"{part}: {called}"
        else:
            found.fields.append((name, value))
    return found


def recipients(submission: Submission) -> list[User]:
    """Everybody for whom it was handed in."""
    if submission.enrollment:
        return [submission.enrollment.user]
    assert submission.team
    return [m.enrollment.user for m in submission.team.memberships.current().select_related("enrollment__user")]
