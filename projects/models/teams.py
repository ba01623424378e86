"""Invitations to teams; teams themselves are part of the roster."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coursesite.roster.history import remembered
from coursesite.roster.models import Enrollment, Team, User, active, type_user


class Answer(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(answer=Answer.OPEN)

    def visible_to(self, user: type_user) -> InvitationQuerySet:
        """The invited person and the members of the team."""
        if not user.is_authenticated:
            return self.none()
        mine = active(user)
        member = Q(team__memberships__enrollment__in=mine, team__memberships__left_at__isnull=True)
        return self.filter(Q(invited__in=mine) | member).distinct()


@remembered()
class Invitation(models.Model):
    """An offer between a team and a student; `asked`: the student came to the team, and not the other way round."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    invited = models.ForeignKey(Enrollment, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    asked = models.BooleanField(default=False)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "invited"],
                condition=Q(answer=Answer.OPEN),
                name="invitation_open_once",
                violation_error_message="This student and this team have an open invitation already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invited.user} to {self.team}"


class Placement(Enrollment):
    """A student as the list of team members shows them."""

    class Meta:
        proxy = True
        verbose_name = "team member"
        ordering = ["user__sort_name", "user__email"]
