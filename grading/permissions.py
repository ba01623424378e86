"""Who may do what with grades. Reading is decided by `visible_to`; these decide acts."""

from django.core.exceptions import PermissionDenied

from coursesite.roster.models import Course, type_user


def may_mark(user: type_user, course: Course) -> bool:
    """TAs and instructors give marks."""
    return Course.objects.staffed_by(user).filter(pk=course.pk).exists()


def may_lead(user: type_user, course: Course) -> bool:
    """Instructors release scores, set them by hand, and export."""
    return Course.objects.led_by(user).filter(pk=course.pk).exists()


def check_marks(user: type_user, course: Course) -> None:
    if not may_mark(user, course):
        raise PermissionDenied


def check_leads(user: type_user, course: Course) -> None:
    if not may_lead(user, course):
        raise PermissionDenied
