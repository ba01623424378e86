"""What a grader may draw on a page: pairs of whole numbers, in ten-thousandths of its width and height. Pure."""

from typing import Any

SIDE = 10_000
SMALLEST = 40  # a box that is thinner in both directions was a slip of the hand
MOST_POINTS = 600
COUNTS = {"box": (2, 2), "stroke": (2, MOST_POINTS), "text": (1, 1), "cell": (0, 0)}
NAMES = {"box": "A box has two corners.", "text": "A note has one place.", "cell": "A note on a cell has no place."}
Point = tuple[int, int]


def read(shape: str, drawn: Any) -> list[Point]:
    """The points as they are stored; ValueError says what is wrong, in a sentence for the grader."""
    least, most = COUNTS.get(shape, (1, 0))
    if least > most:
        raise ValueError("Draw a box, a stroke or a note.")
    if not isinstance(drawn, list | tuple):
        raise ValueError("A drawing is a list of points.")
    if len(drawn) > most and shape == "stroke":
        raise ValueError(f"A stroke holds {MOST_POINTS} points at most; draw it in two.")
    if not least <= len(drawn) <= most:
        raise ValueError(NAMES.get(shape, "A stroke needs two points."))
    points = [point(pair) for pair in drawn]
    return corners(points) if shape == "box" else points


def point(pair: Any) -> Point:
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(type(value) is int for value in pair):
        raise ValueError("A point is a pair of whole numbers.")
    if not all(0 <= value <= SIDE for value in pair):
        raise ValueError("This lies outside of the page.")
    return pair[0], pair[1]


def corners(points: list[Point]) -> list[Point]:
    """Upper left and lower right, whichever way it was drawn."""
    (left, right), (top, bottom) = sorted(x for x, _ in points), sorted(y for _, y in points)
    if right - left < SMALLEST and bottom - top < SMALLEST:
        raise ValueError("This box is too small to be seen; draw a larger one.")
    return [(left, top), (right, bottom)]
