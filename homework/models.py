"""Homework sets, and who is acknowledged for each problem."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from coursesite.handin.models import Assignment, AssignmentQuerySet, Kind, Problem, Submission
from coursesite.roster.models import Enrollment, User


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

    # Without an index of its own: that of the constraint below begins with it.
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="acknowledgements", db_index=False)
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


class Comparison(models.Model):
    """All works of a set compared with each other, once, in the worker. Only staff see that there is one."""

    homework = models.ForeignKey(Homework, models.CASCADE, related_name="comparisons")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often the worker has begun.")
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="Until then nobody else begins.")
    works = models.PositiveIntegerField(default=0, help_text="How many were compared.")
    unread = models.PositiveIntegerField(default=0, help_text="How many hold nothing that can be read, only photos.")

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["homework"],
                condition=models.Q(finished_at=None),
                name="comparison_one_at_a_time",
                violation_error_message="This set is being compared already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.homework}, compared {self.asked_at:%Y-%m-%d %H:%M}"


class Matter(models.TextChoices):
    CODE = "code", "code"
    TEXT = "text", "text"


class Likeness(models.Model):
    """Two works that share passages: how many fingerprints of how many. It decides nothing."""

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="likenesses")
    matter = models.CharField(max_length=4, choices=Matter.choices)
    one = models.ForeignKey(Submission, models.CASCADE, related_name="+")
    other = models.ForeignKey(Submission, models.CASCADE, related_name="+")
    shared = models.PositiveIntegerField()
    of_one = models.PositiveIntegerField()
    of_other = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "likenesses"
        constraints = [
            models.UniqueConstraint(fields=["comparison", "matter", "one", "other"], name="likeness_once"),
            models.CheckConstraint(condition=~models.Q(one=models.F("other")), name="likeness_of_two"),
            models.CheckConstraint(
                condition=models.Q(shared__gt=0, shared__lte=models.F("of_one"))
                & models.Q(shared__lte=models.F("of_other")),
                name="likeness_shared_of_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one.owner_name} and {self.other.owner_name}: {self.percent}% of the {self.matter}"

    @property
    def percent(self) -> int:
        """Of the shorter work."""
        return round(100 * self.shared / min(self.of_one, self.of_other))
