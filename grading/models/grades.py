"""Course grades, and the queue of those to compute anew."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from coursesite.roster.models import Enrollment

from .columns import percent_field


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
