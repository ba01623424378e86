"""Placing a class into teams: points against a greedy placement, plain annealing swaps, and what no choice among the
candidate teams can exceed. `python -m bench.teams` runs these rows alone; they need no database."""

import random
import sys
from collections.abc import Iterator
from time import perf_counter

from projects.optimiser import placing
from projects.optimiser.values import Placement, Student, Task, Unit

from .rows import HEAD, Row

SIZES = (50, 200, 1_000)
SECONDS = 60.0  # for 200 students; a class of 1,000 may take as long for each 200


def made(size: int) -> Task:
    """Five of six on campus, free on some afternoons; a fifth have asked for somebody who has asked for them."""
    dice = random.Random(2022)
    wishes: dict[int, set[int]] = {key: set() for key in range(size)}
    for _ in range(size // 10):
        one, two = dice.sample(range(size), 2)
        wishes[one].add(two)
        wishes[two].add(one)
    students = tuple(
        Student(key, interests(dice), hours(dice), dice.choices([1, 2], [5, 1])[0], frozenset(wishes[key]))
        for key in range(size)
    )
    return Task(students, tuple(Unit((key,)) for key in range(size)), seed=7)


def interests(dice: random.Random) -> frozenset[str]:
    return frozenset(f"topic {number}" for number in dice.sample(range(13), dice.randint(2, 4)))


def hours(dice: random.Random) -> int:
    """Stretches of two to four blocks on some days of the week."""
    free = 0
    for day in dice.sample(range(7), dice.randint(3, 6)):
        begins = dice.randint(0, 5)
        for block in range(begins, min(7, begins + dice.randint(2, 4))):
            free |= 1 << 7 * day + block
    return free


def rows(sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    for size in sizes:
        task = made(size)
        greedy, swaps = placing.by_greedy(task), placing.by_swaps(task, 200_000)
        start = perf_counter()
        ours = placing.place(task)
        took = perf_counter() - start
        name = f"teams for {size:,} students"
        yield Row(f"{name}, points / bound of the solver", ours.points, bound(ours), "points", 0.95, "larger")
        yield Row(f"{name}, points / greedy placement", ours.points, greedy.points, "points", 1.0, "larger")
        yield Row(f"{name}, points / annealing swaps", ours.points, swaps.points, "points", 1.0, "larger")
        yield Row(f"{name}, wishes kept / greedy placement", ours.score.kept, greedy.score.kept, "pairs", 1.0, "larger")
        yield Row(f"{name}, time", took, SECONDS * max(1, size / 200), "s", 1.0)


def bound(found: Placement) -> float:
    return found.points if found.bound is None else found.bound


if __name__ == "__main__":
    print(HEAD)
    found = []
    for row in rows(tuple(int(size) for size in sys.argv[1:]) or SIZES):
        print(row, flush=True)
        found.append(row)
    sys.exit(0 if all(row.ok for row in found) else 1)
