"""The project's pages."""

from .milestones import milestone
from .teams import index

__all__ = ["index", "milestone"]
