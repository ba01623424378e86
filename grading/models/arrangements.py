"""How the work of a column is split among graders, whether names are hidden, and how much is read twice."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Now

from coursesite.handin.models import Assignment, Problem, Submission
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Membership, Section, User, type_user

from .claims import Claim
from .columns import points_field
from .scheme import Item


class Split(models.TextChoices):
    NONE = "none", "Everybody grades everything"
    PROBLEM = "problem", "By problem"
    SECTION = "section", "By section"
    SHARE = "share", "By share"


class ArrangementQuerySet(models.QuerySet["Arrangement"]):
    def nameless(self) -> ArrangementQuerySet:
        """Names are hidden until the release."""
        return self.filter(anonymous=True, item__released_at__isnull=True)

    def strict(self, user: type_user) -> ArrangementQuerySet:
        """Those by which this person sees what is theirs alone."""
        given = self.filter(only=True).exclude(split=Split.NONE)
        return given.exclude(item__category__course__in=Course.objects.led_by(user))


@remembered()
class Arrangement(models.Model):
    """Of one column; without a row everybody grades everything, by name, once."""

    item = models.OneToOneField(Item, models.CASCADE, related_name="arrangement")
    split = models.CharField(max_length=10, choices=Split.choices, default=Split.NONE)
    only = models.BooleanField(
        default=False, help_text="TAs see and grade what is theirs alone; else theirs comes first."
    )
    anonymous = models.BooleanField(default=False, help_text="Names are hidden from graders until the release.")
    second_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)], help_text="So many percent are read by a second grader."
    )

    objects = ArrangementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(second_percent__lte=100), name="arrangement_percent"),
            models.CheckConstraint(condition=Q(split__in=Split.values), name="arrangement_split"),
        ]

    def __str__(self) -> str:
        return f"Grading of {self.item}"


class DutyQuerySet(models.QuerySet["Duty"]):
    def covering(self, grader: type_user | OuterRef, problem: Problem | None = None) -> DutyQuerySet:
        """As a subquery of submissions: what gives this work (and this problem of it) to this grader, or to whom a
        reference names."""
        members = Membership.objects.current().filter(team=OuterRef(OuterRef("team")))
        section = Q(section=OuterRef("enrollment__section")) | Q(section__in=members.values("enrollment__section"))
        share = Q(low__lte=share_of("pk"), high__gt=share_of("pk"))
        one = Q(problem=problem) if problem else Q(problem__isnull=False)
        key = grader if isinstance(grader, OuterRef) else grader.pk
        # The arrangement comes with the work, so that nothing has to be joined for each of them.
        here = OuterRef("assignment__item__arrangement")
        return self.filter(one | section | share, grader_id=key, arrangement=here)


def share_of(pk: str) -> Any:
    """Where a work lies among all shares: a number that tells nothing, from 0000… to ffff…"""
    return MD5(Concat(Value("share/"), Cast(OuterRef(pk), TextField()), output_field=TextField()))


@remembered()
class Duty(models.Model):
    """What one grader has of it: a problem, a section, or a share (works whose number lies from `low` to `high`)."""

    arrangement = models.ForeignKey(Arrangement, models.CASCADE, related_name="duties")
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    problem = models.ForeignKey(Problem, models.CASCADE, null=True, blank=True, related_name="+")
    section = models.ForeignKey(Section, models.PROTECT, null=True, blank=True, related_name="+")
    weight = models.PositiveSmallIntegerField(null=True, blank=True)
    low = models.CharField(max_length=8, blank=True)
    high = models.CharField(max_length=8, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(
                condition=Q(problem__isnull=False, section__isnull=True, weight__isnull=True, low="", high="")
                | Q(problem__isnull=True, section__isnull=False, weight__isnull=True, low="", high="")
                | (Q(problem__isnull=True, section__isnull=True, weight__gte=1) & ~Q(low="") & ~Q(high="")),
                name="duty_one_kind",
            ),
            models.UniqueConstraint(
                fields=["arrangement", "grader", "problem", "section"], name="duty_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grader}: {self.problem or self.section or f'{self.weight} shares'}"


@remembered()
class SecondMark(models.Model):
    """What a second grader, who did not see the mark, gives to the same problem. It never counts."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="second_marks")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="second_marks")
    grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    points = points_field()
    comment = models.TextField(blank=True)
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "problem"], name="second_mark_once")]

    def __str__(self) -> str:
        return f"{self.problem}: {self.points}, read a second time"


def nameless(user: type_user) -> Q:
    """Of assignments: those whose names this person does not get to see until the release."""
    hidden = Assignment.objects.filter(item__arrangement__in=Arrangement.objects.nameless())
    return Q(pk__in=hidden.exclude(course__in=Course.objects.led_by(user)).values("pk"))


def elsewhere(user: type_user, problem: Problem | None = None) -> Q:
    """Of submissions: those that others alone have by the plan. Instructors are kept from nothing."""
    strict = Assignment.objects.filter(item__arrangement__in=Arrangement.objects.strict(user)).values("pk")
    return Q(assignment__in=strict) & ~Q(Exists(Duty.objects.covering(user, problem)))


def closed(user: type_user, problem: Problem | None = None) -> Q:
    """Of submissions: those that are given to others alone, but for what lies before this person just now: to be read
    a second time, or with a request for a regrade that waits for them."""
    # A lease that is over opens nothing any more, though its row stays until somebody else takes the work.
    second = Claim.objects.filter(submission=OuterRef("pk"), grader_id=user.pk, second=True, expires_at__gt=Now())
    waits = {"regrades__state": "open", "regrades__assigned_to": user.pk}
    waits |= {"regrades__problem": problem} if problem else {}  # type: ignore[dict-item]
    asked = Submission.objects.filter(pk=OuterRef("pk"), **waits)
    return elsewhere(user, problem) & ~Q(Exists(second)) & ~Q(Exists(asked))


def open_problems(user: type_user) -> models.QuerySet[Problem]:
    """Without those that are given to others alone."""
    return Problem.objects.exclude(pk__in=problems_elsewhere(user))


def problems_elsewhere(user: type_user) -> models.QuerySet[Problem]:
    """Those that are given to others alone."""
    strict = Arrangement.objects.strict(user).filter(split=Split.PROBLEM)
    mine = Duty.objects.filter(grader_id=user.pk, problem__isnull=False)
    return Problem.objects.filter(assignment__item__arrangement__in=strict).exclude(pk__in=mine.values("problem"))
