"""The linear programme over candidate teams: what each unit is worth to the whole, and what no choice can exceed."""

from dataclasses import dataclass

from ortools.linear_solver import pywraplp

from .candidates import gain
from .scoring import Scale
from .values import Team


@dataclass(frozen=True)
class Priced:
    """`bound` and `prices` are worths: wishes and points in one number. `shares` says how much of each team the
    programme takes: most of its answer are whole teams, as a rule."""

    prices: list[float]
    bound: float
    shares: dict[Team, float]

    def taken(self) -> list[Team]:
        """Whole teams; without one, the one that is nearest to it."""
        whole = sorted(team for team, share in self.shares.items() if share > 0.999)
        return whole or [max(self.shares, key=lambda team: (self.shares[team], team))]


def priced(scale: Scale, columns: list[Team]) -> Priced:
    """For the units of these columns, by GLOP, which is deterministic."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    rows = {unit: solver.Constraint(1, 1) for unit in sorted({unit for team in columns for unit in team})}
    objective = solver.Objective()
    takes = []
    for team in columns:
        take = solver.NumVar(0, solver.infinity(), "")
        for unit in team:
            rows[unit].SetCoefficient(take, 1)
        objective.SetCoefficient(take, scale.worth(team))
        takes.append(take)
    objective.SetMaximization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise ArithmeticError("The linear programme has no answer.")
    prices = [rows[unit].dual_value() if unit in rows else 0.0 for unit in range(len(scale.units))]
    shares = {team: take.solution_value() for team, take in zip(columns, takes, strict=True)}
    return Priced(prices, objective.Value(), shares)


def within_reach(scale: Scale, columns: list[Team], found: Priced, best: list[Team], most: int) -> list[Team]:
    """Columns that can be part of something better than `best`: whatever loses more against the prices than lies
    between `best` and the bound can not. At most `most` of them, those that lose least, and `best` itself."""
    room = found.bound - sum(scale.worth(team) for team in best) + 1
    losses = {team: gain(scale, found.prices, team) for team in columns}
    near = sorted((team for team in columns if losses[team] >= -room), key=lambda team: (-losses[team], team))
    return sorted({*near[:most], *best})
