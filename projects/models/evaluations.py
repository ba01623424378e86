"""Teammates rate each other after a milestone. Private: students see their own answers, staff all of them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from coursesite.handin.models import Assignment
from coursesite.roster.history import remembered
from coursesite.roster.models import Enrollment
from coursesite.roster.moments import plausible


class Share(models.IntegerChoices):
    """What somebody contributed, in the words of the form."""

    NONE = 1, "hardly took part"
    LESS = 2, "did less than their share"
    FAIR = 3, "did their share"
    MORE = 4, "did more than their share"
    MOST = 5, "carried much of the work"


@remembered()
class Evaluation(models.Model):
    """Opens when the milestone is due, for whoever was in a team then; closes at a moment."""

    milestone = models.OneToOneField(Assignment, models.CASCADE, primary_key=True, related_name="evaluation")
    closes_at = models.DateTimeField(validators=[plausible])

    def __str__(self) -> str:
        return f"Teammate evaluation, {self.milestone}"

    def is_open(self, now: datetime) -> bool:
        return self.milestone.due_at < now <= self.closes_at


@remembered()
class Rating(models.Model):
    """What one member says about another."""

    LONGEST = 1000

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="ratings")
    rater = models.ForeignKey(Enrollment, models.CASCADE, related_name="ratings_given")
    ratee = models.ForeignKey(Enrollment, models.CASCADE, related_name="ratings_got")
    rating = models.PositiveSmallIntegerField(choices=Share.choices)
    comment = models.TextField(blank=True, max_length=LONGEST)
    given_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "rater", "ratee"], name="rating_once"),
            models.CheckConstraint(
                condition=~Q(rater=F("ratee")),
                name="rating_of_another",
                violation_error_message="Nobody rates oneself.",
            ),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="rating_range"),
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} on {self.ratee_id}: {self.rating}"
