"""One student's result in one column, and its history."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from coursesite.handin import sight
from coursesite.handin.models import Assignment
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, active, type_user

from .. import policy
from .columns import points_field
from .scheme import Item
from .seals import sealed
from .withheld import scores_elsewhere


class Source(models.TextChoices):
    MARKS = "marks", "Marks"
    ENTRY = "entry", "Entered by hand"
    IMPORT = "import", "Imported"


class ScoreQuerySet(models.QuerySet["Score"]):
    def visible_to(self, user: type_user) -> ScoreQuerySet:
        """Staff: those of their courses, but what they are to read again unseen and what is given to others alone. A
        student: one's own."""
        if not user.is_authenticated:
            return self.none()
        named = ~Q(item__assignment__in=Assignment.objects.filter(sight.nameless(user)))
        staffed = Q(item__category__course__in=Course.objects.staffed_by(user)) & (named | Q(item__assignment=None))
        kept = Q(pk__in=Score.objects.kept_from(user).values("pk"))
        return self.filter(staffed & ~kept | Q(enrollment__in=active(user)))

    def kept_from(self, user: type_user) -> ScoreQuerySet:
        """Those that this person, on the staff, does not get to see; nor any sum that holds one."""
        unread = Score.objects.sealed_to(user).values("pk")
        return self.filter(Q(pk__in=unread) | Q(pk__in=scores_elsewhere(user)))

    def sealed_to(self, user: type_user) -> ScoreQuerySet:
        """Those with a mark in them that this person is not to see yet: also beside marks of other problems, and for
        every member of a team."""
        works = "item__assignment__submissions__"
        marks = {f"{works}marks__in": sealed(user).values("pk")}
        own = Score.objects.filter(**marks, **{f"{works}enrollment": F("enrollment")})
        team = Score.objects.filter(**marks, **{f"{works}team__memberships__enrollment": F("enrollment")})
        return self.filter(Q(pk__in=own.values("pk")) | Q(pk__in=team.values("pk")), points__isnull=False)


@remembered()
class Score(models.Model):
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
