"""Talks: staff open slots, teams book, swap and give back until bookings are fixed; staff place teams at any time.

Whoever acts holds the teams concerned first (in the order of their keys), then the slots, so that nobody waits for
each other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from coursesite.handin.models import Assignment
from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Membership, Team, User

from ..models import Combining, Offer, Presentation, Slot, Talk
from ..slotting import Planned
from .teams import check_member, team_of

FIXED = "The timetable is fixed now; the course staff can still change it."
TAKEN = "Another team has just taken this slot; choose one that is free."


def presentation_of(milestone: Assignment) -> Presentation:
    return Presentation.objects.get_or_create(milestone=milestone)[0]


@transaction.atomic
def open_slots(*, milestone: Assignment, planned: Sequence[Planned], by: User) -> list[Slot]:
    """All or none of them."""
    check_leads(milestone.course, by)
    presentation = presentation_of(milestone)
    made = []
    for one in planned:
        slot = Slot(presentation=presentation, starts_at=one.starts, ends_at=one.ends, room=one.room.strip())
        keep(slot)
        made.append(slot)
    return made


@transaction.atomic
def change_slot(*, slot: Slot, starts_at: datetime, ends_at: datetime, room: str, by: User) -> Slot:
    """Another time or room; the team in it is written to, and its calendars follow."""
    check_leads(slot.presentation.milestone.course, by)
    hold_teams(Team.objects.filter(talks__slot=slot))
    slot = hold_slots([slot.pk])[0]
    slot.starts_at, slot.ends_at, slot.room = starts_at, ends_at, room.strip()
    keep(slot)
    talk = Talk.objects.filter(slot=slot).select_related("team", "presentation__milestone__course").first()
    if talk:
        place(talk, slot, by)
        tell(talk, "Time or room has changed.")
    return slot


def keep(slot: Slot) -> None:
    # Asked first: PostgreSQL takes no span that runs backwards, not even to find out what it overlaps.
    if slot.ends_at <= slot.starts_at:
        raise ValidationError("A slot ends after it starts.")
    slot.full_clean()
    slot.save()


@transaction.atomic
def remove_slot(*, slot: Slot, by: User) -> None:
    check_leads(slot.presentation.milestone.course, by)
    hold_slots([slot.pk])
    if Talk.objects.filter(slot=slot).exists():
        raise ValidationError("A team has this slot. Place it elsewhere first.")
    slot.delete()


@transaction.atomic
def set_rules(
    *, milestone: Assignment, locks_at: datetime | None, combining: str, decider: User | None, by: User
) -> Presentation:
    """Until when teams book, and how a talk's score comes about."""
    check_leads(milestone.course, by)
    presentation = presentation_of(milestone)
    if combining == Combining.DECIDER and decider is None:
        raise ValidationError({"decider": "Say whose score decides."})
    if decider and not Course.objects.staffed_by(decider).filter(pk=milestone.course_id).exists():
        raise ValidationError({"decider": "This is nobody of the course's staff."})
    presentation.locks_at, presentation.combining = locks_at, combining
    presentation.decider = decider if combining == Combining.DECIDER else None
    presentation.full_clean()
    presentation.save()
    return presentation


@transaction.atomic
def book(*, slot: Slot, enrollment: Enrollment, now: datetime) -> Talk:
    """By any member; a team that has a slot already moves to this one."""
    team = own_team(enrollment)
    check_open(slot.presentation, now)
    hold_teams([team])
    check_member(team, enrollment)
    slot = hold_slots([slot.pk])[0]
    if slot.starts_at <= now:
        raise ValidationError("This slot is over; choose a later one.")
    check_free(slot)
    talk = talk_of(slot.presentation, team)
    check_to_come(talk, now)
    return place(talk, slot, enrollment.user)


@transaction.atomic
def give_back(*, presentation: Presentation, enrollment: Enrollment, now: datetime) -> None:
    team = own_team(enrollment)
    check_open(presentation, now)
    hold_teams([team])
    check_member(team, enrollment)
    talk = talk_of(presentation, team)
    if talk.slot_id is None:
        raise ValidationError("Your team has no slot.")
    check_to_come(talk, now)
    place(talk, None, enrollment.user)


@transaction.atomic
def offer_swap(*, other: Talk, enrollment: Enrollment, now: datetime) -> Offer:
    """The other team is written to, and decides."""
    team = own_team(enrollment)
    check_open(other.presentation, now)
    hold_teams([team, other.team])
    check_member(team, enrollment)
    mine = talk_of(other.presentation, team)
    other.refresh_from_db()
    if mine.slot_id is None or other.slot_id is None:
        raise ValidationError("A swap needs two teams that have slots.")
    check_to_come(mine, now)
    check_to_come(other, now)
    offer = Offer(talk=mine, other=other, by=enrollment.user)
    offer.full_clean()
    offer.save()
    tell(other, f"Team {team} offers to swap: they have {when(mine)}. Accept or decline on the timetable.")
    return offer


@transaction.atomic
def answer_swap(*, offer: Offer, enrollment: Enrollment, accepted: bool, now: datetime) -> None:
    """By a member of the team that was asked."""
    check_open(offer.talk.presentation, now)
    mine, theirs = offer.other, offer.talk
    hold_teams([mine.team, theirs.team])
    check_member(mine.team, enrollment)
    close(offer, accepted)
    if accepted:
        check_to_come(mine, now)
        check_to_come(theirs, now)
        swap(mine, theirs, enrollment.user)
        tell(theirs, f"Team {mine.team} has accepted the swap.")


