"""What students are interested in, can do, and when they are free; project ideas."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, Team, type_user
from coursesite.schedule.models import Topic

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DASH = "\u2013"
HOURS = (8, 10, 12, 14, 16, 18, 20)  # each block lasts two hours
BLOCKS = tuple(range(len(DAYS) * len(HOURS)))


def block_name(block: int) -> str:
    """Day and hours, as `Tue 14 to 16`, with a dash."""
    day, hour = DAYS[block // len(HOURS)], HOURS[block % len(HOURS)]
    return f"{day} {hour}{DASH}{hour + 2}"


def words_field() -> Any:
    return ArrayField(models.CharField(max_length=40), default=list, blank=True, size=12)


class ProfileQuerySet(models.QuerySet["Profile"]):
    def visible_to(self, user: type_user) -> ProfileQuerySet:
        """Whoever takes part in the course; what somebody wishes is for their own page alone."""
        return self.filter(enrollment__course__in=Course.objects.visible_to(user))

    def of_students(self, course: Course) -> ProfileQuerySet:
        present = Enrollment.objects.active().students().filter(course=course)
        return self.filter(enrollment__in=present)


@remembered()
class Profile(models.Model):
    """What one student tells so that a fitting team is found."""

    enrollment = models.OneToOneField(Enrollment, models.CASCADE, related_name="profile")
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    keywords = words_field()
    about = models.TextField(blank=True, validators=[MaxLengthValidator(1000)])
    skills = words_field()
    hours = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text="Free blocks of a week.")
    wishes = models.ManyToManyField(Enrollment, blank=True, related_name="wished_by")
    seeking = models.BooleanField(default=True, help_text="Shown on the board while in no team.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__contained_by=list(BLOCKS)),
                name="profile_hours",
                violation_error_message="A week has no such hours.",
            )
        ]

    def __str__(self) -> str:
        return f"Interests of {self.enrollment.user}"

    @property
    def free(self) -> list[str]:
        return [block_name(block) for block in sorted(self.hours)]

    @property
    def mask(self) -> int:
        """One bit for each free block."""
        return sum(1 << block for block in set(self.hours))


class IdeaQuerySet(models.QuerySet["Idea"]):
    def standing(self) -> IdeaQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def visible_to(self, user: type_user) -> IdeaQuerySet:
        return self.filter(author__course__in=Course.objects.visible_to(user))


@remembered()
class Idea(models.Model):
    """A project that a student proposes; `team` is the one that works on it."""

    author = models.ForeignKey(Enrollment, models.CASCADE, related_name="ideas")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="ideas")
    title = models.CharField(max_length=120)
    text = models.TextField(help_text="Markdown; maths between $ signs.", validators=[MaxLengthValidator(4000)])
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    skills = words_field()
    posted_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = IdeaQuerySet.as_manager()

    class Meta:
        ordering = ["-posted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(team__isnull=False, withdrawn_at__isnull=True),
                name="idea_one_of_a_team",
                violation_error_message="The team has an idea already.",
            ),
            models.CheckConstraint(
                condition=~Q(title=""), name="idea_title", violation_error_message="Give it a title."
            ),
        ]

    def __str__(self) -> str:
        return self.title
