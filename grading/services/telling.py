"""What students are written about their grades. No letter names points or a grade: mail can't be taken back when a
release is, and others may read over a shoulder."""

from django.conf import settings

from coursesite.roster import letters
from coursesite.roster.models import Enrollment, Status

from .. import second_looks
from ..models import Item, Score
from ..policy import State


def released(item: Item) -> int:
    """To everybody who has a grade there; returns how many."""
    course = item.category.course
    scores = Score.objects.filter(item=item, state=State.GRADED.value, enrollment__status=Status.ACTIVE)
    people = [score.enrollment.user for score in scores.select_related("enrollment__user")]
    body = f"Your work is graded. Points and comments are on your page:\n{place(f'{course.slug}/grades/{item.pk}/')}"
    until = second_looks.closes_at(item.released_at, course.regrade_days) if item.assignment_id else None
    if until is not None:
        when = f"{until.astimezone(course.zone):%a %d %b, %H:%M} ({course.zone})"
        body += f"\n\nIf something looks wrong to you, ask for a second look there until {when}."
    return letters.post_each(people, f"{item} is graded", f"{body}\n\n{course}")


def amended(student: Enrollment) -> None:
    """After the signed grade was changed. Without the reason, which may tell what the grade was."""
    course = student.course
    body = (
        f"Your instructor has changed your final grade in {course} after it was signed off. "
        f"The grade that counts is on your page:\n{grades(student)}\n\nIf you wonder why, please ask your instructor."
    )
    letters.post_each([student.user], f"{course}: your final grade was changed", body)


def grades(student: Enrollment) -> str:
    return place(f"{student.course.slug}/grades/")


def place(path: str) -> str:
    return f"{settings.SITE_URL}/c/{path}"
