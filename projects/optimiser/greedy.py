"""The first placement, as a patient person would make it: whoever is hardest first, each time the best mate."""

from collections.abc import Iterable

from .scoring import Scale
from .sizes import Counts, can_finish, can_split, counts_of, less
from .values import Team


def greedy(scale: Scale, units: Iterable[int] | None = None) -> list[Team]:
    """Every unit, or each of these, is placed and every size fits, provided that they can be split."""
    task, left = scale.task, dict.fromkeys(order(scale, range(len(scale.units)) if units is None else units))
    counts = counts_of([len(task.units[unit].members) for unit in left], task.high)
    teams = []
    while left:
        first = next(iter(left))
        del left[first]
        team, counts = grow(scale, (first,), left, less(counts, len(task.units[first].members)))
        teams.append(team)
    return teams


def order(scale: Scale, units: Iterable[int]) -> list[int]:
    """Large units first, then who has most wishes: both are hard to place late."""

    def hardness(unit: int) -> tuple[int, int, int]:
        members = scale.units[unit]
        return -len(members), -sum(scale.mutual[position].bit_count() for position in members), unit

    return sorted(units, key=hardness)


def grow(scale: Scale, team: Team, left: dict[int, None], counts: Counts) -> tuple[Team, Counts]:
    """Takes the best mate until the team is full, or nobody makes it better and it may stay as it is."""
    task = scale.task
    while True:
        size = len(task.members(team))
        fits = {s for s in range(1, task.high - size + 1) if can_add(scale, size, s, counts)}
        options = [unit for unit in left if len(task.units[unit].members) in fits]
        best = max(options, key=lambda unit: (scale.worth(with_unit(team, unit)), -unit), default=None)
        may_stop = size >= task.low and can_split(counts, task.low, task.high)
        if best is None or (may_stop and scale.worth(with_unit(team, best)) <= scale.worth(team)):
            return team, counts
        del left[best]
        team, counts = with_unit(team, best), less(counts, len(task.units[best].members))


def can_add(scale: Scale, begun: int, size: int, counts: Counts) -> bool:
    if size > len(counts) or not counts[size - 1]:
        return False
    return can_finish(begun + size, less(counts, size), scale.task.low, scale.task.high)


def with_unit(team: Team, unit: int) -> Team:
    return tuple(sorted((*team, unit)))
