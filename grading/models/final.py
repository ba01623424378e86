"""Course grades as the instructor signed them, and what was changed afterwards."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, User

from .columns import percent_field


@remembered()
class SignOff(models.Model):
    """Who fixed the grades of a course, when, and the fingerprint of the numbers. One stands at a time."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="sign_offs")
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                condition=Q(withdrawn_at=None),
                name="sign_off_once",
                violation_error_message="The grades of this course are signed off already.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | (~Q(withdrawn_reason="") & Q(withdrawn_by__isnull=False)),
                name="sign_off_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course}, signed by {self.signed_by}"


class FinalGrade(models.Model):
    """One student's grade as it was signed. The database refuses to change it."""

    sign_off = models.ForeignKey(SignOff, models.CASCADE, related_name="grades")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="final_grades")
    final = percent_field(null=True)
    letter = models.CharField(max_length=5, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_off", "enrollment"], name="final_grade_once")]
        triggers = [pgtrigger.Protect(name="stays_as_signed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.letter}"


class Amendment(models.Model):
    """A signed grade that was changed, and why; the signed one stays beside it, and the newest amendment counts."""

    sign_off = models.ForeignKey(SignOff, models.CASCADE, related_name="amendments")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="amendments")
    final = percent_field(null=True)
    letter = models.CharField(max_length=5, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="amendment_told")]
        triggers = [pgtrigger.Protect(name="stays_as_made", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.letter}, {self.reason}"
