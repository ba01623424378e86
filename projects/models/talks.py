"""Presentations: slots that the instructor opens, the teams' talks in them, offers to swap, classmates' feedback."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from coursesite.handin.models import Assignment
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, Membership, Team, TsTzRange, User, active, type_user
from coursesite.roster.moments import plausible


class Combining(models.TextChoices):
    """How what several staff gave to one talk becomes one score."""

    AVERAGE = "average", "the average of all who scored it in full"
    DECIDER = "decider", "what one person gave, who decides"


@remembered()
class Presentation(models.Model):
    """The talks that belong to a milestone."""

    milestone = models.OneToOneField(Assignment, models.CASCADE, primary_key=True, related_name="presentation")
    locks_at = models.DateTimeField(
        "bookings are fixed at",
        null=True,
        blank=True,
        validators=[plausible],
        help_text="Until then teams book, swap and give back; then staff.",
    )
    combining = models.CharField("Score of a talk", max_length=10, choices=Combining.choices, default=Combining.AVERAGE)
    decider = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    feedback_released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(combining__in=Combining.values), name="presentation_combining"),
        ]

    def __str__(self) -> str:
        return f"Talks of {self.milestone}"

    def locked(self, now: datetime) -> bool:
        return self.locks_at is not None and self.locks_at < now


class SlotQuerySet(models.QuerySet["Slot"]):
    def free(self) -> SlotQuerySet:
        return self.filter(talk=None)


@remembered()
class Slot(models.Model):
    """A time and a room for one talk."""

    presentation = models.ForeignKey(Presentation, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField(validators=[plausible])
    ends_at = models.DateTimeField(validators=[plausible])
    room = models.CharField(max_length=100)

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "room"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="slot_times",
                violation_error_message="A slot ends after it starts.",
            ),
            models.CheckConstraint(condition=~Q(room=""), name="slot_room", violation_error_message="Say where."),
            ExclusionConstraint(
                name="slot_room_once",
                expressions=[
                    ("presentation", RangeOperators.EQUAL),
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Another slot is in this room at that time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d %b %H:%M}, {self.room}"


class TalkQuerySet(models.QuerySet["Talk"]):
    def of(self, user: User) -> TalkQuerySet:
        """Those of one's present teams."""
        return self.filter(team__in=Membership.objects.current().filter(enrollment__in=active(user)).values("team"))

    def visible_to(self, user: type_user) -> TalkQuerySet:
        """The timetable is everybody's who takes part in the course."""
        return self.filter(team__course__in=Course.objects.visible_to(user))


@remembered()
class Talk(models.Model):
    """A team's presentation. It stays the same one when it moves to another slot or has none: calendars know it by its
    `uid`, and see by `sequence` that it changed; scores and feedback belong to it."""

    presentation = models.ForeignKey(Presentation, models.CASCADE, related_name="talks")
    team = models.ForeignKey(Team, models.CASCADE, related_name="talks")
    slot = models.OneToOneField(
        Slot,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="talk",
        error_messages={"unique": "Another team has just taken this slot; choose one that is free."},
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    placed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    objects = TalkQuerySet.as_manager()

    class Meta:
        ordering = ["slot__starts_at", "team__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["presentation", "team"],
                name="talk_once",
                violation_error_message="This team presents already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.presentation.milestone}"

    @property
    def has_begun(self) -> bool:
        return self.slot is not None and self.slot.starts_at <= timezone.now()


class Offer(models.Model):
    """One team offers another to swap slots; whatever moves one of the two talks closes it."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="offers")
    other = models.ForeignKey(Talk, models.CASCADE, related_name="asked")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    accepted = models.BooleanField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "other"],
                condition=Q(accepted=None),
                name="offer_open_once",
                violation_error_message="This swap is offered already.",
            ),
            models.CheckConstraint(condition=~Q(talk=F("other")), name="offer_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.talk.team} offers {self.other.team} to swap"


class Feedback(models.Model):
    """A few lines from a classmate on a talk. Staff know who wrote them, the team never does."""

    LONGEST = 500

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="feedback")
    author = models.ForeignKey(Enrollment, models.CASCADE, related_name="+")
    text = models.TextField(max_length=LONGEST)
    withheld = models.BooleanField(default=False, help_text="The team does not see it.")
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "feedback"
        ordering = ["written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["talk", "author"],
                name="feedback_once",
                violation_error_message="You have written about this talk already.",
            )
        ]

    def __str__(self) -> str:
        return f"On {self.talk}"
