"""What graders give to the problems of a submission."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from coursesite.handin.models import Problem, Submission
from coursesite.roster.history import remembered
from coursesite.roster.models import User

from .columns import points_field


class MarkQuerySet(models.QuerySet["Mark"]):
    def given(self) -> MarkQuerySet:
        """Those that grade: without points a problem is still open."""
        return self.filter(points__isnull=False)


@remembered()
class Mark(models.Model):
    """One problem of one submission, judged."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="marks")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="marks")
    points = points_field(null=True, blank=True, help_text="Empty: not graded.")
    by_rubric = models.BooleanField(default=False, help_text="The points follow from the rubric's items.")
    adjustment = points_field(default=Decimal(0), help_text="On top of the rubric's items, for this submission alone.")
    comment = models.TextField(blank=True)
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, help_text="Counts saves, so that a second grader sees the first.")
    marked_at = models.DateTimeField(auto_now=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        ordering = ["problem__number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "problem"], name="mark_once"),
            # A rubric without a floor may take a problem below zero.
            models.CheckConstraint(condition=Q(points__gte=0) | Q(by_rubric=True), name="mark_points"),
            models.CheckConstraint(condition=Q(by_rubric=True) | Q(adjustment=0), name="mark_adjustment"),
        ]

    def __str__(self) -> str:
        return f"{self.problem}: {self.points}"
