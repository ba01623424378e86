"""Whose work it is: the student, or the team; and who may act for them."""

from django.db import connection

from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, Team, User
from coursesite.sql.prepared import Command

from .models import Assignment

Owner = Enrollment | Team
NOT_YOURS = "Only a student of the course hands in, alone or for the own team."


def lock(owner: Owner) -> None:
    # Locked: two tabs, or two members of a team, may hand in at the same moment; and so may the deadline job.
    with connection.cursor() as cursor:
        cursor.execute(*lock_command(owner))
        if cursor.fetchone() is None:
            raise type(owner).DoesNotExist


def lock_command(owner: Owner) -> Command:
    return Command(f"SELECT id FROM {owner._meta.db_table} WHERE id = %s FOR NO KEY UPDATE", [owner.pk])  # noqa: S608


def is_staff(owner: Owner, author: User) -> bool:
    return Course.objects.staffed_by(author).filter(pk=owner.course_id).exists()


def is_own(owner: Owner, author: User) -> bool:
    """Read under the lock: somebody who left the team a moment ago hands in nothing for it."""
    mine = Enrollment.objects.filter(user=author, role=Role.STUDENT, status=Status.ACTIVE)
    if isinstance(owner, Team):
        return Membership.objects.current().filter(team=owner, enrollment__in=mine).exists()
    return mine.filter(pk=owner.pk).exists()


def of_owner(assignment: Assignment, owner: Owner) -> dict[str, object]:
    return {"assignment": assignment, "team" if isinstance(owner, Team) else "enrollment": owner}
