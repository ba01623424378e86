"""A proposal is changed by hand, and becomes teams: in one transaction, with everything checked anew."""

from collections import defaultdict
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, Team, User

from ..models import Answer, Formation, Invitation, Seat, Stage
from . import teams
from .forming import check_leads

Groups = dict[int, list[Seat]]


@transaction.atomic
def seat_move(*, formation: Formation, enrollment: Enrollment, number: int, by: User) -> None:
    """Puts a student into another team of the proposal; one more than there are makes a new one."""
    check_leads(formation.course, by)
    row = proposed(formation)
    seats = list(Seat.objects.filter(formation=row))
    mine = next((seat for seat in seats if seat.enrollment_id == enrollment.pk), None)
    if mine is None:
        raise ValidationError("This student is not in the proposal.")
    if not 1 <= number <= max(seat.number for seat in seats) + 1:
        raise ValidationError("There is no such team in the proposal.")
    mine.number = number
    mine.full_clean()
    mine.save(update_fields=["number"])


def proposed(formation: Formation) -> Formation:
    # Locked: two instructors may change and confirm at once.
    row = Formation.objects.select_for_update(of=("self",)).select_related("course").get(pk=formation.pk)
    if row.state != Stage.PROPOSED:
        raise ValidationError("This proposal is not open any more.")
    return row


@transaction.atomic
def confirm(*, formation: Formation, by: User) -> list[Team]:
    """Makes the teams. Whatever has changed since the proposal is told, and then nothing is done."""
    check_leads(formation.course, by)
    row = proposed(formation)
    groups = grouped(row)
    everybody = [seat.enrollment for seats in groups.values() for seat in seats]
    for key in sorted(enrollment.pk for enrollment in everybody):
        teams.hold(Enrollment(pk=key))
    existing = Seat.objects.filter(formation=row, team__isnull=False).values("team")
    for team in Team.objects.select_for_update(no_key=True).filter(pk__in=existing).order_by("pk"):
        retire(team, by)
    problems = list(changed(row, groups)) + list(wrong_sizes(row.course, groups))
    if problems:
        raise ValidationError(problems)
    made = apply(row, groups, by)
    Invitation.objects.open().filter(invited__in=everybody).update(answer=Answer.DECLINED, answered_at=timezone.now())
    row.state, row.confirmed_by, row.confirmed_at = Stage.CONFIRMED, by, timezone.now()
    row.full_clean()
    row.save()
    return made


def retire(team: Team, by: User) -> None:
    """Whoever has dropped the course gives the place free."""
    for gone in team.memberships.current().exclude(enrollment__status=Status.ACTIVE).select_related("enrollment"):
        teams.part(gone.enrollment, by=by, reason="Has dropped the course")


def grouped(row: Formation) -> Groups:
    found: Groups = defaultdict(list)
    for seat in Seat.objects.filter(formation=row).select_related("enrollment__user", "enrollment__course", "team"):
        found[seat.number].append(seat)
    return found


def changed(row: Formation, groups: Groups) -> Iterator[str]:
    """What is not as the proposal found it."""
    seated = {seat.enrollment_id: seat for seats in groups.values() for seat in seats}
    now = dict(Membership.objects.current().filter(enrollment__in=seated).values_list("enrollment", "team"))
    for key, seat in seated.items():
        fresh = Enrollment.objects.get(pk=key)
        if fresh.status != Status.ACTIVE or fresh.role != Role.STUDENT:
            yield f"{seat.enrollment.user} is no student of the course any more."
        elif now.get(key) != seat.team_id:
            yield f"{seat.enrollment.user} has changed teams since; compute a new proposal."
    there = Membership.objects.current().filter(team__in={seat.team_id for seat in seated.values() if seat.team_id})
    for extra in there.exclude(enrollment__in=seated).select_related("enrollment__user", "team"):
        yield f"{extra.enrollment.user} has joined team {extra.team} since; compute a new proposal."


def wrong_sizes(course: Course, groups: Groups) -> Iterator[str]:
    for number, seats in sorted(groups.items()):
        if not course.team_min <= len(seats) <= course.team_max:
            yield f"Team {number} has {len(seats)}; {course.team_min} to {course.team_max} are meant."


def apply(row: Formation, groups: Groups, by: User) -> list[Team]:
    reason = f"Placed by proposal {row.pk}"
    bases = base_teams(groups)
    movers = [
        (number, seat) for number, seats in sorted(groups.items()) for seat in seats
        if seat.team is None or seat.team != bases.get(number)
    ]  # fmt: skip
    for _, seat in movers:
        if seat.team:
            teams.part(seat.enrollment, by=by, reason=reason)
    made = {number: bases.get(number) or new_team(row.course) for number in {number for number, _ in movers}}
    for number, seat in movers:
        teams.join(made[number], seat.enrollment, by=by, reason=reason)
    for seat in (seat for _, seat in movers if seat.team):
        assert seat.team
        teams.lapse(seat.team)
    for number, team in sorted(made.items()):
        tell(team, groups[number])
    return [team for _, team in sorted(made.items())]


def base_teams(groups: Groups) -> dict[int, Team]:
    """Existing teams go on in the group that holds most of their members; each in one, and one in each."""
    sizes = sorted(
        ((-sum(seat.team == team for seat in seats), number, team.pk, team)
        for number, seats in groups.items() for team in {seat.team for seat in seats if seat.team}),
        key=lambda found: found[:3],
    )  # fmt: skip
    found: dict[int, Team] = {}
    for _, number, _, team in sizes:
        if number not in found and team not in found.values():
            found[number] = team
    return found


def new_team(course: Course) -> Team:
    taken = {name.lower() for name in Team.objects.filter(course=course).values_list("name", flat=True)}
    name = next(name for number in range(1, 100_000) if (name := f"Team {number}").lower() not in taken)
    team = Team(course=course, name=name)
    team.full_clean()
    team.save()
    return team


def tell(team: Team, seats: list[Seat]) -> None:
    names = "\n".join(f"  {seat.enrollment.user} <{seat.enrollment.user.email}>" for seat in seats)
    letters.post(
        [seat.enrollment.user for seat in seats],
        f"{team.course.title}: your project team",
        f"You are in team {team}:\n\n{names}\n\nThe page Project shows what is due next. Write to each other soon.\n",
    )
