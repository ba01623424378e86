"""Scores within teams: what the team got, what each member has, and the peer factor beside its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from coursesite.handin.models import Extension, Submission
from coursesite.roster.models import Enrollment, Membership, Team
from projects.models import Evaluation, Milestone, Rating

from . import team_policy
from .models import Item, Score, Source
from .policy import State
from .services import scoring


@dataclass(frozen=True)
class Member:
    """One who was in the team when the milestone was due. `got` and `gave` are ratings; `base` is the team's score."""

    enrollment: Enrollment
    score: Score | None
    base: Decimal | None
    mean: Fraction | None
    factor: Fraction | None
    got: list[Rating]
    gave: list[Rating]

    @property
    def is_apart(self) -> bool:
        return bool(self.score and self.score.source != Source.MARKS and self.score.state != State.UNGRADED)

    @property
    def points(self) -> Decimal | None:
        return self.score.points if self.score else None

    @property
    def proposed(self) -> Decimal | None:
        """What the factor makes of the team's score."""
        if self.base is None or self.factor is None:
            return None
        return self.base if self.factor == 1 else team_policy.applied(self.base, self.factor)

    @property
    def differs(self) -> bool:
        """Whether there is something to decide. Who was set apart otherwise is left to the instructor."""
        return self.proposed is not None and self.points is not None and self.proposed != self.points

    @property
    def factor_shown(self) -> str:
        return "" if self.factor is None else team_policy.shown(self.factor)

    @property
    def mean_shown(self) -> str:
        return "" if self.mean is None else str(team_policy.rounded(self.mean, 2))


@dataclass(frozen=True)
class TeamScores:
    team: Team
    members: list[Member]
    base: Decimal | None
    work: Submission | None = None
    evaluated: bool = False

    @property
    def silent(self) -> list[Enrollment]:
        """Who could have answered and did not."""
        alone = len(self.members) < 2
        return [] if alone else [member.enrollment for member in self.members if not member.gave]

    @property
    def answered(self) -> int:
        return sum(bool(member.gave) for member in self.members)

    @property
    def to_decide(self) -> int:
        return sum(member.differs for member in self.members)


@dataclass
class _Rows:
    """Everything about one milestone, read at once."""

    members: dict[Team, list[Enrollment]] = field(default_factory=dict)
    scores: dict[int, Score] = field(default_factory=dict)
    ratings: list[Rating] = field(default_factory=list)
    works: dict[int, Submission] = field(default_factory=dict)
    extensions: dict[int, Extension] = field(default_factory=dict)
    needed: int = 0


def teams(item: Item, milestone: Milestone, team: Team | None = None) -> list[TeamScores]:
    """The same number of queries for any number of teams."""
    rows = read(item, milestone, team)
    evaluated = Evaluation.objects.filter(milestone=milestone).exists()
    return [team_scores(item, milestone, rows, one, evaluated) for one in rows.members]


def read(item: Item, milestone: Milestone, team: Team | None) -> _Rows:
    rows = _Rows(needed=milestone.problems.count())
    there = Membership.objects.at(milestone.due_at).filter(team__course=milestone.course_id)
    there = there.filter(team=team) if team else there
    for row in there.select_related("team", "enrollment__user").order_by("team__name", "enrollment__user__sort_name"):
        rows.members.setdefault(row.team, []).append(row.enrollment)
    everybody = [one.pk for people in rows.members.values() for one in people]
    rows.scores = {row.enrollment_id: row for row in Score.objects.filter(item=item, enrollment__in=everybody)}
    given = Rating.objects.filter(evaluation__milestone=milestone, rater__in=everybody, ratee__in=everybody)
    rows.ratings = list(given.select_related("rater__user", "ratee__user").order_by("rater__user__sort_name"))
    current = Submission.objects.current().filter(assignment=milestone, team__in=rows.members)
    rows.works = {row.team_id: row for row in current.prefetch_related("marks") if row.team_id}
    extended = Extension.objects.filter(assignment=milestone, team__in=rows.members)
    rows.extensions = {row.team_id: row for row in extended if row.team_id}
    return rows


def team_scores(item: Item, milestone: Milestone, rows: _Rows, team: Team, evaluated: bool) -> TeamScores:
    people, work = rows.members[team], rows.works.get(team.pk)
    base = base_of(item, milestone, rows, team, work)
    keys = {one.pk for one in people}
    ours = [row for row in rows.ratings if row.rater_id in keys and row.ratee_id in keys]
    ratings = by_rater(ours)
    means = team_policy.mean_ratings(ratings, sorted(keys))
    factors = team_policy.factors(ratings, sorted(keys))
    members = [
        Member(
            one, rows.scores.get(one.pk), base, means.get(one.pk), factors.get(one.pk),
            [row for row in ours if row.ratee_id == one.pk], [row for row in ours if row.rater_id == one.pk],
        )
        for one in people
    ]  # fmt: skip
    return TeamScores(team, members, base, work, evaluated)


def base_of(item: Item, milestone: Milestone, rows: _Rows, team: Team, work: Submission | None) -> Decimal | None:
    """What the marks give to the whole team, lateness taken off; None while it is not graded."""
    if work is None:
        return None
    marks = [mark.points for mark in work.marks.all() if mark.points is not None]
    rule = milestone.rule_with(rows.extensions.get(team.pk))
    return scoring.judged(item, rule, work.completed_at, marks, rows.needed).points


def by_rater(rows: Iterable[Rating]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row.rater_id, {})[row.ratee_id] = row.rating
    return found
