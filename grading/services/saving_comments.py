"""The comment bank: what a grader keeps to say again."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coursesite.roster.models import Course, User

from .. import permissions
from ..models import SavedComment
from . import annotating

MOST = 500


@transaction.atomic
def save(*, course: Course, owner: User, text: str, shared: bool = False) -> SavedComment:
    permissions.check_marks(owner, course)
    if SavedComment.objects.filter(course=course, owner=owner).count() >= MOST:
        raise ValidationError(f"{MOST} saved comments are enough; delete some first.")
    row = SavedComment(course=course, owner=owner, text=annotating.written(text), shared=shared)
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def change(*, comment: SavedComment, by: User, text: str, shared: bool) -> SavedComment:
    """Its owner alone; marks that were given with it keep what they say."""
    permissions.check_marks(by, comment.course)
    if comment.owner_id != by.pk:
        raise PermissionDenied
    comment.text, comment.shared = annotating.written(text), shared
    comment.full_clean()
    comment.save()
    return comment


@transaction.atomic
def delete(*, comment: SavedComment, by: User) -> None:
    """Its owner, or for a shared one whoever leads the course."""
    permissions.check_marks(by, comment.course)
    if comment.owner_id != by.pk and not permissions.may_lead(by, comment.course):
        raise PermissionDenied
    comment.delete()
