"""When: topics, lectures, recordings, office hours and resources."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from coursesite.roster.models import Course, Section
from coursesite.roster.moments import plausible


class Topic(models.Model):
    """One line of the syllabus; lines without a lecture count are sessions beside the lectures."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="topics")
    part = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200)
    lectures_planned = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["course", "position"], name="topic_position")]

    def __str__(self) -> str:
        return self.title


class Lecture(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="lectures")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="lectures")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField(validators=[plausible])
    ends_at = models.DateTimeField(validators=[plausible])
    room = models.CharField(max_length=100, blank=True)
    material_url = models.URLField(blank=True)
    recording_url = models.URLField(blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="lecture_number"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="lecture_times"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def recording_opens(self, section: Section | None) -> datetime:
        """When this section may see the recording; without a section (staff): at once."""
        return self.ends_at + timedelta(days=section.recording_delay_days if section else 0)


class OfficeHours(models.Model):
    """A person's weekly hours, in the course's time zone."""

    WEEKDAYS: ClassVar = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    course = models.ForeignKey(Course, models.CASCADE, related_name="office_hours")
    person = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=50)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, choices=list(enumerate(WEEKDAYS)))
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    place = models.CharField(max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "person"]
        verbose_name_plural = "office hours"

    def __str__(self) -> str:
        return f"{self.person}, {self.get_weekday_display()}"


class ResourceKind(models.TextChoices):
    BOOK = "book", "Book"
    COMPUTING = "computing", "Computing"
    RELATED = "related", "Related course"
    LINK = "link", "Link"


class Resource(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=10, choices=ResourceKind.choices)
    title = models.CharField(max_length=200)
    by = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    url = models.URLField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "position"]

    def __str__(self) -> str:
        return self.title
