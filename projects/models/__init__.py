"""Project milestones, how teams come about, and their talks."""

from .milestones import Milestone, MilestoneManager
from .talks import Combining, Feedback, Offer, Presentation, Slot, Talk
from .teams import Answer, Invitation, InvitationQuerySet, Placement

__all__ = [
    "Answer", "Combining", "Feedback", "Invitation", "InvitationQuerySet", "Milestone", "MilestoneManager", "Offer",
    "Placement", "Presentation", "Slot", "Talk",
]  # fmt: skip
