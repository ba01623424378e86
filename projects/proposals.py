"""A proposal as its page shows it: teams with their scores, and what was not met and why, with names."""

from __future__ import annotations

from dataclasses import dataclass

from coursesite.roster.models import Enrollment, Team

from .klass import task_of
from .models import Formation, Profile, Seat, block_name
from .optimiser.explaining import Judged, judged
from .optimiser.scoring import Scale
from .optimiser.values import Unit


@dataclass(frozen=True)
class Group:
    """One team of the proposal. `team` goes on existing, if it is one already."""

    number: int
    seats: list[Seat]
    team: Team | None
    topics: list[str]
    hours: list[str]
    kept: int
    alone: list[str]
    fits: bool


@dataclass(frozen=True)
class Reason:
    kind: str
    who: str
    why: str


@dataclass(frozen=True)
class Proposal:
    groups: list[Group]
    judged: Judged
    reasons: list[Reason]
    students: list[Enrollment]
    sizes: list[tuple[int, int]]  # size, and how many teams have it


def proposal(row: Formation) -> Proposal:
    """With today's interests: what somebody tells after the run counts, and what the instructor changes at once."""
    seats = list(Seat.objects.filter(formation=row).select_related("enrollment__user", "enrollment__section", "team"))
    by_number: dict[int, list[Seat]] = {}
    for seat in seats:
        by_number.setdefault(seat.number, []).append(seat)
    task = task_of(row, units(seats))
    scale = Scale(task)
    told = judged(task, [tuple(seat.enrollment_id for seat in group) for group in by_number.values()])
    names = {seat.enrollment_id: str(seat.enrollment.user) for seat in seats}
    profiles = {
        one.enrollment_id: one for one in Profile.objects.filter(enrollment__in=names).prefetch_related("topics")
    }
    alone = {reason.who[0] for reason in told.unmet if reason.kind == "alone"}
    groups = [group(number, found, scale, profiles, alone) for number, found in sorted(by_number.items())]
    reasons = [Reason(one.kind, ", ".join(names[key] for key in one.who), one.why) for one in told.unmet]
    students = sorted((seat.enrollment for seat in seats), key=lambda one: (one.user.sort_name, one.pk))
    counts = sorted({len(one.seats) for one in groups})
    sizes = [(size, sum(len(one.seats) == size for one in groups)) for size in counts]
    return Proposal(groups, told, sorted(reasons, key=lambda one: ORDER.index(one.kind)), students, sizes)


ORDER = ("size", "wish", "alone", "hours", "interests")


def units(seats: list[Seat]) -> list[Unit]:
    together: dict[int, list[int]] = {}
    for seat in seats:
        together.setdefault(seat.team_id or -seat.enrollment_id, []).append(seat.enrollment_id)
    return [Unit(tuple(keys)) for _, keys in sorted(together.items())]


def group(number: int, seats: list[Seat], scale: Scale, profiles: dict[int, Profile], alone: set[int]) -> Group:
    told = [profiles[seat.enrollment_id] for seat in seats if seat.enrollment_id in profiles]
    shared = scale.of(seat.enrollment_id for seat in seats)
    existing = [seat.team for seat in seats if seat.team]
    return Group(
        number=number,
        seats=seats,
        team=max(existing, key=lambda team: (existing.count(team), -team.pk)) if existing else None,
        topics=shared_topics(told),
        hours=[block_name(block) for block in sorted(shared_hours(told))],
        kept=shared.kept,
        alone=[str(seat.enrollment.user) for seat in seats if seat.enrollment_id in alone],
        fits=scale.task.low <= len(seats) <= scale.task.high,
    )


def shared_topics(told: list[Profile]) -> list[str]:
    """Topics and keywords that at least two have named, those of most first."""
    counts: dict[str, int] = {}
    for row in told:
        for word in [*(str(topic) for topic in row.topics.all()), *row.keywords]:
            counts[word] = counts.get(word, 0) + 1
    return sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))


def shared_hours(told: list[Profile]) -> set[int]:
    hours = [set(row.hours) for row in told if row.hours]
    return set.intersection(*hours) if len(hours) > 1 else set()
