"""Who worked with whom, as a picture: whoever hangs together stands together, and no name covers another."""

from dataclasses import dataclass, field
from math import cos, pi, sin

from coursesite.roster.models import Enrollment

from .collaboration import Pair

WIDTH = 960.0
LETTER, LINE = 7.5, 24.0  # of a name: width of a letter, height of its line
GAP = 28.0
Group = list[Enrollment]


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    name: str
    anchor: str  # of the name: it stands to the right (start) or to the left (end)


@dataclass(frozen=True)
class Drawing:
    """A ring for each group, in rows; a line for each pair, whole when both say so."""

    dots: list[Dot] = field(default_factory=list)
    lines: list[tuple[float, float, float, float, bool]] = field(default_factory=list)
    width: int = 0
    height: int = 0


def drawing(found: list[Pair]) -> Drawing:
    places: dict[int, Dot] = {}
    left, top, row, widest = 0.0, 0.0, 0.0, WIDTH
    for group in groups(found):
        ring = radius(len(group))
        wide, tall = size(group, ring)
        if left and left + wide > WIDTH:
            left, top, row = 0.0, top + row, 0.0
        places |= dots(group, ring, left, top + tall / 2)
        left, row, widest = left + wide, max(row, tall), max(widest, left + wide)
    spots = [(places[pair.one.pk], places[pair.other.pk], pair.both) for pair in found]
    lines = [(one.x, one.y, other.x, other.y, both) for one, other, both in spots]
    return Drawing(list(places.values()), lines, round(widest), round(top + row))


def groups(found: list[Pair]) -> list[Group]:
    """Who hangs together by pairs, the largest groups first."""
    people = {student.pk: student for pair in found for student in (pair.one, pair.other)}
    of = {pk: {pk} for pk in people}
    for pair in found:
        joined = of[pair.one.pk] | of[pair.other.pk]
        of |= dict.fromkeys(joined, joined)
    apart = {id(members): members for members in of.values()}
    rows = [sorted((people[pk] for pk in one), key=lambda s: (s.user.sort_name, s.pk)) for one in apart.values()]
    return sorted(rows, key=lambda group: (-len(group), group[0].user.sort_name, group[0].pk))


def radius(count: int) -> float:
    """So large that names where the ring is flat, at its top and (for an odd number) at its foot, still stand on lines
    of their own."""
    if count == 2:
        return LINE
    step = 2 * pi / count
    return max(LINE, LINE / (1 - cos(step) if count % 2 else cos(step / 2) - cos(3 * step / 2)))


def size(group: Group, ring: float) -> tuple[float, float]:
    label = name_width(group)
    sides = 1 if len(group) == 2 else 2
    return 2 * ring + sides * (label + 12) + GAP, 2 * ring + LINE + GAP


def name_width(group: Group) -> float:
    return LETTER * max(len(str(student.user)) for student in group)


def dots(group: Group, ring: float, left: float, middle: float) -> dict[int, Dot]:
    """Two stand one above the other; more go around, half a step off the top, so that each has a side."""
    pair = len(group) == 2
    centre = left + ring + 6 if pair else left + ring + name_width(group) + 12
    found = {}
    for at, student in enumerate(group):
        turn = 2 * pi * (at if pair else at + 0.5) / len(group)
        x, y = centre + ring * sin(turn), middle - ring * cos(turn)
        found[student.pk] = Dot(round(x, 1), round(y, 1), str(student.user), "start" if pair or turn <= pi else "end")
    return found
