"""More time: extensions, and the requests for them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Enrollment, Membership, Team, User
from coursesite.roster.moments import plausible

from .assignments import Assignment


def one_owner(name: str) -> models.CheckConstraint:
    alone, together = Q(enrollment__isnull=False, team__isnull=True), Q(enrollment__isnull=True, team__isnull=False)
    return models.CheckConstraint(condition=alone | together, name=name)


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def of(self, student: Enrollment) -> ExtensionQuerySet:
        """The student's own, and those of the present team."""
        teams = Membership.objects.current().filter(enrollment=student).values("team")
        return self.filter(Q(enrollment=student) | Q(team__in=teams))


@remembered()
class Extension(models.Model):
    """A later deadline for one student or team."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extensions")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, null=True, blank=True, related_name="extensions")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="extensions")
    until = models.DateTimeField(validators=[plausible])
    with_penalty = models.BooleanField(
        default=False, help_text="Work is taken until then, and lateness counts from the common deadline."
    )
    late_days = models.PositiveSmallIntegerField(
        default=0, help_text="Of the student's own budget, on top of what was granted."
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


@remembered()
class Accommodation(models.Model):
    """More time for one person on everything: each deadline of the course is so much later for them, and for their
    team. It follows deadlines that move, and sets that come."""

    enrollment = models.OneToOneField(Enrollment, models.CASCADE, related_name="accommodation", verbose_name="student")
    hours = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(24 * 60)])
    reason = models.CharField(max_length=500, help_text="Only instructors read it.")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["enrollment__user__sort_name"]
        constraints = [models.CheckConstraint(condition=Q(hours__gte=1), name="accommodation_hours")]

    def __str__(self) -> str:
        return f"{self.enrollment.user}, {self.hours} hours more on everything"


class Outage(models.Model):
    """More time for everybody, and for whoever still had more: who decided on it, when and why."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="outages")
    hours = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(24 * 14)])
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-decided_at"]
        constraints = [models.CheckConstraint(condition=Q(hours__gte=1), name="outage_hours")]

    def __str__(self) -> str:
        return f"{self.assignment}, {self.hours} hours more for everybody"


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
    wished = models.DateTimeField("wished for", validators=[plausible])
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
