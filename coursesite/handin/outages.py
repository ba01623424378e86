"""More time for everybody, when what everybody needs was down: one act, recorded and told."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, User

from .extensions import local
from .models import Assignment, Extension, Outage
from .signals import extension_changed

MOVED = "{} is due {} now: it was moved after this page was made. Look whether it needs still more time."
OVER = "What came until then is on time. Nothing more can be handed in."


@transaction.atomic
def grant(*, assignments: Collection[Assignment], hours: int, reason: str, by: User) -> list[Outage]:
    """The common deadlines move, and those of whoever still had more time; lateness and missing follow at once.

    They move from where the caller saw them: a double click, or a second instructor, does not give the time twice.
    """
    keys = [row.pk for row in assignments]
    led = Assignment.objects.filter(pk__in=keys, course__in=Course.objects.led_by(by)).select_related("course")
    # Locked: two instructors may press the same button.
    rows = list(led.select_for_update(of=("self",)).order_by("due_at"))
    if len(rows) != len(set(keys)):
        raise PermissionDenied
    seen = {row.pk: row.due_at for row in assignments}
    moved = [MOVED.format(row, local(row, row.due_at)) for row in rows if row.due_at != seen[row.pk]]
    if moved:
        raise ValidationError(moved)
    return [postpone(row, hours, reason.strip(), by) for row in rows]


def postpone(assignment: Assignment, hours: int, reason: str, by: User) -> Outage:
    made = Outage(assignment=assignment, hours=hours, reason=reason, decided_by=by)
    made.full_clean()
    made.save()
    more, now = timedelta(hours=hours), timezone.now()
    own = list(Extension.objects.filter(assignment=assignment, until__gte=now))
    assignment.due_at += more
    if assignment.solutions_at and assignment.solutions_at > now:
        assignment.solutions_at += more  # else they would be read by whoever still works
    assignment.save(update_fields=["due_at", "solutions_at"])
    for extension in own:
        extension.until += more
        extension.save(update_fields=["until"])
        extension_changed.send(Extension, assignment=assignment, owner=extension.owner)
    tell(made)
    return made


def tell(made: Outage) -> None:
    """Everybody, each by a letter of their own."""
    assignment = made.assignment
    students = Enrollment.objects.filter(course=assignment.course_id).students().active().select_related("user")
    when, over = local(assignment, assignment.due_at), timezone.now() > assignment.closes_at
    is_due = f"The deadline of {assignment} was {when}" if over else f"{assignment} is due {when} now"
    said = f"{is_due}, {made.hours} hours later than before: {made.reason}"
    also = f"{OVER} " if over else ""
    also += "Whoever had an extension that was not over has as much more."
    address = f"{settings.SITE_URL}/c/{assignment.course.slug}/"
    subject = f"{assignment}: {made.hours} hours more for everybody"
    letters.post_each([row.user for row in students], subject, f"{said}\n\n{also}\n\n{address}")
