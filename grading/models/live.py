"""What staff give to a talk while it is held."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.handin.models import Problem
from coursesite.roster.history import remembered
from coursesite.roster.models import User
from projects.models import Talk

from .columns import points_field


class LiveSheet(models.Model):
    """One person's scores of one talk. `revision` counts saves, so that a late one overwrites nothing newer."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="sheets")
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    revision = models.PositiveBigIntegerField(default=0)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["grader__sort_name"]
        constraints = [models.UniqueConstraint(fields=["talk", "grader"], name="live_sheet_once")]

    def __str__(self) -> str:
        return f"{self.grader} on {self.talk}"


@remembered()
class LivePoints(models.Model):
    sheet = models.ForeignKey(LiveSheet, models.CASCADE, related_name="lines")
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="+")
    points = points_field(null=True, blank=True, validators=[MinValueValidator(0)])
    comment = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["problem__number"]
        verbose_name_plural = "live points"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "problem"], name="live_points_once"),
            models.CheckConstraint(condition=Q(points__gte=0), name="live_points_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.problem}: {self.points}"
