"""Judge: the scheme, marks, scores, and the course grades computed from them.

Every table that people change keeps a history by trigger; what changes a figure marks it stale by trigger.
"""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from coursesite.handin.models import Assignment, Problem, Submission
from coursesite.roster.models import Course, Enrollment, User, active, type_user

from . import policy


def percent_field(**options: object) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=7, decimal_places=2, **options)  # type: ignore[arg-type]


def points_field(**options: object) -> models.DecimalField[Decimal, Decimal]:
    """Four decimals, so that a percent that is imported again keeps its two."""
    return models.DecimalField(max_digits=10, decimal_places=4, **options)  # type: ignore[arg-type]


class DatabaseRole(models.Func):
    template = "CURRENT_USER"
    output_field = models.TextField()


@pghistory.track()
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


@pghistory.track()
class Cutoff(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="cutoffs")
    letter = models.CharField(max_length=5)
    minimum = percent_field()

    class Meta:
        ordering = ["-minimum"]
        constraints = [
            models.UniqueConstraint(fields=["course", "letter"], name="cutoff_letter"),
            models.UniqueConstraint(fields=["course", "minimum"], name="cutoff_minimum"),
        ]

    def __str__(self) -> str:
        return f"{self.letter} from {self.minimum}"


@pghistory.track()
class Item(models.Model):
    """A column of the gradebook."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="items")
    title = models.CharField(max_length=100)
    points_possible = points_field()
    position = models.PositiveSmallIntegerField()
    assignment = models.OneToOneField(Assignment, models.PROTECT, null=True, blank=True, related_name="item")
    canvas_id = models.CharField("Canvas ID", max_length=30, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
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
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
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


class Source(models.TextChoices):
    MARKS = "marks", "Marks"
    ENTRY = "entry", "Entered by hand"
    IMPORT = "import", "Imported"


class ScoreQuerySet(models.QuerySet["Score"]):
    def visible_to(self, user: type_user) -> ScoreQuerySet:
        """Staff: those of their courses. A student: one's own."""
        if not user.is_authenticated:
            return self.none()
        staffed = Q(item__category__course__in=Course.objects.staffed_by(user))
        return self.filter(staffed | Q(enrollment__in=active(user)))


class Score(models.Model):  # type: ignore[django-manager-missing]  # pghistory makes the relation
    """One student's result in one column. `points` are net of the late penalty.

    `penalty` is what lateness takes off at most (in points), `floor` the points below which it does not push;
    both also stand on an ungraded score, since they limit what can still be reached.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="scores")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="scores")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in policy.State], default=policy.State.UNGRADED.value
    )
    raw_points = points_field(null=True, blank=True)
    points = points_field(null=True, blank=True)
    penalty = points_field(default=Decimal(0))
    floor = points_field(default=Decimal(0))
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.MARKS)
    comment = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "item"], name="score_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in policy.State]), name="score_state"),
            models.CheckConstraint(
                condition=Q(state="graded", points__gte=0, points__isnull=False)
                | (~Q(state="graded") & Q(points__isnull=True)),
                name="score_points",
                violation_error_message="A graded score has points, zero or more; no other has.",
            ),
            models.CheckConstraint(condition=Q(penalty__gte=0, floor__gte=0), name="score_penalty"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user}, {self.item}: {self.points if self.state == 'graded' else self.state}"


class ScoreEvent(
    pghistory.create_event_model(  # type: ignore[misc]
        Score, pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
    )
):
    """History of scores; the database role tells who wrote outside the application."""

    database_role = models.TextField(db_default=DatabaseRole())


class CourseGrade(models.Model):
    """What the worker computed from the scores; never edited. Staff figures, and the student's own."""

    enrollment = models.OneToOneField(Enrollment, models.CASCADE, primary_key=True, related_name="grade")
    final = percent_field(null=True)
    so_far = percent_field(null=True)
    reachable = percent_field(null=True)
    letter = models.CharField(max_length=5, blank=True)
    counted = ArrayField(models.BigIntegerField(), default=list)
    student_final = percent_field(null=True)
    student_so_far = percent_field(null=True)
    student_reachable = percent_field(null=True)
    student_letter = models.CharField(max_length=5, blank=True)
    student_counted = ArrayField(models.BigIntegerField(), default=list)
    computed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.final}"


class Stale(models.Model):
    """A queue, written by triggers and only ever appended to: this enrolment's grade must be computed anew.

    Append-only, so that two edits never wait for each other; the worker deletes what it has claimed.
    """

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="stale", db_constraint=False)
    marked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "stale"

    def __str__(self) -> str:
        return f"{self.enrollment_id} since {self.marked_at}"
