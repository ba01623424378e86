"""Project milestones, how teams come about, their talks, and what teammates say of each other."""

from .evaluations import Evaluation, Rating
from .formations import AT_WORK, MOST, Formation, FormationQuerySet, Seat, Stage
from .interests import BLOCKS, DASH, DAYS, HOURS, Idea, IdeaQuerySet, Profile, ProfileQuerySet, block_name
from .milestones import Milestone, MilestoneManager
from .talks import Combining, Feedback, Offer, Presentation, Slot, Talk
from .teams import Answer, Invitation, InvitationQuerySet, Placement

__all__ = [
    "AT_WORK",
    "BLOCKS",
    "DASH",
    "DAYS",
    "HOURS",
    "MOST",
    "Answer",
    "Combining",
    "Evaluation",
    "Feedback",
    "Formation",
    "FormationQuerySet",
    "Idea",
    "IdeaQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Milestone",
    "MilestoneManager",
    "Offer",
    "Placement",
    "Presentation",
    "Profile",
    "ProfileQuerySet",
    "Rating",
    "Seat",
    "Slot",
    "Stage",
    "Talk",
    "block_name",
]
