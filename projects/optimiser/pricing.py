"""The linear programme over candidate teams: what each unit is worth to the whole, and what no choice can exceed."""

from dataclasses import dataclass

from ortools.linear_solver import pywraplp

from .candidates import gain
from .scoring import Scale
from .values import Team


@dataclass(frozen=True)
class Priced:
    """`bound` and `prices` are worths: wishes and points in one number. `taken` are the teams that the programme takes
    as a whole; most of its answer, as a rule."""

    prices: list[float]
    bound: float
    taken: list[Team]


def priced(scale: Scale, columns: list[Team]) -> Priced:
    """By GLOP, which is deterministic."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    rows = [solver.Constraint(1, 1) for _ in scale.units]
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
    taken = [team for team, take in zip(columns, takes, strict=True) if take.solution_value() > 0.999]
    return Priced([row.dual_value() for row in rows], objective.Value(), taken)


def within_reach(scale: Scale, columns: list[Team], found: Priced, best: list[Team], most: int) -> list[Team]:
    """Columns that can be part of something better than `best`: whatever loses more against the prices than lies
    between `best` and the bound can not. At most `most` of them, those that lose least, and `best` itself."""
    room = found.bound - sum(scale.worth(team) for team in best) + 1
    losses = {team: gain(scale, found.prices, team) for team in columns}
    near = sorted((team for team in columns if losses[team] >= -room), key=lambda team: (-losses[team], team))
    return sorted({*near[:most], *best})
