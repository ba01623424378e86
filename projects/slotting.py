"""Slots planned from days, rooms and lengths. Pure: values in, values out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MOST = 300


@dataclass(frozen=True)
class Planned:
    """One slot as it would be."""

    starts: datetime
    ends: datetime
    room: str


def plan(
    spans: Iterable[tuple[datetime, datetime]], *, rooms: Sequence[str], length: timedelta, pause: timedelta
) -> list[Planned]:
    """As many slots as fit into each span, one after the other, in every room at once. Counted in UTC, so that a talk
    on the night the clocks change is as long as any other."""
    found = (
        Planned(starts, starts + length, room)
        for begin, end in spans
        for starts in starts_within(begin.astimezone(UTC), end.astimezone(UTC), length, pause)
        for room in rooms
    )
    return sorted(found, key=lambda one: (one.starts, one.room))[: MOST + 1]


def starts_within(begin: datetime, end: datetime, length: timedelta, pause: timedelta) -> Iterator[datetime]:
    while begin + length <= end:
        yield begin
        begin += length + pause


def clashes(one: Planned, there: Iterable[Planned]) -> bool:
    """Whether this room is taken at that time."""
    return any(one.room == other.room and one.starts < other.ends and other.starts < one.ends for other in there)


def rooms_of(text: str) -> list[str]:
    """`Keller 3-180, Zoom` -> two rooms; each once."""
    return list(dict.fromkeys(" ".join(name.split()) for name in text.split(",") if name.strip()))
