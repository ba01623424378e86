"""Teams for whoever has none: computed, looked at, changed by hand, confirmed."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, Team, User, type_user

MOST = 10


class Stage(models.TextChoices):
    WAITING = "waiting", "Waiting for the worker"
    RUNNING = "running", "Running"
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    DISCARDED = "discarded", "Discarded"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


AT_WORK = (Stage.WAITING, Stage.RUNNING)


class FormationQuerySet(models.QuerySet["Formation"]):
    def at_work(self) -> FormationQuerySet:
        return self.filter(state__in=AT_WORK)

    def visible_to(self, user: type_user) -> FormationQuerySet:
        """Instructors of the course: a proposal tells who asked for whom."""
        return self.filter(course__in=Course.objects.led_by(user))


def weight(default: int) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(default=default, validators=[MaxValueValidator(MOST)])


class Formation(models.Model):
    """One run of the optimiser and what became of it. `told_at` is the worker's last sign of life."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="formations")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    seed = models.PositiveIntegerField(default=1, validators=[MaxValueValidator(2**31 - 1)])
    interests = weight(3)
    hours = weight(3)
    sections = weight(10)
    extends = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=Stage.choices, default=Stage.WAITING)
    doing = models.CharField(max_length=100, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = FormationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                condition=Q(state__in=AT_WORK),
                name="formation_one_at_a_time",
                violation_error_message="Teams are being computed already; wait for them, or cancel that.",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="formation_progress"),
            models.CheckConstraint(
                condition=Q(interests__lte=MOST, hours__lte=MOST, sections__lte=MOST), name="formation_weights"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False) | ~Q(state=Stage.CONFIRMED), name="formation_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"Teams of {self.course}, {self.get_state_display().lower()}"

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK


@remembered()
class Seat(models.Model):
    """A student's place in a proposal: `number` is the team there, `team` the one that the student is in already."""

    formation = models.ForeignKey(Formation, models.CASCADE, related_name="seats")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["number", "enrollment__user__sort_name"]
        constraints = [
            models.UniqueConstraint(fields=["formation", "enrollment"], name="seat_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="seat_number"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user} in team {self.number} of the proposal"
