"""Course grades that the instructor sets apart from the computed ones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, User, active, type_user

from .. import policy

INCOMPLETE, AUDITS = policy.INCOMPLETE, policy.AUDITS
TOLD = {INCOMPLETE: "incomplete (I)", AUDITS: "auditor, no grade (AU)"}


class OverrideQuerySet(models.QuerySet["Override"]):
    def visible_to(self, user: type_user) -> OverrideQuerySet:
        """Staff: those of their courses. A student: one's own."""
        if not user.is_authenticated:
            return self.none()
        staffed = Q(enrollment__course__in=Course.objects.staffed_by(user))
        return self.filter(staffed | Q(enrollment__in=active(user)))


@remembered()
class Override(models.Model):
    """A letter over the computed one, `I` for incomplete or `AU` for auditors, with the reason. The figures stay as
    computed."""

    enrollment = models.OneToOneField(Enrollment, models.CASCADE, related_name="override")
    letter = models.CharField(max_length=5)
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(letter="") & ~Q(reason=""), name="override_told"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user}: {self.said}"

    @property
    def said(self) -> str:
        return TOLD.get(self.letter, self.letter)
