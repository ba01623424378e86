"""What graders give to the problems of a submission."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.handin.models import Problem, Submission
from coursesite.roster.history import remembered
from coursesite.roster.models import User

from .columns import points_field


@remembered()
class Mark(models.Model):
    """One problem of one submission, judged."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="marks")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="marks")
    points = points_field(validators=[MinValueValidator(0)])
    comment = models.TextField(blank=True)
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, help_text="Counts saves, so that a second grader sees the first.")
    marked_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["problem__number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "problem"], name="mark_once"),
            models.CheckConstraint(condition=Q(points__gte=0), name="mark_points"),
        ]

    def __str__(self) -> str:
        return f"{self.problem}: {self.points}"
