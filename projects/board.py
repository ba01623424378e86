"""The board: teams with a place, students who seek one, ideas; a handful of queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Prefetch

from coursesite.roster.models import Course, Enrollment, Membership, Team
from coursesite.schedule.models import Topic

from .models import Idea, Invitation, Profile, block_name


@dataclass
class TeamCard:
    team: Team
    members: list[Enrollment]
    free: int
    idea: Idea | None = None
    skills: list[str] = field(default_factory=list)
    asked: bool = False

    @property
    def words(self) -> str:
        said = [str(self.team), *(str(member.user) for member in self.members), *self.skills]
        return " ".join([*said, words_of(self.idea) if self.idea else ""]).casefold()

    @property
    def topics(self) -> set[int]:
        return {topic.pk for topic in self.idea.topics.all()} if self.idea else set()


@dataclass
class PersonCard:
    profile: Profile
    common: list[str] = field(default_factory=list)
    invited: bool = False

    @property
    def words(self) -> str:
        row = self.profile
        return " ".join([str(row.enrollment.user), row.about, *row.skills, *row.keywords]).casefold()

    @property
    def topics(self) -> set[int]:
        return {topic.pk for topic in self.profile.topics.all()}


@dataclass
class Board:
    teams: list[TeamCard]
    people: list[PersonCard]
    ideas: list[Idea]
    silent: int  # without a team, and not on the board
    shares_hours: bool  # the reader has told theirs, so that common ones are known

    @property
    def empty(self) -> bool:
        return not (self.teams or self.people or self.ideas)


def words_of(idea: Idea) -> str:
    return " ".join([idea.title, idea.text, *idea.skills, str(idea.author.user), str(idea.team or "")]).casefold()


def board(course: Course, reader: Enrollment | None, team: Team | None, topic: Topic | None, words: str) -> Board:
    """`topic` and `words` narrow all three lists; `reader` and their `team` say what is asked for already."""
    members = teams_of(course)
    ideas = list(ideas_of(course))
    profiles = {row.enrollment_id: row for row in profiles_of(course)}
    placed = {member.pk for people in members.values() for member in people}
    own = profiles.get(reader.pk) if reader else None
    offers = list(Invitation.objects.open().filter(team__course=course)) if reader else []
    cards = [card(course, found, people, profiles, ideas, offers, reader) for found, people in members.items()]
    seeking = [row for row in profiles.values() if row.seeking and row.enrollment_id not in placed and row != own]
    present = Enrollment.objects.active().students().filter(course=course).count()
    return Board(
        teams=[row for row in cards if row.free and row.team != team and fits(row.topics, row.words, topic, words)],
        people=[
            row
            for row in (person(row, own, team, offers) for row in seeking)
            if fits(row.topics, row.words, topic, words)
        ],
        ideas=[row for row in ideas if fits({one.pk for one in row.topics.all()}, words_of(row), topic, words)],
        silent=max(0, present - len(placed) - len(seeking) - bool(reader and reader.pk not in placed)),
        shares_hours=bool(own and own.hours),
    )


def fits(topics: set[int], said: str, topic: Topic | None, words: str) -> bool:
    return (topic is None or topic.pk in topics) and all(word in said for word in words.casefold().split())


def teams_of(course: Course) -> dict[Team, list[Enrollment]]:
    """Teams by name, without those that everybody has left."""
    found: dict[Team, list[Enrollment]] = defaultdict(list)
    rows = Membership.objects.current().filter(team__course=course)
    for row in rows.select_related("team", "enrollment__user").order_by("team__name", "enrollment__user__sort_name"):
        found[row.team].append(row.enrollment)
    return found


def ideas_of(course: Course) -> list[Idea]:
    rows = Idea.objects.standing().filter(author__course=course).select_related("author__user", "team")
    return list(rows.prefetch_related("topics"))


def profiles_of(course: Course) -> list[Profile]:
    rows = Profile.objects.of_students(course).select_related("enrollment__user", "enrollment__section")
    return list(rows.prefetch_related(Prefetch("topics")).order_by("enrollment__user__sort_name"))


def card(
    course: Course, team: Team, people: list[Enrollment], profiles: dict[int, Profile], ideas: list[Idea],
    offers: list[Invitation], reader: Enrollment | None,
) -> TeamCard:  # fmt: skip
    skills = {
        skill.casefold(): skill for member in people if member.pk in profiles for skill in profiles[member.pk].skills
    }
    return TeamCard(
        team,
        people,
        max(0, course.team_max - len(people)),
        next((idea for idea in ideas if idea.team_id == team.pk), None),
        list(skills.values()),
        any(offer.team_id == team.pk and reader is not None and offer.invited_id == reader.pk for offer in offers),
    )


def person(row: Profile, own: Profile | None, team: Team | None, offers: list[Invitation]) -> PersonCard:
    common = sorted(set(row.hours) & set(own.hours)) if own else []
    invited = any(team and offer.team_id == team.pk and offer.invited_id == row.enrollment_id for offer in offers)
    return PersonCard(row, [block_name(block) for block in common], bool(invited))
