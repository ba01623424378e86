"""What people fill in on the project's pages."""

from .forming import MergeForm, MoveForm, SeatForm, SplitForm, WeighForm
from .interests import BoardForm, IdeaForm, InterestsForm
from .teams import FoundForm, InviteForm

__all__ = [
    "BoardForm", "FoundForm", "IdeaForm", "InterestsForm", "InviteForm", "MergeForm", "MoveForm", "SeatForm",
    "SplitForm", "WeighForm",
]  # fmt: skip
