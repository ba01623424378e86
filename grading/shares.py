"""Dividing work by weights: bounds between which numbers of eight hexadecimal digits fall to each grader. Pure."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

WHOLE = 16**8
BEYOND = "g"  # after every hexadecimal digit


def bounds(weights: Sequence[int]) -> list[tuple[str, str]]:
    """From (included) and to (not included), without gap or overlap; the last one reaches to the end."""
    total = sum(weights)
    edges = [f"{WHOLE * part // total:08x}" for part in accumulate(weights, initial=0)][:-1]
    return list(pairwise([*edges, BEYOND]))
