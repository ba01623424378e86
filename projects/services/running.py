"""The optimiser at work, and the proposal that it ends in. For the worker alone: the solver is large to load."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..klass import klass, task_of
from ..models import Formation, Seat, Stage
from ..optimiser import placing
from ..optimiser.values import Cancelled, Placement, Task
from .forming import QUIET

TELLS = 0.5  # seconds between two signs of life


def run(pk: int) -> None:
    """By the worker; safe to be told twice, since only one gets the row."""
    row = claim(pk, timezone.now())
    if row is None:
        return
    began = monotonic()
    try:
        task = task_of(row, klass(row.course).units(extends=row.extends))
        found = placing.place(task, Telling(row))
    except Cancelled:
        end(row, Stage.CANCELLED)
    except Exception as problem:
        end(row, Stage.FAILED, str(problem))
        if not isinstance(problem, ValueError | ArithmeticError):
            raise
    else:
        propose(row, task, found, monotonic() - began)


@transaction.atomic
def claim(pk: int, now: datetime) -> Formation | None:
    """One that waits, or whose worker has died."""
    free = Q(state=Stage.WAITING) | Q(state=Stage.RUNNING, told_at__lt=now - QUIET)
    rows = Formation.objects.select_for_update(skip_locked=True, of=("self",)).select_related("course")
    row = rows.filter(free, pk=pk).first()
    if row:
        row.state, row.told_at, row.progress = Stage.RUNNING, now, 0
        row.save(update_fields=["state", "told_at", "progress"])
    return row


class Telling:
    """Keeps the row up to date while the optimiser works, and learns from it whether to stop."""

    def __init__(self, row: Formation) -> None:
        self.row, self.last = row, 0.0

    def __call__(self, doing: str, share: float) -> bool:
        now = monotonic()
        if now - self.last < TELLS:
            return True
        self.last = now
        mine = Formation.objects.filter(pk=self.row.pk, state=Stage.RUNNING, stop_asked=False)
        return bool(mine.update(doing=doing, progress=min(99, int(100 * share)), told_at=timezone.now()))


def end(row: Formation, state: Stage, problem: str = "") -> None:
    at_work = Formation.objects.filter(pk=row.pk, state=Stage.RUNNING)
    at_work.update(state=state, problem=problem[:300], ended_at=timezone.now(), doing="")


@transaction.atomic
def propose(row: Formation, task: Task, found: Placement, seconds: float) -> None:
    """Stored as seats, which the instructor may change."""
    locked = Formation.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.state != Stage.RUNNING:
        return
    greedy = placing.by_greedy(task)
    locked.figures = {
        "points": found.points, "bound": found.bound, "proven": found.proven, "candidates": found.candidates,
        "kept": found.score.kept, "greedy_points": greedy.points, "greedy_kept": greedy.score.kept,
        "seconds": round(seconds, 1),
    }  # fmt: skip
    locked.state, locked.progress, locked.ended_at, locked.doing = Stage.PROPOSED, 100, timezone.now(), ""
    locked.save()
    seat(locked, found.teams)


def seat(row: Formation, teams: Sequence[Sequence[int]]) -> None:
    there = {key: team for team, keys in klass(row.course).teams.items() for key in keys}
    Seat.objects.bulk_create(
        Seat(formation=row, enrollment_id=key, number=number, team_id=there.get(key))
        for number, keys in enumerate(teams, 1)
        for key in keys
    )
