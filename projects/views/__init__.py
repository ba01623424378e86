"""The project's pages."""

from .board import board, change_idea, idea, interests, new_idea
from .milestones import milestone
from .teams import index

__all__ = ["board", "change_idea", "idea", "index", "interests", "milestone", "new_idea"]
