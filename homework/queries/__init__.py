"""Reports about a set for its staff."""

from .collaboration import Drawing, Pair, drawing, pairs
from .similar import Line, lines

__all__ = ["Drawing", "Line", "Pair", "drawing", "lines", "pairs"]
