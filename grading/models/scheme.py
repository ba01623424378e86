"""How the course grade is made up: categories, letters, and the columns of the gradebook."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.handin.models import Assignment
from coursesite.roster.history import remembered
from coursesite.roster.models import Course
from coursesite.roster.moments import plausible

from .columns import percent_field, points_field


@remembered()
class Category(models.Model):
    """A share of the course grade."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="categories")
    title = models.CharField(max_length=100)
    weight = percent_field(validators=[MinValueValidator(0), MaxValueValidator(100)])
    keep_best = models.PositiveSmallIntegerField(null=True, blank=True)
    drop_lowest = models.PositiveSmallIntegerField(null=True, blank=True)
    points_weighted = models.BooleanField(default=False)
    cap_percent = percent_field(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["course", "title"], name="category_title"),
            models.CheckConstraint(condition=Q(weight__range=(0, 100)), name="category_weight"),
            models.CheckConstraint(
                condition=Q(keep_best__isnull=True) | Q(keep_best__gte=1, drop_lowest__isnull=True),
                name="category_keep",
                violation_error_message="Keep at least one, and say either how many to keep or how many to drop.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@remembered()
class Cutoff(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="cutoffs")
    letter = models.CharField(max_length=5)
    minimum = percent_field()

    class Meta:
        ordering = ["-minimum"]
        constraints = [
            models.UniqueConstraint(fields=["course", "letter"], name="cutoff_letter"),
            # Asked at the end of a transaction: a new scheme may move a letter to where another still is.
            models.UniqueConstraint(
                fields=["course", "minimum"], name="cutoff_minimum", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} from {self.minimum}"


@remembered()
class Item(models.Model):
    """A column of the gradebook."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="items")
    title = models.CharField(max_length=100)
    points_possible = points_field()
    position = models.PositiveSmallIntegerField()
    assignment = models.OneToOneField(Assignment, models.PROTECT, null=True, blank=True, related_name="item")
    canvas_id = models.CharField("Canvas ID", max_length=30, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField(
        "to be released at",
        null=True,
        blank=True,
        validators=[plausible],
        help_text="The worker releases it then; empty: nobody has planned it.",
    )
    announced_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When students were written to: once, however often it is released.",
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["category", "title"], name="item_title"),
            models.CheckConstraint(
                condition=Q(points_possible__gt=0),
                name="item_points",
                violation_error_message="Points possible must be above zero.",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(release_at__isnull=True),
                name="item_released_or_planned",
                violation_error_message="What is released already can't be planned to be.",
            ),
        ]

    def __str__(self) -> str:
        return self.title
