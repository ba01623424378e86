"""Project milestones, how teams come about, their talks, and what teammates say of each other."""

from .evaluations import Evaluation, Rating
from .formations import AT_WORK, MOST, Formation, FormationQuerySet, Seat, Stage
from .gallery import Agreement, Audience, Gallery, Publication, PublishedFile
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
    "Agreement",
    "Answer",
    "Audience",
    "Combining",
    "Evaluation",
    "Feedback",
    "Formation",
    "FormationQuerySet",
    "Gallery",
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
    "Publication",
    "PublishedFile",
    "Rating",
    "Seat",
    "Slot",
    "Stage",
    "Talk",
    "block_name",
]  # fmt: skip
