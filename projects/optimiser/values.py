"""What goes in and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass, field

# Unit numbers, sorted: units that make one team.
Team = tuple[int, ...]
# Points that a student costs who is the only one of a section in a team; the most that anybody brings is 100.
ALONE = 200
# Told now and then: what is being done, and which share of all is done. False: stop.
Watch = Callable[[str, float], bool]


class Cancelled(Exception):
    """Whoever watches has said stop."""


@dataclass(frozen=True)
class Student:
    """`hours` has one bit for each block of the week that is free; `wishes` are the keys of those asked for."""

    key: int
    interests: frozenset[str] = frozenset()
    hours: int = 0
    section: int | None = None
    wishes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Unit:
    """Who stays together: one student, or an existing team. A `complete` one may take others in, or stay as it is."""

    members: tuple[int, ...]
    complete: bool = False


@dataclass(frozen=True)
class Weights:
    """How much each criterion counts. Who asked for each other comes before all of them."""

    interests: int = 3
    hours: int = 3
    sections: int = 10


@dataclass(frozen=True)
class Task:
    """A class to be placed. `effort` is deterministic time, so that the same seed gives the same teams anywhere."""

    students: tuple[Student, ...]
    units: tuple[Unit, ...]
    low: int = 3
    high: int = 4
    weights: Weights = field(default_factory=Weights)
    seed: int = 1
    effort: float = 8.0

    def members(self, team: Team) -> tuple[int, ...]:
        return tuple(key for unit in team for key in self.units[unit].members)


@dataclass(frozen=True)
class Score:
    """Of one team or of all: `kept` pairs who asked for each other, then points by criterion, and `touched`, the
    complete teams that take somebody in."""

    kept: int = 0
    interests: int = 0
    hours: int = 0
    alone: int = 0
    touched: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.kept + other.kept, self.interests + other.interests, self.hours + other.hours,
            self.alone + other.alone, self.touched + other.touched,
        )  # fmt: skip

    def points(self, weights: Weights) -> int:
        """Whatever is weighed: everything but wishes."""
        return weights.interests * self.interests + weights.hours * self.hours - weights.sections * ALONE * self.alone


@dataclass(frozen=True)
class Placement:
    """Teams as student keys. `bound` is what no choice among the candidates can exceed, in points; None if nothing was
    left to choose."""

    teams: tuple[tuple[int, ...], ...]
    score: Score
    points: int
    bound: float | None
    candidates: int
    proven: bool
