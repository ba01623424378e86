"""What students and staff do about teams and milestones."""

from .handing_in import submit
from .interests import Proposal, Told, check_own, idea_change, idea_post, idea_take, idea_withdraw, profile_save
from .teams import accept, ask, decline, fixed, found, invite, leave, move, team_of, withdraw

__all__ = [
    "Proposal", "Told", "accept", "ask", "check_own", "decline", "fixed", "found", "idea_change", "idea_post",
    "idea_take", "idea_withdraw", "invite", "leave", "move", "profile_save", "submit", "team_of", "withdraw",
]  # fmt: skip
