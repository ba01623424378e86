"""Late work, pure: deadlines, lateness and what it costs. Source of the rules: docs/grading.md."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LateRule:
    """When something is due, and what happens afterwards. Percents are of the points possible."""

    due_at: datetime
    grace_minutes: int = 0
    late_days: int = 0
    penalty_percent: Decimal = Decimal(0)
    floor_percent: Decimal = Decimal(0)
    taken_until: datetime | None = None

    def __post_init__(self) -> None:
        utc(self.due_at)

    @property
    def closes_at(self) -> datetime:
        return last_moment(self)

    @property
    def late_after(self) -> datetime:
        """The last instant that is on time."""
        return utc(self.due_at) + timedelta(minutes=self.grace_minutes)

    def extended(self, until: datetime, *, with_penalty: bool) -> "LateRule":
        """For one student or team. Without penalty the deadline itself moves; with it, work is taken until then and is
        late. An extension never takes away what the common deadline, moved meanwhile, gives."""
        if with_penalty:
            return replace(self, taken_until=until)
        return replace(self, due_at=max(utc(self.due_at), utc(until)))

    def later(self, by: timedelta) -> "LateRule":
        """The deadline itself moves; an extension with penalty stays where it is."""
        return replace(self, due_at=utc(self.due_at) + by) if by else self


@dataclass(frozen=True)
class Lateness:
    """`days` are started days after the deadline, 0 when on time."""

    late: bool
    days: int
    by: timedelta
    accepted: bool


def utc(moment: datetime) -> datetime:
    """Two moments of one zone are compared by the clock on the wall unless both are in UTC."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(UTC)


def last_moment(rule: LateRule) -> datetime:
    """The last instant at which work is taken; handing in at that very instant counts."""
    normally = utc(rule.due_at) + max(timedelta(minutes=rule.grace_minutes), rule.late_days * DAY)
    return max(normally, utc(rule.taken_until)) if rule.taken_until else normally


def lateness(rule: LateRule, at: datetime) -> Lateness:
    """A started day is counted from the deadline; grace only forgives when it is not exceeded."""
    over = utc(at) - utc(rule.due_at)
    accepted = utc(at) <= last_moment(rule)
    if utc(at) <= rule.late_after:
        return Lateness(late=False, days=0, by=timedelta(0), accepted=accepted)
    return Lateness(late=True, days=-(-over // DAY), by=over, accepted=accepted)


def penalty_points(rule: LateRule, days: int, possible: Decimal) -> Decimal:
    return possible * rule.penalty_percent * days / 100


def floor_points(rule: LateRule, possible: Decimal) -> Decimal:
    return possible * rule.floor_percent / 100


def net(raw: Decimal, penalty: Decimal, floor: Decimal) -> Decimal:
    """What is left of `raw` points: the penalty never pushes below the floor, the floor never lifts."""
    return min(raw, max(floor, raw - penalty))
