"""What is handed in, by whom and by when: one mechanism for homework sets and project milestones.

An assignment is handed in by one student (homework) or one team (milestone); a submission names one of the
two, and everything above (grading, receipts, previews) works on submissions alone.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.files.models import Format, StoredFile
from coursesite.roster.models import Course, Enrollment, Membership, Team, User, active, type_user

from . import policy


class Kind(models.TextChoices):
    HOMEWORK = "homework", "Homework"
    MILESTONE = "milestone", "Project milestone"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open_by(self, moment: datetime) -> AssignmentQuerySet:
        return self.filter(opens_at__lte=moment)

    def visible_to(self, user: type_user, *, now: datetime) -> AssignmentQuerySet:
        """Staff see all of their courses; others see what is out."""
        if not user.is_authenticated:
            return self.none()
        out = Q(course__in=Course.objects.visible_to(user), opens_at__lte=now)
        return self.filter(out | Q(course__in=Course.objects.staffed_by(user)))

    def with_own_rule(self, student: Enrollment | None) -> Any:
        """Rows that know this student's extension, so that `own_rule` asks nothing more."""
        own = Extension.objects.of(student) if student else Extension.objects.none()
        return self.prefetch_related(models.Prefetch("extensions", own, to_attr="own_extensions"))


class Assignment(models.Model):
    """Something to hand in by a deadline. `Homework` and `Milestone` are its two kinds."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="assignments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    slug = models.SlugField()
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    grace_minutes = models.PositiveSmallIntegerField(default=0)
    late_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days after the deadline in which late work is taken; 0: none."
    )
    penalty_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="For each started day late, in percent of the points possible.",
    )
    floor_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="assignment_slug"),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("opens_at")),
                name="assignment_times",
                violation_error_message="It is due before it opens.",
            ),
            models.CheckConstraint(
                condition=Q(penalty_percent__range=(0, 100), floor_percent__range=(0, 100)),
                name="assignment_percents",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def by_team(self) -> bool:
        return self.kind == Kind.MILESTONE

    @property
    def late_rule(self) -> policy.LateRule:
        return policy.LateRule(
            due_at=self.due_at,
            grace_minutes=self.grace_minutes,
            late_days=self.late_days,
            penalty_percent=self.penalty_percent,
            floor_percent=self.floor_percent,
        )

    @property
    def closes_at(self) -> datetime:
        return policy.last_moment(self.late_rule)

    def rule_for(self, owner: Enrollment | Team) -> policy.LateRule:
        """With this student's or team's extension."""
        return self.rule_with(Extension.objects.filter(assignment=self, **owned_by(owner)).first())

    @property
    def own_rule(self) -> policy.LateRule:
        """For the student named in `with_own_rule`."""
        return self.rule_with(next(iter(self.own_extensions), None))  # type: ignore[attr-defined]

    def rule_with(self, extension: Extension | None) -> policy.LateRule:
        rule = self.late_rule
        return rule.extended(extension.until, with_penalty=extension.with_penalty) if extension else rule


def owned_by(owner: Enrollment | Team) -> dict[str, Any]:
    return {"team" if isinstance(owner, Team) else "enrollment": owner}


class Problem(models.Model):
    """What is marked on its own, with its own points; the points of an assignment are their sum."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="problems")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="problem_number"),
            models.CheckConstraint(condition=Q(points__gt=0), name="problem_points"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Part(models.Model):
    """One thing that belongs to a submission: the written part, the notebook, the slides."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="parts")
    key = models.SlugField(max_length=30)
    title = models.CharField(max_length=100)
    formats = ArrayField(models.CharField(max_length=10, choices=Format.choices))
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["assignment", "key"], name="part_key")]

    def __str__(self) -> str:
        return self.title

    @property
    def format_names(self) -> str:
        return " or ".join(Format(f).label for f in self.formats)

    @property
    def takes_several(self) -> bool:
        """Scans come as one photo for each page."""
        return Format.IMAGE in self.formats


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def current(self) -> SubmissionQuerySet:
        return self.filter(is_current=True)

    def of(self, user: User) -> SubmissionQuerySet:
        """One's own, and those of one's present teams."""
        mine = active(user)
        teams = Membership.objects.current().filter(enrollment__in=mine).values("team")
        return self.filter(Q(enrollment__in=mine) | Q(team__in=teams))

    def visible_to(self, user: type_user) -> SubmissionQuerySet:
        """The owner, the present members of the team, and the course's staff."""
        if not user.is_authenticated:
            return self.none()
        staffed = Q(assignment__course__in=Course.objects.staffed_by(user))
        return self.filter(staffed | Q(pk__in=Submission.objects.of(user).values("pk")))


class Submission(models.Model):
    """One version of one's work. Every version stays; one is current.

    `began_at` is when the request arrived, `completed_at` when it had arrived in full: that one counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="submissions")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, null=True, blank=True, related_name="submissions")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="submissions")
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
                fields=["assignment", "enrollment", "number"],
                condition=Q(enrollment__isnull=False),
                name="submission_number",
            ),
            models.UniqueConstraint(
                fields=["assignment", "team", "number"],
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

    @property
    def lateness(self) -> policy.Lateness:
        """Computed, never stored: a deadline that moves computes it anew."""
        return policy.lateness(self.assignment.rule_for(self.owner), self.completed_at)


class SubmittedFile(models.Model):
    """A stored file as (one page of) a part of one version; an unchanged part is carried over to the next version."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="files")
    part = models.ForeignKey(Part, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField(default=0, help_text="Of several photos that are one part.")

    class Meta:
        ordering = ["part__position", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["submission", "part", "position"], name="submitted_part_once")]

    def __str__(self) -> str:
        return f"{self.part}: {self.file}"


def one_owner(name: str) -> models.CheckConstraint:
    alone, together = Q(enrollment__isnull=False, team__isnull=True), Q(enrollment__isnull=True, team__isnull=False)
    return models.CheckConstraint(condition=alone | together, name=name)


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def of(self, student: Enrollment) -> ExtensionQuerySet:
        """The student's own, and those of the present team."""
        teams = Membership.objects.current().filter(enrollment=student).values("team")
        return self.filter(Q(enrollment=student) | Q(team__in=teams))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Extension(models.Model):
    """A later deadline for one student or team."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extensions")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, null=True, blank=True, related_name="extensions")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="extensions")
    until = models.DateTimeField()
    with_penalty = models.BooleanField(
        default=False, help_text="Work is taken until then, and lateness counts from the common deadline."
    )
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(auto_now=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            one_owner("extension_one_owner"),
            models.UniqueConstraint(fields=["assignment", "enrollment"], name="extension_once"),
            models.UniqueConstraint(fields=["assignment", "team"], name="extension_team_once"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment}, {self.owner_name}"

    @property
    def owner(self) -> Enrollment | Team:
        return self.team or self.enrollment  # type: ignore[return-value]

    @property
    def owner_name(self) -> str:
        return str(self.team or (self.enrollment and self.enrollment.user))


class RequestState(models.TextChoices):
    OPEN = "open", "Open"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ExtensionRequest(models.Model):
    """A student asks for more time; for a milestone, on behalf of the team."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extension_requests")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="extension_requests")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="extension_requests")
    wished = models.DateTimeField("wished for")
    reason = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    at_once = models.BooleanField("granted by rule", default=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "enrollment"],
                condition=Q(state="open"),
                name="extension_asked_once",
                violation_error_message="You have asked already; the answer comes by mail.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user} asks for {self.assignment}"


class Receipt(models.Model):
    """The signed text that was issued for a version, word for word."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="receipt")
    text = models.TextField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Receipt for {self.submission}"
