"""Improves a placement by swaps and moves between two teams (simulated annealing); quick, and seldom far off."""

import math
from collections.abc import Callable
from random import Random

from .scoring import Scale
from .values import Team

HOT, COLD = 0.25, 0.004  # of what one student can bring


def search(scale: Scale, start: list[Team], steps: int, seed: int, tell: Callable[[float], None]) -> list[Team]:
    """The best placement met in so many steps, never worse than the one it starts from."""
    walk = Walk(scale, start, Random(seed))  # noqa: S311
    weights = scale.task.weights
    whole = 100 * max(1, weights.interests + weights.hours + weights.sections)
    for step in range(steps if len(start) > 1 else 0):
        if step % 1000 == 0:
            tell(step / steps)
        walk.step(whole * HOT * (COLD / HOT) ** (step / steps))
    return walk.best


class Walk:
    def __init__(self, scale: Scale, start: list[Team], dice: Random) -> None:
        self.scale, self.dice, self.teams = scale, dice, list(start)
        self.sizes = [len(unit.members) for unit in scale.task.units]
        self.gain = self.best_gain = 0
        self.best = list(start)

    def step(self, heat: float) -> None:
        a, b = self.dice.sample(range(len(self.teams)), 2)
        one, two = self.exchanged(self.teams[a], self.teams[b])
        if one is None or two is None:
            return
        worth = self.scale.worth
        gain = worth(one) + worth(two) - worth(self.teams[a]) - worth(self.teams[b])
        if gain >= 0 or (gain > -40 * heat and self.dice.random() < math.exp(gain / heat)):
            self.teams[a], self.teams[b] = one, two
            self.gain += gain
            if self.gain > self.best_gain:
                self.best_gain, self.best = self.gain, list(self.teams)

    def exchanged(self, one: Team, two: Team) -> tuple[Team | None, Team | None]:
        """Two units change places, or one goes over; None where a size would not fit."""
        out = self.dice.choice(one)
        back = self.dice.choice((*two, -1))
        came = tuple(sorted((*(unit for unit in two if unit != back), out)))
        left = tuple(sorted((*(unit for unit in one if unit != out), *([back] if back >= 0 else []))))
        return self.sized(left), self.sized(came)

    def sized(self, team: Team) -> Team | None:
        size = sum(self.sizes[unit] for unit in team)
        return team if self.scale.task.low <= size <= self.scale.task.high else None
