"""The project's pages."""

from .board import board, change_idea, idea, interests, new_idea
from .forming import formation, forming
from .milestones import milestone
from .overview import overview
from .teams import index

__all__ = [
    "board", "change_idea", "formation", "forming", "idea", "index", "interests", "milestone", "new_idea", "overview",
]  # fmt: skip
