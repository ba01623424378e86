"""Rules of regrade requests: until when students ask, and who answers. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta


def closes_at(released_at: datetime | None, days: int) -> datetime | None:
    """The last moment at which students may ask; None where they may not at all."""
    return released_at + timedelta(days=days) if released_at and days else None


def answerer(waiting: Mapping[int, int], first: int) -> int | None:
    """Whoever has the fewest requests open, and is not the first grader where anybody else is there.

    `waiting` says for each person who could answer how many are open with them; ties go to the lower key.
    """
    others = {person: count for person, count in waiting.items() if person != first} or waiting
    return min(others, key=lambda person: (others[person], person), default=None)


def may_decide(person: int, first: int, able: Collection[int]) -> bool:
    """The first grader decides only where nobody else could."""
    return person in able and (person != first or all(other == first for other in able))
