"""Who holds which work at the desk, who passed over it, and to whom it was handed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from coursesite.handin.models import Problem, Submission
from coursesite.roster.history import remembered
from coursesite.roster.models import User


class ClaimQuerySet(models.QuerySet["Claim"]):
    def live(self, now: datetime) -> ClaimQuerySet:
        return self.filter(expires_at__gt=now)


class Claim(models.Model):
    """One problem of one submission lies before this grader until the lease ends. The database knows one claim at a
    time, so that two graders never get the same."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="claims")
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="claims")
    grader = models.ForeignKey(User, models.CASCADE, related_name="+")
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    second = models.BooleanField(default=False, help_text="Read a second time, without the mark that is there.")
    page = models.UUIDField(help_text="The open page that holds it: another page that is left does not let it go.")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "problem"], name="claim_once")]

    def __str__(self) -> str:
        return f"{self.problem} with {self.grader} until {self.expires_at:%H:%M}"


class Skip(models.Model):
    """This grader passed over it: it comes again once nothing else is left."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="skips")
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="skips")
    grader = models.ForeignKey(User, models.CASCADE, related_name="+")
    skipped_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "problem", "grader"], name="skip_once")]

    def __str__(self) -> str:
        return f"{self.grader} skipped {self.problem}"


class ReferralQuerySet(models.QuerySet["Referral"]):
    def open(self) -> ReferralQuerySet:
        return self.filter(settled_at__isnull=True)


@remembered()
class Referral(models.Model):
    """Handed to a colleague, or flagged for the instructor (`to` is empty): nobody else is served it until a mark
    settles it."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="referrals")
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="referrals")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "problem"],
                condition=Q(settled_at__isnull=True),
                name="referral_open_once",
                violation_error_message="This is handed to somebody already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.problem} for {self.to or 'the instructor'}"
