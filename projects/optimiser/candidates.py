"""Teams that are worth being chosen: from each unit's side the best ones among its nearest.

At first the nearest are those who go well together. Once a linear programme has put a price on each unit, they are
those who go well together for their price: a team that is worth more than its members' prices makes a better whole.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from heapq import nlargest
from itertools import combinations

from .scoring import Scale
from .values import Team

NEAREST, FRIENDS = 12, 8


class Neighbours:
    """How well any two units go together."""

    def __init__(self, scale: Scale) -> None:
        self.scale, units = scale, range(len(scale.units))
        self.sizes = [len(members) for members in scale.units]
        self.pairs = [[self.together(a, b) for b in units] for a in units]
        self.friends = [self.friends_of_friends(unit) for unit in units]

    def together(self, a: int, b: int) -> int:
        """Shared interests, hours and wishes, by pair; what it costs to touch a complete team is not asked here."""
        if a == b or self.sizes[a] + self.sizes[b] > self.scale.task.high:
            return -1
        kept, interests, hours, _ = self.scale.measures([*self.scale.units[a], *self.scale.units[b]])
        weights = self.scale.weights
        return self.scale.wish * kept + weights.interests * interests + weights.hours * hours

    def friends_of_friends(self, unit: int) -> list[int]:
        """Who could be in one team through a chain of wishes, the nearest first; they are few, and never left out."""
        found, edge = [unit], [unit]
        for _ in range(self.scale.task.high - 1):
            edge = [other for at in edge for other, value in enumerate(self.pairs[at]) if value >= self.scale.wish]
            edge = sorted(set(edge) - set(found))
            found += edge
        return [other for other in found if self.pairs[unit][other] >= 0][:FRIENDS]

    def nearest(self, unit: int, prices: Sequence[float] | None, among: Set[int] | None) -> list[int]:
        row = self.pairs[unit]
        friends = [other for other in self.friends[unit] if among is None or other in among]
        others = [other for other, value in enumerate(row) if value >= 0 and other not in friends]
        others = others if among is None else [other for other in others if other in among]
        cost = prices or [0] * len(row)
        return friends + nlargest(NEAREST - len(friends), others, key=lambda other: (row[other] - cost[other], -other))

    def teams(self, unit: int, prices: Sequence[float] | None, among: Set[int] | None = None) -> Iterator[Team]:
        """Of this unit and some of its nearest."""
        low, high = self.scale.task.low, self.scale.task.high
        near = self.nearest(unit, prices, among)
        for more in range(high):
            for mates in combinations(near, more):
                if low <= self.sizes[unit] + sum(self.sizes[mate] for mate in mates) <= high:
                    yield tuple(sorted((unit, *mates)))


def promising(neighbours: Neighbours, each: int, tell: Callable[[float], None]) -> set[Team]:
    """For each unit the best by student, since a team of four is not better than one of three for being larger."""
    scale, count = neighbours.scale, len(neighbours.sizes)
    chosen: set[Team] = set()
    for unit in range(count):
        if unit % 10 == 0:
            tell(unit / count)
        found = neighbours.teams(unit, None)
        chosen.update(nlargest(each, found, key=lambda team: (rate(scale, team), team)))
    return chosen


def rate(scale: Scale, team: Team) -> float:
    return scale.worth(team) / len(scale.positions(team))


def worth_more(
    neighbours: Neighbours,
    prices: Sequence[float],
    each: int,
    tell: Callable[[float], None],
    among: Set[int] | None = None,
) -> set[Team]:
    """For each unit, or each of these, the teams that beat their members' prices by most."""
    scale, units = neighbours.scale, sorted(among) if among else range(len(neighbours.sizes))
    chosen: set[Team] = set()
    for at, unit in enumerate(units):
        if at % 10 == 0:
            tell(at / len(units))
        gains = ((gain(scale, prices, team), team) for team in neighbours.teams(unit, prices, among))
        chosen.update(team for _, team in nlargest(each, (found for found in gains if found[0] > 0.5)))
    return chosen


def gain(scale: Scale, prices: Sequence[float], team: Team) -> float:
    return scale.worth(team) - sum(prices[unit] for unit in team)
