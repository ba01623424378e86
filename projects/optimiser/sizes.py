"""Whether a class can be split into teams of the course's sizes, and what the nearest way out is when it can't."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# How many units there are of 1, 2, 3, ... students.
Counts = tuple[int, ...]


def counts_of(sizes: list[int], high: int) -> Counts:
    found = Counter(sizes)
    return tuple(found[size] for size in range(1, max([high, *sizes]) + 1))


def less(counts: Counts, size: int) -> Counts:
    return (*counts[: size - 1], counts[size - 1] - 1, *counts[size:])


@lru_cache(maxsize=200_000)
def can_split(counts: Counts, low: int, high: int) -> bool:
    """Whether these units make teams of `low` to `high` students, each unit staying together."""
    largest = next((size for size in range(len(counts), 0, -1) if counts[size - 1]), 0)
    if largest > high:
        return False
    if largest <= 1:
        singles = counts[0] if counts else 0
        return -(-singles // high) <= singles // low
    return can_finish(largest, less(counts, largest), low, high)


@lru_cache(maxsize=200_000)
def can_finish(begun: int, counts: Counts, low: int, high: int) -> bool:
    """Whether a team that has so many students can be filled up so that the rest can be split as well."""
    if begun >= low and can_split(counts, low, high):
        return True
    sizes = [size for size in range(1, high - begun + 1) if size <= len(counts) and counts[size - 1]]
    return any(can_finish(begun + size, less(counts, size), low, high) for size in sizes)


@dataclass(frozen=True)
class Verdict:
    """`helped`: it works once so many join complete teams. `ways` are sentences, the nearest way first."""

    students: int
    ok: bool
    sentence: str
    helped: int = 0
    ways: tuple[str, ...] = ()


def judge(open_sizes: list[int], complete_sizes: list[int], low: int, high: int) -> Verdict:
    """For single students and incomplete teams (by size), beside teams that are complete."""
    students, counts = sum(open_sizes), counts_of(open_sizes, high)
    if not students:
        return Verdict(0, True, "Everybody has a team.")
    if can_split(counts, low, high):
        return Verdict(students, True, f"{people(students)} can be split into teams of {span(low, high)}.")
    groups = [size for size in open_sizes if size > 1]
    why = f" while {len(groups)} incomplete team{'s stay' if len(groups) > 1 else ' stays'} together" if groups else ""
    sentence = f"{people(students)} cannot be split into teams of {span(low, high)}{why}."
    helped = relief(sorted(open_sizes), [high - size for size in complete_sizes if size < high], low, high)
    return Verdict(students, False, sentence, helped, tuple(ways(open_sizes, complete_sizes, helped, low, high)))


def relief(sizes: list[int], places: list[int], low: int, high: int) -> int:
    """How many of the smallest units must go to complete teams that have room; 0: that does not help."""
    free = sorted(places)
    for taken, size in enumerate(sizes, 1):
        place = next((at for at, room in enumerate(free) if room >= size), None)
        if place is None:
            return 0
        free.pop(place)
        if can_split(counts_of(sizes[taken:], high), low, high):
            return taken
    return 0


def ways(open_sizes: list[int], complete_sizes: list[int], helped: int, low: int, high: int) -> Iterator[str]:
    students, counts = sum(open_sizes), counts_of(open_sizes, high)
    if helped:
        room = sum(size < high for size in complete_sizes)
        where = "a complete team" if helped == 1 else "complete teams"
        yield f"Let {helped} of them join {where} with a place left ({room} {'has' if room == 1 else 'have'} one)."
    if can_split(counts_of(open_sizes, high + 1), low, high + 1):
        yield f"Allow a team of {high + 1}: set the course's largest team to {high + 1}."
    if low > 1 and can_split(counts, low - 1, high):
        yield f"Allow a team of {low - 1}: set the course's smallest team to {low - 1}."
    if complete_sizes and not helped and students < low:
        who = "the student into a full team" if students == 1 else "them into full teams"
        yield f"Put {who} by hand; staff may go beyond the size, with a reason."
    rest = next((n for n in range(students - 1, low - 1, -1) if can_split((n,), low, high)), 0)
    if rest and len(open_sizes) == students:
        yield f"Move {students - rest} by hand first; the other {rest} can be split."


def people(count: int) -> str:
    return "1 student" if count == 1 else f"{count} students"


def span(low: int, high: int) -> str:
    sizes = [str(size) for size in range(low, high + 1)]
    return sizes[0] if len(sizes) == 1 else f"{', '.join(sizes[:-1])} or {sizes[-1]}"
