"""What students and staff do about teams and milestones."""

from .confirming import confirm, seat_move
from .forming import cancel, discard, form
from .handing_in import submit
from .interests import Proposal, Told, check_own, idea_change, idea_post, idea_take, idea_withdraw, profile_save
from .staffing import merge, split
from .teams import accept, ask, decline, fixed, found, invite, leave, move, rename, team_of, withdraw

__all__ = [
    "Proposal", "Told", "accept", "ask", "cancel", "check_own", "confirm", "decline", "discard", "fixed", "form",
    "found", "idea_change", "idea_post", "idea_take", "idea_withdraw", "invite", "leave", "merge", "move",
    "profile_save", "rename", "seat_move", "split", "submit", "team_of", "withdraw",
]  # fmt: skip