@transaction.atomic
def withdraw_swap(*, offer: Offer, enrollment: Enrollment) -> None:
    hold_teams([offer.talk.team, offer.other.team])
    check_member(offer.talk.team, enrollment)
    close(offer, False)


def close(offer: Offer, accepted: bool) -> None:
    if not Offer.objects.filter(pk=offer.pk, accepted=None).update(accepted=accepted):
        raise ValidationError("This offer is no longer open.")


def swap(one: Talk, two: Talk, by: User) -> None:
    one.refresh_from_db()
    two.refresh_from_db()
    first, second = one.slot, two.slot
    # Through none: at no moment may two talks hold one slot.
    Talk.objects.filter(pk=one.pk).update(slot=None)
    place(two, first, by)
    place(one, second, by)


@transaction.atomic
def assign(*, slot: Slot, team: Team | None, by: User) -> None:
    """Staff put a team into a slot, or take out whoever is in it; both are written to."""
    course = slot.presentation.milestone.course
    check_staff(course, by)
    there = Talk.objects.filter(slot=slot).select_related("team").first()
    if team and team.course_id != course.pk:
        raise ValidationError("This team belongs to another course.")
    hold_teams([one for one in (team, there and there.team) if one])
    slot = hold_slots([slot.pk])[0]
    there = Talk.objects.filter(slot=slot).first()
    if there and there.team != team:
        place(there, None, by)
        tell(there, "The course staff have taken your slot back; choose another one.")
    if team and not (there and there.team == team):
        tell(place(talk_of(slot.presentation, team), slot, by), "The course staff have put you there.")


@transaction.atomic
def assign_rest(*, presentation: Presentation, by: User, now: datetime) -> int:
    """Teams without a slot get the free ones that are still to come, in order; returns how many did."""
    left = list(unplaced(presentation))
    free = Slot.objects.free().filter(presentation=presentation, starts_at__gt=now)
    pairs = list(zip(free, left, strict=False))
    for slot, team in pairs:
        assign(slot=slot, team=team, by=by)
    return len(pairs)


def unplaced(presentation: Presentation) -> Iterable[Team]:
    """Teams with somebody in them that have no slot."""
    course = presentation.milestone.course_id
    peopled = Membership.objects.current().filter(team__course=course).values("team")
    placed = Talk.objects.filter(presentation=presentation, slot__isnull=False).values("team")
    return Team.objects.filter(pk__in=peopled).exclude(pk__in=placed)


def place(talk: Talk, slot: Slot | None, by: User) -> Talk:
    """Calendars see a new revision, and offers that were made for another slot are closed."""
    talk.slot, talk.placed_by = slot, by
    talk.sequence = F("sequence") + 1 if talk.pk else 0
    if talk.pk is None:
        talk.full_clean()
    talk.save()
    talk.refresh_from_db()
    Offer.objects.filter(Q(talk=talk) | Q(other=talk), accepted=None).update(accepted=False)
    return talk


def talk_of(presentation: Presentation, team: Team) -> Talk:
    found = Talk.objects.filter(presentation=presentation, team=team).first()
    return found or Talk(presentation=presentation, team=team)


def own_team(enrollment: Enrollment) -> Team:
    team = team_of(enrollment)
    if team is None:
        raise ValidationError("Join a team first: teams present together.")
    return team


def hold_teams(teams: Iterable[Team]) -> None:
    # Locked: two members of one team may act at once, and so may the two teams of a swap.
    keys = {team.pk for team in teams}
    list(Team.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))


def hold_slots(keys: Sequence[int]) -> list[Slot]:
    # Locked: two teams may want the last free slot at the same moment.
    rows = Slot.objects.filter(pk__in=keys).order_by("pk").select_related("presentation__milestone__course")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if len(found) < len(keys):
        raise ValidationError("This slot is no longer there.")
    return found


def check_to_come(talk: Talk, now: datetime) -> None:
    """A talk that has begun stays where it was."""
    if talk.slot and talk.slot.starts_at <= now:
        raise ValidationError(f"The talk of team {talk.team} has begun, so its slot stays.")


def check_free(slot: Slot) -> None:
    if Talk.objects.filter(slot=slot).exists():
        raise ValidationError(TAKEN)


def check_open(presentation: Presentation, now: datetime) -> None:
    if presentation.locked(now):
        raise ValidationError(FIXED)


def check_staff(course: Course, by: User) -> None:
    if not Course.objects.staffed_by(by).filter(pk=course.pk).exists():
        raise PermissionDenied


def check_leads(course: Course, by: User) -> None:
    if not Course.objects.led_by(by).filter(pk=course.pk).exists():
        raise PermissionDenied


def when(talk: Talk) -> str:
    if talk.slot is None:
        return "no slot"
    local = timezone.localtime(talk.slot.starts_at, talk.team.course.zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}, {talk.slot.room}"


def tell(talk: Talk, said: str) -> None:
    """Everybody in the team."""
    milestone = talk.presentation.milestone
    page = f"{settings.SITE_URL}/c/{milestone.course.slug}/project/talks/{milestone.slug}/"
    members = talk.team.memberships.current().select_related("enrollment__user")
    body = f"{milestone} of team {talk.team}: {when(talk)} ({milestone.course.time_zone}).\n{said}\n\n{page}"
    letters.post([row.enrollment.user for row in members], f"{milestone}: {when(talk)}", body)
