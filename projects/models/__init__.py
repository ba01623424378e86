"""Project milestones, and how teams come about."""

from .milestones import Milestone, MilestoneManager
from .teams import Answer, Invitation, InvitationQuerySet, Placement

__all__ = ["Answer", "Invitation", "InvitationQuerySet", "Milestone", "MilestoneManager", "Placement"]
