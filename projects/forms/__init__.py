"""What people fill in on the project's pages."""

from .teams import FoundForm, InviteForm

__all__ = ["FoundForm", "InviteForm"]
