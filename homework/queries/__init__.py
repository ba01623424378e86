"""Reports about a set for its staff, and the set itself for one of its students."""

from .collaboration import Pair, pairs
from .graph import Drawing, drawing
from .one import opened
from .similar import Line, lines

__all__ = ["Drawing", "Line", "Pair", "drawing", "lines", "opened", "pairs"]
