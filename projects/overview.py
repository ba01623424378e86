"""What staff want to see of all teams at once; a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, QuerySet
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import Course, Enrollment, Status, Team

from .board import teams_of
from .models import Idea, Milestone, Rating

EVEN = 0.95  # of the team's mean; below it the peer factor is proposed as it is


@dataclass(frozen=True)
class Unequal:
    """A member whom teammates rate clearly below the team's mean; `of_mean` as 0.62."""

    member: Enrollment
    milestone: Milestone
    of_mean: float


@dataclass(frozen=True)
class Row:
    team: Team
    members: list[Enrollment]
    dropped: list[Enrollment]
    idea: Idea | None
    work: list[tuple[Milestone, Submission | None]]
    fits: bool
    unequal: list[Unequal]

    @property
    def late_without(self) -> list[Milestone]:
        """Milestones that are over, with nothing handed in."""
        now = timezone.now()
        return [milestone for milestone, work in self.work if work is None and milestone.due_at < now]


@dataclass(frozen=True)
class Overview:
    rows: list[Row]
    milestones: list[Milestone]
    alone: list[Enrollment]
    sizes: list[tuple[int, int]]

    @property
    def incomplete(self) -> list[Row]:
        return [row for row in self.rows if not row.fits]

    @property
    def without_first(self) -> list[Row]:
        """Teams that have not handed in the first milestone, the proposal."""
        return [row for row in self.rows if row.work and row.work[0][1] is None]

    @property
    def unequal(self) -> list[Row]:
        return [row for row in self.rows if row.unequal]

    @property
    def dropped(self) -> list[Enrollment]:
        return [gone for row in self.rows for gone in row.dropped]


def overview(course: Course) -> Overview:
    milestones = list(Milestone.objects.filter(course=course))
    work = {(one.team_id, one.assignment_id): one for one in current_work(milestones)}
    ideas = {idea.team_id: idea for idea in Idea.objects.standing().filter(team__course=course)}
    said = ratings(milestones)
    rows = []
    for team, people in teams_of(course).items():
        members = [person for person in people if person.status == Status.ACTIVE]
        rows.append(
            Row(
                team, members, [person for person in people if person.status != Status.ACTIVE], ideas.get(team.pk),
                [(milestone, work.get((team.pk, milestone.pk))) for milestone in milestones],
                course.team_min <= len(members) <= course.team_max,
                unequal(members, milestones, said),
            )
        )  # fmt: skip
    counts = [len(row.members) for row in rows]
    return Overview(rows, milestones, alone(course, rows), [(size, counts.count(size)) for size in sorted(set(counts))])


def ratings(milestones: list[Milestone]) -> dict[tuple[int, int], float]:
    """What teammates gave on average, by milestone and student."""
    found = Rating.objects.filter(evaluation__milestone__in=milestones).values("evaluation", "ratee")
    return {(row["evaluation"], row["ratee"]): row["mean"] for row in found.annotate(mean=Avg("rating"))}


def unequal(
    members: list[Enrollment], milestones: list[Milestone], said: dict[tuple[int, int], float]
) -> list[Unequal]:
    found = []
    for milestone in milestones:
        means = {member: said[milestone.pk, member.pk] for member in members if (milestone.pk, member.pk) in said}
        average = sum(means.values()) / len(means) if means else 0
        found += [Unequal(member, milestone, mean / average) for member, mean in means.items() if mean < EVEN * average]
    return found


def current_work(milestones: list[Milestone]) -> QuerySet[Submission]:
    return Submission.objects.current().filter(assignment__in=milestones, team__isnull=False)


def alone(course: Course, rows: list[Row]) -> list[Enrollment]:
    placed = {member.pk for row in rows for member in row.members}
    present = Enrollment.objects.active().students().filter(course=course).select_related("user", "section")
    return [student for student in present if student.pk not in placed]
