"""The whole way from a class to its teams."""

from collections.abc import Callable

from .candidates import Neighbours, promising, worth_more
from .greedy import greedy
from .pricing import Priced, priced, within_reach
from .scoring import Scale
from .search import search
from .sizes import can_split, counts_of
from .solver import chosen
from .values import Cancelled, Placement, Task, Team, Watch

PRICINGS = 12
MOST_COLUMNS = 6_000
FEW = 60  # units that the solver places well by itself
Tell = Callable[[float], None]


def patient(doing: str, share: float) -> bool:
    """Watches without looking."""
    return True


def by_greedy(task: Task) -> Placement:
    """What the bench and the tests compare with."""
    scale = Scale(task)
    return placement(scale, greedy(scale))


def by_swaps(task: Task, steps: int) -> Placement:
    """Plain annealing, for the bench."""
    scale = Scale(task)
    return placement(scale, search(scale, greedy(scale), steps, task.seed, lambda share: None))


def place(task: Task, watch: Watch = patient) -> Placement:
    """Teams for everybody; the same task gives the same teams. Raises Cancelled when `watch` says no, ValueError when
    the class can't be split."""
    if not can_split(counts_of([len(unit.members) for unit in task.units], task.high), task.low, task.high):
        raise ValueError("This class can't be split into teams of these sizes.")
    scale = Scale(task)
    best = search(scale, greedy(scale), steps(task), task.seed, stage(watch, "Trying swaps", 0.0, 0.2))
    neighbours = Neighbours(scale)
    columns, found = generated(neighbours, best, watch)
    dived = dive(neighbours, columns, watch)
    best = max(best, dived, key=lambda teams: sum(map(scale.worth, teams)))
    if not set(best).issubset(columns):
        columns = sorted({*columns, *best})
        found = priced(scale, columns)
    reachable = within_reach(scale, columns, found, best, MOST_COLUMNS)
    answer = chosen(scale, reachable, best, part(watch, 0.8, 0.2))
    # Where columns were left out for their number, only the linear programme speaks for all.
    bound = answer.bound if len(reachable) < MOST_COLUMNS else found.bound
    return placement(scale, answer.teams, bound, len(columns), answer.proven)


def generated(neighbours: Neighbours, best: list[Team], watch: Watch) -> tuple[list[Team], Priced]:
    """Candidates, and more of them for the prices that the former ones give, until none is worth more than it costs."""
    scale = neighbours.scale
    each = max(8, min(40, 8_000 // max(1, len(scale.units))))
    pool = {*best, *promising(neighbours, each, stage(watch, "Looking for good teams", 0.2, 0.1))}
    found = priced(scale, sorted(pool))
    pricings = max(3, min(PRICINGS, 6_000 // max(1, len(scale.units))))
    for number in range(pricings):
        start = 0.3 + 0.3 * number / pricings
        more = worth_more(neighbours, found.prices, each, stage(watch, "Looking for better teams", start, 0.02)) - pool
        if not more:
            break
        pool |= more
        found = priced(scale, sorted(pool))
    return sorted(pool), found


def dive(neighbours: Neighbours, columns: list[Team], watch: Watch) -> list[Team]:
    """Keeps the teams that the linear programme takes as a whole and asks it anew about the rest, with new candidates
    among those that are left; the last ones are left to the solver."""
    scale, done = neighbours.scale, list[Team]()
    left, tell = set(range(len(scale.units))), stage(watch, "Settling the clear cases", 0.6, 0.15)
    pool = set(columns)
    while len(left) > FEW:
        tell(1 - len(left) / len(scale.units))
        # With a placement of the rest among them, the columns always have an answer.
        pool = {team for team in pool if left.issuperset(team)} | set(greedy(scale, left))
        found = priced(scale, sorted(pool))
        more = worth_more(neighbours, found.prices, 12, lambda share: None, left) - pool
        if more:
            pool |= more
            found = priced(scale, sorted(pool))
        before = len(left)
        for team in found.taken():
            if splits(scale, left.difference(team)):
                left.difference_update(team)
                done.append(team)
        if len(left) == before:  # sizes forbid each of them
            break
    rest = search(scale, greedy(scale, left), 500 * len(left), scale.task.seed, lambda share: None)
    inside = {team for team in pool if left.issuperset(team)}
    inside |= {team for unit in sorted(left) for team in neighbours.teams(unit, None, left)}
    return done + (chosen(scale, sorted({*inside, *rest}), rest, part(watch, 0.75, 0.05)).teams if rest else [])


def splits(scale: Scale, units: set[int]) -> bool:
    return can_split(
        counts_of([len(scale.units[unit]) for unit in units], scale.task.high), scale.task.low, scale.task.high
    )


def steps(task: Task) -> int:
    return min(60_000, 400 * len(task.units))


def stage(watch: Watch, doing: str, start: float, width: float) -> Tell:
    def tell(share: float) -> None:
        if not watch(doing, start + width * share):
            raise Cancelled

    return tell


def part(watch: Watch, start: float, width: float) -> Watch:
    return lambda doing, share: watch(doing, start + width * share)


def placement(
    scale: Scale, teams: list[Team], bound: float | None = None, columns: int = 0, proven: bool = False
) -> Placement:
    """`bound` is a worth here, and points in the answer: what wishes are worth is taken off."""
    score = scale.total(teams)
    points = score.points(scale.weights)
    members = sorted(tuple(sorted(scale.task.members(team))) for team in teams)
    most = None if bound is None else max(points, bound - sum(map(scale.worth, teams)) + points)
    return Placement(tuple(members), score, points, most, columns, proven)
