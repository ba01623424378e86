"""What is to be handed in: assignments, their problems, parts and handouts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from coursesite.files.models import Format, StoredFile
from coursesite.roster.models import Course, Enrollment, Membership, Team, type_user
from coursesite.roster.moments import plausible

from .. import policy

if TYPE_CHECKING:
    from .extensions import Extension


class Kind(models.TextChoices):
    HOMEWORK = "homework", "Homework"
    MILESTONE = "milestone", "Project milestone"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open_by(self, moment: datetime) -> AssignmentQuerySet:
        return self.filter(opens_at__lte=moment)

    def visible_to(self, user: type_user, *, now: datetime) -> AssignmentQuerySet:
        """Staff see all of their courses; others see what is out."""
        if not user.is_authenticated:
            return self.none()
        out = Q(course__in=Course.objects.visible_to(user), opens_at__lte=now)
        return self.filter(out | Q(course__in=Course.objects.staffed_by(user)))

    def with_own_rule(self, student: Enrollment | None) -> Any:
        """Rows that know this student's extension and accommodation, so that `own_rule` asks nothing more."""
        from .extensions import Extension

        own = Extension.objects.of(student) if student else Extension.objects.none()
        rows = self.prefetch_related(models.Prefetch("extensions", own, to_attr="own_extensions"))
        return rows.annotate(own_hours=own_hours(student))


class Assignment(models.Model):
    """Something to hand in by a deadline. `Homework` and `Milestone` are its two kinds."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="assignments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    slug = models.SlugField()
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True, help_text="Markdown; maths between $ signs.")
    solutions_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[plausible],
        help_text="When solutions appear; empty: never. Extensions do not move it.",
    )
    position = models.PositiveSmallIntegerField()
    opens_at = models.DateTimeField(validators=[plausible])
    due_at = models.DateTimeField(validators=[plausible])
    grace_minutes = models.PositiveSmallIntegerField(default=0)
    late_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days after the deadline in which late work is taken; 0: none."
    )
    penalty_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="For each started day late, in percent of the points possible.",
    )
    floor_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="assignment_slug"),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("opens_at")),
                name="assignment_times",
                violation_error_message="It is due before it opens.",
            ),
            models.CheckConstraint(
                condition=Q(penalty_percent__range=(0, 100), floor_percent__range=(0, 100)),
                name="assignment_percents",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def by_team(self) -> bool:
        return self.kind == Kind.MILESTONE

    def shows_solutions(self, now: datetime) -> bool:
        return self.solutions_at is not None and self.solutions_at <= now

    @property
    def late_rule(self) -> policy.LateRule:
        return policy.LateRule(
            due_at=self.due_at,
            grace_minutes=self.grace_minutes,
            late_days=self.late_days,
            penalty_percent=self.penalty_percent,
            floor_percent=self.floor_percent,
        )

    @property
    def closes_at(self) -> datetime:
        return policy.last_moment(self.late_rule)

    def rule_for(self, owner: Enrollment | Team) -> policy.LateRule:
        """With this student's or team's extension, and standing accommodation."""
        return self.rule_with(self.extensions.filter(**owned_by(owner)).first(), hours_of(owner))

    @property
    def own_rule(self) -> policy.LateRule:
        """For the student named in `with_own_rule`."""
        return self.rule_with(next(iter(self.own_extensions), None), self.own_hours)  # type: ignore[attr-defined]

    def rule_with(self, extension: Extension | None, hours: int = 0) -> policy.LateRule:
        """What was granted for this set counts from the common deadline, like the accommodation: the later one holds.
        Late days come on top."""
        rule = self.late_rule.later(timedelta(hours=hours))
        if extension is None:
            return rule
        rule = rule.extended(extension.until, with_penalty=extension.with_penalty)
        return rule.later(timedelta(days=extension.late_days))


def hours_of(owner: Enrollment | Team) -> int:
    """A team has the longest that one of its present members has."""
    from .extensions import Accommodation

    people: Any = [owner.pk]
    if isinstance(owner, Team):
        people = Membership.objects.current().filter(team=owner).values("enrollment")
    longest: int | None = Accommodation.objects.filter(enrollment__in=people).aggregate(most=models.Max("hours"))[
        "most"
    ]
    return longest or 0


def own_hours(student: Enrollment | None) -> Any:
    """The same in SQL, for the student and for the student's present team."""
    from .extensions import Accommodation

    if student is None:
        return models.Value(0)
    teams = Membership.objects.current().filter(enrollment=student).values("team")
    mates: Any = Membership.objects.current().filter(team__in=teams).values("enrollment")
    longest = Accommodation.objects.order_by("-hours").values("hours")
    own, shared = longest.filter(enrollment=student)[:1], longest.filter(enrollment__in=mates)[:1]
    by_team = models.When(kind=Kind.MILESTONE, then=models.Subquery(shared))
    return Coalesce(models.Case(by_team, default=models.Subquery(own)), 0)


def owned_by(owner: Enrollment | Team) -> dict[str, Any]:
    return {"team" if isinstance(owner, Team) else "enrollment": owner}


class Problem(models.Model):
    """What is marked on its own, with its own points; the points of an assignment are their sum."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="problems")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    points = models.DecimalField(max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))])
    statement = models.TextField(blank=True, help_text="Markdown; maths between $ signs.")
    solution = models.TextField(blank=True, help_text="Appears with the solutions of the assignment.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="problem_number"),
            models.CheckConstraint(condition=Q(points__gt=0), name="problem_points"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class HandoutQuerySet(models.QuerySet["Handout"]):
    def visible_to(self, user: type_user, *, now: datetime) -> HandoutQuerySet:
        """With the assignment; solutions from their moment on, for staff always."""
        staffed = Q(assignment__course__in=Course.objects.staffed_by(user))
        seen = Q(assignment__in=Assignment.objects.visible_to(user, now=now))
        return self.filter(staffed | (seen & (Q(is_solution=False) | Q(assignment__solutions_at__lte=now))))


class Handout(models.Model):
    """A file for students: a template, data, or solutions."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="handouts")
    title = models.CharField(max_length=100)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    is_solution = models.BooleanField(default=False)

    objects = HandoutQuerySet.as_manager()

    class Meta:
        ordering = ["is_solution", "title"]

    def __str__(self) -> str:
        return self.title


# What a part may be, as course files and staff name it, and the formats that it takes.
PART_KINDS = {
    "pdf": ["pdf"],
    "ipynb": ["ipynb"],
    "written": ["pdf", "docx", "image"],
    "link": ["link"],
}


class Part(models.Model):
    """One thing that belongs to a submission: the written part, the notebook, the slides."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="parts")
    key = models.SlugField(max_length=30)
    title = models.CharField(max_length=100)
    formats = ArrayField(models.CharField(max_length=10, choices=Format.choices))
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["assignment", "key"], name="part_key")]

    def __str__(self) -> str:
        return self.title

    @property
    def format_names(self) -> str:
        return ", ".join(Format(f).label for f in self.formats)

    @property
    def is_link(self) -> bool:
        return Format.LINK in self.formats

    @property
    def takes_several(self) -> bool:
        """Scans come as one photo for each page."""
        return Format.IMAGE in self.formats
