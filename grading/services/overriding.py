"""Letters set apart from the computed ones: with a reason, incomplete, or none for an auditor."""

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Enrollment, Role, User

from .. import permissions
from ..models import AUDITS, INCOMPLETE, Cutoff, Override
from ..models.overrides import TOLD


def letters(course: int) -> dict[str, str]:
    """What may be set, and how it is called."""
    known = Cutoff.objects.filter(course=course).values_list("letter", flat=True)
    return {letter: letter for letter in known} | {INCOMPLETE: TOLD[INCOMPLETE], AUDITS: TOLD[AUDITS]}


@transaction.atomic
def override(*, enrollment: Enrollment, letter: str, reason: str, by: User, seen: str | None = None) -> Override:
    """`seen` is the letter set by hand that stood there when this was decided, "" for none."""
    permissions.check_leads(by, enrollment.course)
    row = there(enrollment, seen) or Override(enrollment=enrollment)
    if enrollment.role != Role.STUDENT:
        raise ValidationError("Only students have a course grade.")
    if letter not in letters(enrollment.course_id):
        raise ValidationError({"letter": "This is no letter of the course."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why the letter is set by hand."})
    row.letter, row.reason, row.set_by = letter, reason.strip(), by
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def take_back(*, enrollment: Enrollment, reason: str, by: User, seen: str | None = None) -> None:
    """The computed letter counts again."""
    permissions.check_leads(by, enrollment.course)
    row = there(enrollment, seen)
    if row:
        with pghistory.context(reason=reason.strip()):
            row.delete()


def there(enrollment: Enrollment, seen: str | None) -> Override | None:
    # Locked: two instructors may decide at once; the second is told.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    row = Override.objects.filter(enrollment=enrollment).select_related("set_by").first()
    stands = row.letter if row else ""
    if seen is not None and seen != stands:
        said = (
            f"{row.set_by} has set {row.said} meanwhile: {row.reason}"
            if row
            else "The letter was taken back meanwhile."
        )
        raise ValidationError(f"{said} Look at it, and decide again.", code="conflict")
    return row
