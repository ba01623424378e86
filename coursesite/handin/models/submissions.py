"""What was handed in: versions, their files and receipts."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from coursesite.files.models import Format, StoredFile
from coursesite.roster.models import Course, Enrollment, Membership, Team, User, active, type_user

from .. import policy, sight
from .assignments import Assignment, Part


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def current(self) -> SubmissionQuerySet:
        return self.filter(is_current=True)

    def of(self, user: User) -> SubmissionQuerySet:
        """One's own, and those of one's present teams."""
        mine = active(user)
        teams = Membership.objects.current().filter(enrollment__in=mine).values("team")
        return self.filter(Q(enrollment__in=mine) | Q(team__in=teams))

    def visible_to(self, user: type_user) -> SubmissionQuerySet:
        """The owner, the present members of the team, and the course's staff, unless it is given to other graders
        alone."""
        if not user.is_authenticated:
            return self.none()
        staffed = Q(assignment__course__in=Course.objects.staffed_by(user)) & ~sight.closed(user)
        return self.filter(staffed | Q(pk__in=Submission.objects.of(user).values("pk")))

    def named_to(self, user: type_user) -> SubmissionQuerySet:
        """With the owner's name: not to graders from whom it is hidden."""
        if not user.is_authenticated:
            return self.none()
        hidden = Q(assignment__in=Assignment.objects.filter(sight.nameless(user)))
        return self.visible_to(user).filter(~hidden | Q(pk__in=Submission.objects.of(user).values("pk")))


class Submission(models.Model):
    """One version of one's work. Every version stays; one is current.

    `began_at` is when the request arrived, `completed_at` when it had arrived in full: that one counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Three of the keys have no index of their own: a constraint below has one that begins with them.
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="submissions", db_index=False)
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, null=True, blank=True, related_name="submissions", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="submissions", db_index=False)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    began_at = models.DateTimeField()
    completed_at = models.DateTimeField()
    idempotency_key = models.UUIDField()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(enrollment__isnull=False, team__isnull=True)
                | Q(enrollment__isnull=True, team__isnull=False),
                name="submission_one_owner",
            ),
            models.CheckConstraint(condition=Q(completed_at__gte=models.F("began_at")), name="submission_times"),
            models.UniqueConstraint(
                fields=["enrollment", "assignment", "number"],
                condition=Q(enrollment__isnull=False),
                name="submission_number",
            ),
            models.UniqueConstraint(
                fields=["team", "assignment", "number"],
                condition=Q(team__isnull=False),
                name="submission_team_number",
            ),
            models.UniqueConstraint(
                fields=["assignment", "enrollment"],
                condition=Q(is_current=True, enrollment__isnull=False),
                name="submission_one_current",
            ),
            models.UniqueConstraint(
                fields=["assignment", "team"],
                condition=Q(is_current=True, team__isnull=False),
                name="submission_team_one_current",
            ),
            models.UniqueConstraint(
                fields=["assignment", "submitted_by", "idempotency_key"], name="submission_idempotency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment}, version {self.number}, {self.owner}"

    @property
    def owner(self) -> Enrollment | Team:
        owner = self.team or self.enrollment
        assert owner is not None
        return owner

    @property
    def owner_name(self) -> str:
        """The team's name, or the student's."""
        return str(self.team or (self.enrollment and self.enrollment.user))

    @cached_property
    def rule(self) -> policy.LateRule:
        """What holds for its owner now; looked up once for each time that the row is read."""
        return self.assignment.rule_for(self.owner)

    @property
    def lateness(self) -> policy.Lateness:
        """Computed, never stored: a deadline that moves computes it anew."""
        return policy.lateness(self.rule, self.completed_at)


class SubmittedFile(models.Model):
    """A stored file as (one page of) a part of one version; an unchanged part is carried over to the next version."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="files", db_index=False)
    part = models.ForeignKey(Part, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField(default=0, help_text="Of several photos that are one part.")

    class Meta:
        ordering = ["part__position", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["submission", "part", "position"], name="submitted_part_once")]

    def __str__(self) -> str:
        return f"{self.part}: {self.file}"

    @property
    def plain_name(self) -> str:
        """Of the file, without what its owner called it: for graders from whom names are hidden."""
        ending = {Format.PDF: ".pdf", Format.NOTEBOOK: ".ipynb", Format.WORD: ".docx", Format.LINK: ".txt"}
        return f"{self.part.key}-{self.position + 1}{ending.get(Format(self.file.format), '')}"


class Withdrawal(models.Model):
    """Somebody took back the version that counted, so that none did; the versions themselves stay."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="withdrawals")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.submission}, withdrawn"


class Scan(models.Model):
    """The photos of one part as one PDF, made by the worker; the photos themselves stay as they came."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="scans")
    part = models.ForeignKey(Part, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="Until then nobody else begins.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "part"], name="scan_once")]

    def __str__(self) -> str:
        return f"{self.part} of {self.submission} as one PDF"

    @property
    def path(self) -> Path:
        key = f"{self.submission_id.hex}-{self.part_id}.pdf"
        return Path(settings.PREVIEWS_ROOT) / key[:2] / key


class Receipt(models.Model):
    """The signed text that was issued for a version, word for word."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="receipt")
    text = models.TextField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Receipt for {self.submission}"
