"""The timetable of a milestone's talks, as pages, sheet and calendar read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import timezone

from coursesite.roster.models import Course, Enrollment, Membership, Team

from .models import Offer, Presentation, Slot, Talk
from .services.talks import unplaced


@dataclass(frozen=True)
class Line:
    """One slot, with the talk in it if there is one."""

    slot: Slot
    talk: Talk | None
    is_own: bool


@dataclass(frozen=True)
class Timetable:
    """`days` pair a date with its lines; `own` is the reader's talk, `left` the teams without a slot."""

    days: list[tuple[date, list[Line]]]
    own: Talk | None
    left: list[Team]
    free: int

    @property
    def count(self) -> int:
        return sum(len(lines) for _, lines in self.days)


def timetable(presentation: Presentation, team: Team | None) -> Timetable:
    """Two queries, however many slots there are."""
    slots = Slot.objects.filter(presentation=presentation).select_related("talk__team")
    lines = [line(slot, team) for slot in slots]
    days = [(day, list(found)) for day, found in groupby(lines, lambda one: timezone.localdate(one.slot.starts_at))]
    own = next((one.talk for one in lines if one.is_own), None)
    return Timetable(days, own, list(unplaced(presentation)), sum(one.talk is None for one in lines))


def line(slot: Slot, team: Team | None) -> Line:
    talk = getattr(slot, "talk", None)
    if talk:
        talk.slot = slot
    return Line(slot, talk, talk is not None and team is not None and talk.team_id == team.pk)


def offers_of(talk: Talk | None) -> QuerySet[Offer]:
    """Open offers that this team has made or got."""
    mine = Q(talk=talk) | Q(other=talk) if talk else Q(pk=None)
    related = ("talk__slot", "other__slot", "talk__team", "other__team")
    return Offer.objects.filter(mine, accepted=None).select_related(*related)


def members(presentation: Presentation) -> dict[int, list[str]]:
    """Names by team, for the printed sheet."""
    rows = Membership.objects.current().filter(team__talks__presentation=presentation)
    found: dict[int, list[str]] = {}
    for row in rows.select_related("enrollment__user").order_by("enrollment__user__sort_name"):
        found.setdefault(row.team_id, []).append(str(row.enrollment.user))
    return found


def talks_for(enrollment: Enrollment, *, everybody: bool) -> Sequence[Talk]:
    """Talks that have a slot: those of one's present teams, or all of the course."""
    rows = Talk.objects.filter(presentation__milestone__course=enrollment.course_id, slot__isnull=False)
    if not everybody:
        teams = Membership.objects.current().filter(enrollment=enrollment).values("team")
        rows = rows.filter(team__in=teams)
    return list(rows.select_related("slot", "team", "presentation__milestone__course").order_by("slot__starts_at"))


def presentations_of(course: Course) -> QuerySet[Presentation]:
    return Presentation.objects.filter(milestone__course=course).select_related("milestone")
