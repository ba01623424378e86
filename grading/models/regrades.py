"""Students ask for a second look at one problem; the thread, and both marks."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from coursesite.handin.models import Problem, Submission
from coursesite.roster.history import remembered
from coursesite.roster.models import Course, Enrollment, Role, User, type_user

from .arrangements import elsewhere, open_problems
from .columns import points_field
from .seals import sealed


class RegradeState(models.TextChoices):
    OPEN = "open", "Open"
    CHANGED = "changed", "Points changed"
    KEPT = "kept", "Points kept"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RegradeQuerySet(models.QuerySet["Regrade"]):
    def open(self) -> RegradeQuerySet:
        return self.filter(state=RegradeState.OPEN)

    def visible_to(self, user: type_user) -> RegradeQuerySet:
        """The staff of its course who see that work, with its name, and that problem of it; also whom it waits for and
        who gave the mark, to whomever the problem was given since. Students come by their own submission, see
        `services.regrades.of`."""
        mine = self.filter(submission__assignment__course__in=Course.objects.staffed_by(user))
        kept = sealed(user).filter(submission=OuterRef("submission"), problem=OuterRef("problem"))
        others = Submission.objects.filter(elsewhere(user)).values("pk")
        theirs = Q(problem__in=open_problems(user)) & ~Q(submission__in=others)
        theirs |= Q(assigned_to=user.pk) | Q(first_grader=user.pk)
        return mine.filter(theirs, ~Exists(kept), submission__in=Submission.objects.named_to(user).values("pk"))

    def mine(self, user: User) -> RegradeQuerySet:
        """What waits for this person: given to them, or to the instructors of whom they are one."""
        leads = Q(escalated_at__isnull=False, submission__assignment__course__in=Course.objects.led_by(user))
        return self.open().filter(Q(escalated_at__isnull=True, assigned_to=user) | leads)


@remembered()
class Regrade(models.Model):
    """One request: for one problem of one version. `old_points` are those that the student asked about; `new_points`
    those of the answer. The mark itself keeps every state it ever had in its history."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="regrades")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="regrades")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="regrades")
    state = models.CharField(max_length=10, choices=RegradeState.choices, default=RegradeState.OPEN)
    first_grader = models.ForeignKey(User, models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    escalated_at = models.DateTimeField("passed to the instructor", null=True, blank=True)
    old_points = points_field()
    new_points = points_field(null=True, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RegradeQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = "regrade request"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "problem"],
                condition=Q(state="open"),
                name="regrade_open_once",
                violation_error_message="A request for this problem is open already.",
            ),
            models.CheckConstraint(condition=Q(state__in=RegradeState.values), name="regrade_state"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "withdrawn"))
                | Q(new_points__isnull=False, answered_at__isnull=False, answered_by__isnull=False),
                name="regrade_answered",
                violation_error_message="An answer has points, a moment and a person.",
            ),
        ]

    def __str__(self) -> str:
        return f"Regrade of {self.submission.assignment}, {self.problem}"

    @property
    def is_open(self) -> bool:
        return self.state == RegradeState.OPEN

    @property
    def said(self) -> str:
        """The state in words that a student understands."""
        if self.is_open and self.escalated_at:
            return "Open, with the instructor"
        return self.get_state_display()


class RegradeMessage(models.Model):
    """What was said, in order; never edited."""

    regrade = models.ForeignKey(Regrade, models.CASCADE, related_name="messages")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    text = models.TextField(max_length=4000)
    points = points_field(null=True, blank=True, help_text="The points after this answer.")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="regrade_message_said")]

    def __str__(self) -> str:
        return f"{self.author}, {self.written_at:%d %b %H:%M}"
