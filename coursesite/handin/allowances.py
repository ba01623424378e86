"""More time that nobody has to decide on each time: a student's late days, and standing accommodations."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, User

from . import queries
from .models import Accommodation, Assignment, Extension
from .signals import extension_changed

BY_BUDGET = "Late days of the student's own budget"


@transaction.atomic
def spend(*, assignment: Assignment, student: Enrollment, days: int) -> Extension | None:
    """So many late days on this set in all, 0 to take them back; the deadline follows at once."""
    # Locked: two tabs could spend the same days on two sets.
    Enrollment.objects.select_for_update(no_key=True).get(pk=student.pk)
    check(assignment, student, days)
    row = Extension.objects.filter(assignment=assignment, enrollment=student).first()
    row = row or Extension(assignment=assignment, enrollment=student, until=assignment.due_at, reason=BY_BUDGET)
    if row.pk and days < queries.late_days_needed(row, student):
        raise ValidationError("The version that counts came so late that it needs these late days.")
    row.late_days = days
    if days or row.reason != BY_BUDGET:
        row.full_clean()
        row.save()
    elif row.pk:
        row.delete()
    if days and timezone.now() > assignment.rule_for(student).closes_at:
        raise ValidationError(f"Even with {days} late days the deadline is over.")
    extension_changed.send(Extension, assignment=assignment, owner=student)
    return row if row.pk else None


def check(assignment: Assignment, student: Enrollment, days: int) -> None:
    course = student.course
    if student.role != Role.STUDENT or student.status != Status.ACTIVE or assignment.course_id != course.pk:
        raise ValidationError("Only students of the course have late days.")
    if not course.late_budget or assignment.by_team:
        raise ValidationError(f"There are no late days for {assignment}.")
    left = most(assignment, student)
    if not 0 <= days <= left:
        raise ValidationError(f"You can spend {left} late day{'' if left == 1 else 's'} on {assignment}.")


def most(assignment: Assignment, student: Enrollment) -> int:
    """On this set, what is spent on it already included."""
    left = queries.late_days_left(student, beside=assignment)
    return min(left, student.course.late_budget_each or left)


@transaction.atomic
def accommodate(*, student: Enrollment, hours: int, reason: str, by: User) -> Accommodation | None:
    """So many hours more on everything, 0 to end it. Deadlines and what depends on them follow at once."""
    if not Course.objects.led_by(by).filter(pk=student.course_id).exists():
        raise PermissionDenied
    if student.role != Role.STUDENT:
        raise ValidationError({"enrollment": "Accommodations are for students."})
    there = Accommodation.objects.filter(enrollment=student).first()
    if hours:
        there = there or Accommodation(enrollment=student)
        there.hours, there.reason, there.granted_by = hours, reason.strip(), by
        there.full_clean()
        there.save()
    elif there:
        there.delete()
    tell_everybody(student)
    said = f"Every deadline is {hours} hours later for you" if hours else "The common deadlines hold for you again"
    letters.post([student.user], f"{student.course}: your deadlines", f"{said}, in {student.course}.")
    return there if hours else None


def tell_everybody(student: Enrollment) -> None:
    """Whatever stands on a deadline of this student, or of the team that they are in."""
    membership = Membership.objects.current().filter(enrollment=student).select_related("team").first()
    for assignment in Assignment.objects.filter(course=student.course_id):
        owner = (membership and membership.team) if assignment.by_team else student
        if owner:
            extension_changed.send(Accommodation, assignment=assignment, owner=owner)


def days_of(assignment: Assignment, student: Enrollment) -> int:
    row = Extension.objects.filter(assignment=assignment, enrollment=student).first()
    return row.late_days if row else 0


def choices(assignment: Assignment, student: Enrollment) -> list[tuple[int, object]]:
    """Each number of days that can be spent, with the deadline that it gives; those that come too late are left out."""
    there = days_of(assignment, student)
    rule = assignment.rule_for(student).later(-timedelta(days=there))
    found = [(days, rule.later(timedelta(days=days))) for days in range(1, most(assignment, student) + 1)]
    return [(days, moved.due_at) for days, moved in found if moved.closes_at >= timezone.now()]
