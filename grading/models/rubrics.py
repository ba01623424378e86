"""Rubrics: what takes points off a problem or gives them, and what of it applies to whose work."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coursesite.handin.models import Problem
from coursesite.roster.history import remembered

from ..rubric_policy import Scoring
from .marks import Mark


@remembered()
class Rubric(models.Model):
    """How a problem is judged by items. Without items, points are set as they are."""

    problem = models.OneToOneField(Problem, models.CASCADE, related_name="rubric")
    scoring = models.CharField(
        max_length=10,
        choices=[(Scoring.NEGATIVE.value, "Start from full, deduct"), (Scoring.POSITIVE.value, "Start from 0, add")],
        default=Scoring.NEGATIVE.value,
    )
    floored = models.BooleanField("never below 0", default=True)
    capped = models.BooleanField("never above the problem's points", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scoring__in=[s.value for s in Scoring]), name="rubric_scoring")
        ]

    def __str__(self) -> str:
        return f"Rubric of {self.problem}"


@remembered()
class RubricGroup(models.Model):
    """Items under one heading, of which one at most or several apply."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="groups")
    title = models.CharField(max_length=100)
    choose_one = models.BooleanField("only one of them applies", default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rubric", "title"],
                name="rubric_group_title",
                violation_error_message="This rubric has a group of that title.",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="rubric_group_titled"),
        ]

    def __str__(self) -> str:
        return self.title


class RubricItemQuerySet(models.QuerySet["RubricItem"]):
    def live(self) -> RubricItemQuerySet:
        return self.filter(removed_at=None)


@remembered()
class RubricItem(models.Model):
    """A line of a rubric. Its points are taken off or given, as the rubric's scoring says; below zero, the other way.

    An item that was removed counts for nobody; it stays, so that its removal can be undone with all that it
    applied to.
    """

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="items")
    group = models.ForeignKey(RubricGroup, models.SET_NULL, null=True, blank=True, related_name="items")
    text = models.TextField(max_length=2000, help_text="Markdown; maths between $ signs.")
    points = models.DecimalField(max_digits=7, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Counts edits, so that a second editor sees the first.")

    objects = RubricItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="rubric_item_text")]

    def __str__(self) -> str:
        return self.text


@remembered()
class Applied(models.Model):
    """This item applies to that work."""

    mark = models.ForeignKey(Mark, models.CASCADE, related_name="applied")
    item = models.ForeignKey(RubricItem, models.PROTECT, related_name="applied")

    class Meta:
        verbose_name_plural = "applied"
        constraints = [models.UniqueConstraint(fields=["mark", "item"], name="applied_once")]

    def __str__(self) -> str:
        return f"{self.item} on {self.mark_id}"
