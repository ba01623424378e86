"""Chooses among candidate teams: each unit in exactly one, wishes first, then points. CP-SAT, one worker, a fixed seed
and deterministic time, so that the answer depends on the task alone."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from ortools.sat.python import cp_model

from .scoring import Scale
from .values import Cancelled, Team, Watch

WALL = 120.0  # seconds; far beyond what the deterministic time allows, for a machine that is stuck
LOOK = 0.3  # seconds between two looks at whether to go on


@dataclass(frozen=True)
class Chosen:
    """`bound` is a worth: wishes and points in one number."""

    teams: list[Team]
    bound: float
    proven: bool


def chosen(scale: Scale, columns: list[Team], hint: list[Team], watch: Watch) -> Chosen:
    """The best partition of the hint's units into these candidates that was found; at least the hint, which must be
    among them."""
    model = cp_model.CpModel()
    takes = [model.new_bool_var("") for _ in columns]
    holding = defaultdict[int, list[cp_model.IntVar]](list)
    hinted = set(hint)
    for team, take in zip(columns, takes, strict=True):
        model.add_hint(take, team in hinted)
        for unit in team:
            holding[unit].append(take)
    for unit in sorted(holding):
        model.add_exactly_one(holding[unit])
    model.maximize(cp_model.LinearExpr.weighted_sum(takes, [scale.worth(team) for team in columns]))
    solver, found = cp_model.CpSolver(), False
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = scale.task.seed % 2**31
    solver.parameters.max_deterministic_time = scale.task.effort
    solver.parameters.max_time_in_seconds = WALL
    # The linear programme over all columns is tight here, and the solver does not take it in by itself.
    solver.parameters.linearization_level = 2
    status = solved(solver, model, scale.task.effort, watch)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    teams = [team for team, take in zip(columns, takes, strict=True) if solver.boolean_value(take)] if found else hint
    if sum(map(scale.worth, teams)) < sum(map(scale.worth, hint)):
        teams = hint
    return Chosen(teams, solver.best_objective_bound, status == cp_model.OPTIMAL)


def solved(solver: cp_model.CpSolver, model: cp_model.CpModel, effort: float, watch: Watch) -> object:
    """In a thread of its own, so that it can be stopped while it is silent."""
    ended: list[object] = []
    thread = threading.Thread(target=lambda: ended.append(solver.solve(model)))
    began = time.monotonic()
    thread.start()
    while thread.is_alive():
        if not watch("Choosing the best teams", min(1.0, (time.monotonic() - began) / effort)):
            solver.stop_search()
            thread.join()
            raise Cancelled
        thread.join(LOOK)
    return ended[0]
