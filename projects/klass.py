"""A course's students as the optimiser takes them: who is to be placed, who stays together, who asked for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from coursesite.roster.models import Course, Enrollment, Membership

from .models import Formation, Invitation, Profile
from .optimiser import sizes
from .optimiser.values import Student, Task, Unit, Weights


@dataclass(frozen=True)
class Klass:
    """Keys of enrolments: those without a team, and members by team. Who has dropped the course counts no more."""

    course: Course
    alone: list[int]
    teams: dict[int, tuple[int, ...]]

    @property
    def incomplete(self) -> dict[int, tuple[int, ...]]:
        return {team: members for team, members in self.teams.items() if len(members) < self.course.team_min}

    @property
    def complete(self) -> dict[int, tuple[int, ...]]:
        return {team: members for team, members in self.teams.items() if len(members) >= self.course.team_min}

    @property
    def extendable(self) -> dict[int, tuple[int, ...]]:
        return {team: members for team, members in self.complete.items() if len(members) < self.course.team_max}

    @property
    def open_sizes(self) -> list[int]:
        return [1] * len(self.alone) + [len(members) for members in self.incomplete.values()]

    @property
    def verdict(self) -> sizes.Verdict:
        """Whether it can be split at all, and what the nearest way out is."""
        complete = [len(members) for members in self.complete.values()]
        return sizes.judge(self.open_sizes, complete, self.course.team_min, self.course.team_max)

    def units(self, *, extends: bool) -> list[Unit]:
        """In an order of its own, so that the same class gives the same teams."""
        found = [Unit((key,)) for key in sorted(self.alone)]
        found += [Unit(members) for _, members in sorted(self.incomplete.items())]
        if extends:
            found += [Unit(members, complete=True) for _, members in sorted(self.extendable.items())]
        return found


def klass(course: Course) -> Klass:
    """As it is now."""
    present = set(Enrollment.objects.active().students().filter(course=course).values_list("pk", flat=True))
    members = defaultdict[int, list[int]](list)
    rows = Membership.objects.current().filter(team__course=course).order_by("enrollment")
    for team, key in rows.values_list("team", "enrollment"):
        if key in present:
            members[team].append(key)
    placed = {key for keys in members.values() for key in keys}
    return Klass(course, sorted(present - placed), {team: tuple(keys) for team, keys in members.items()})


def task_of(formation: Formation, units: Iterable[Unit]) -> Task:
    """What the optimiser is asked, with the interests and wishes of this moment."""
    units = tuple(units)
    course, keys = formation.course, {key for unit in units for key in unit.members}
    return Task(
        students=tuple(students(course, keys)),
        units=units,
        low=course.team_min,
        high=course.team_max,
        weights=Weights(formation.interests, formation.hours, formation.sections),
        seed=formation.seed,
    )


def students(course: Course, keys: set[int]) -> list[Student]:
    profiles = Profile.objects.filter(enrollment__in=keys).prefetch_related("topics", "wishes")
    told = {row.enrollment_id: row for row in profiles}
    asked = wishes(course, told)
    rows = Enrollment.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "section")
    return [student(key, section, told.get(key), frozenset(asked[key])) for key, section in rows]


def student(key: int, section: int | None, row: Profile | None, asked: frozenset[int]) -> Student:
    if row is None:
        return Student(key, section=section, wishes=asked)
    interests = frozenset(f"topic {topic.pk}" for topic in row.topics.all())
    interests |= frozenset(word.casefold() for word in row.keywords)
    return Student(key, interests, row.mask, section, asked)


def wishes(course: Course, told: dict[int, Profile]) -> defaultdict[int, set[int]]:
    """Whom each student asked for: named among the wishes, invited, or asked to be taken in by."""
    found = defaultdict[int, set[int]](set)
    for key, row in told.items():
        found[key] |= {wish.pk for wish in row.wishes.all()}
    inviter = {row.user_id: row.pk for row in Enrollment.objects.filter(course=course, pk__in=told)}
    for offer in Invitation.objects.open().filter(team__course=course):
        if not offer.asked and offer.invited_by_id in inviter:
            found[inviter[offer.invited_by_id]].add(offer.invited_id)
        if offer.asked:
            members = Membership.objects.current().filter(team=offer.team_id)
            found[offer.invited_id] |= set(members.values_list("enrollment", flat=True))
    return found
