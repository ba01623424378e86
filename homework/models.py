"""Homework sets, and who is acknowledged for each problem."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from coursesite.handin.models import Assignment, AssignmentQuerySet, Kind, Problem, Submission
from coursesite.roster.models import Enrollment


class HomeworkManager(models.Manager["Homework"]):
    def get_queryset(self) -> Any:
        return AssignmentQuerySet(self.model, using=self._db).filter(kind=Kind.HOMEWORK)


class Homework(Assignment):
    """An assignment that each student hands in alone."""

    objects: ClassVar[Any] = HomeworkManager.from_queryset(AssignmentQuerySet)()  # type: ignore[arg-type]

    class Meta:
        proxy = True
        verbose_name_plural = "homework"


class Acknowledgement(models.Model):
    """For one problem of one version: nobody, classmates, or others (people, sources, AI tools)."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="acknowledgements")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="+")
    nobody = models.BooleanField(default=False)
    classmates = models.ManyToManyField(Enrollment, blank=True, related_name="+")
    others = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["problem__number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "problem"], name="acknowledgement_once"),
            models.CheckConstraint(
                condition=~models.Q(nobody=True) | models.Q(others=""),
                name="acknowledgement_nobody_or_somebody",
                violation_error_message="Choose nobody, or name somebody; not both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem}: {'nobody' if self.nobody else self.others or 'classmates'}"
