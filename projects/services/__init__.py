"""What students and staff do about teams and milestones."""

from .handing_in import submit
from .teams import accept, ask, decline, fixed, found, invite, leave, move, team_of, withdraw

__all__ = [
    "accept", "ask", "decline", "fixed", "found", "invite", "leave", "move", "submit", "team_of", "withdraw",
]  # fmt: skip
