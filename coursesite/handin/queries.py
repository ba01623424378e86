"""Who has handed in, who has not, who is late, who has more time: one assignment at a glance."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from coursesite.files.models import Format
from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment, Membership, Team, User

from . import policy
from .models import Assignment, Extension, Handout, Problem, Submission, SubmittedFile, Tag


@dataclass(frozen=True)
class Line:
    """One student or team. `closes_at` is their own last moment."""

    owner: Enrollment | Team
    name: str
    section: str
    people: list[User]
    submission: Submission | None
    lateness: policy.Lateness | None
    extension: Extension | None
    closes_at: datetime


def roll(assignment: Assignment) -> list[Line]:
    """By name; the number of queries does not depend on how many there are."""
    extensions = {row.team_id or row.enrollment_id: row for row in Extension.objects.filter(assignment=assignment)}
    work = {
        row.team_id or row.enrollment_id: row
        for row in Submission.objects.current()
        .filter(assignment=assignment)
        .prefetch_related("files__file", "files__part")
    }
    owners = teams(assignment) if assignment.by_team else students(assignment)
    return [line(assignment, *owner, work.get(owner[0].pk), extensions.get(owner[0].pk)) for owner in owners]


Owner = tuple[Enrollment | Team, str, str, list[User]]


def students(assignment: Assignment) -> list[Owner]:
    found = Enrollment.objects.filter(course=assignment.course_id).students().active()
    rows = found.select_related("user", "section").order_by("user__sort_name", "pk")
    return [(row, row.user.sort_name, row.section.name if row.section else "", [row.user]) for row in rows]


def teams(assignment: Assignment) -> list[Owner]:
    found: dict[Team, list[User]] = {team: [] for team in Team.objects.filter(course=assignment.course_id)}
    members = Membership.objects.current().filter(team__in=found).select_related("team", "enrollment__user")
    for member in members.order_by("enrollment__user__sort_name"):
        found[member.team].append(member.enrollment.user)
    return [(team, team.name, ", ".join(map(str, users)), users) for team, users in found.items() if users]


def line(
    assignment: Assignment, owner: Enrollment | Team, name: str, section: str, people: list[User],
    submission: Submission | None, extension: Extension | None,
) -> Line:  # fmt: skip
    rule = assignment.rule_with(extension)
    late = policy.lateness(rule, submission.completed_at) if submission else None
    return Line(owner, name, section, people, submission, late, extension, rule.closes_at)


def handouts(visit: Visit, assignment: Assignment) -> list[Handout]:
    """Files that this visitor may see now."""
    visible = Handout.objects.visible_to(visit.request.user, now=timezone.now())
    return list(visible.filter(assignment=assignment).select_related("file"))


@dataclass(frozen=True)
class Place:
    """A page of one file of a version (from 1), or a cell of its notebook."""

    used: SubmittedFile
    page: int
    carried: bool = False

    @property
    def is_cell(self) -> bool:
        return self.used.file.format == Format.NOTEBOOK


def tagged(submission: Submission) -> dict[int, list[Place]]:
    """By the problem's number, in the order of the work; one query.

    Tags of a document that turns out to have fewer pages than they need say nothing, all of them.
    """
    rows = list(Tag.objects.filter(used__submission=submission).select_related("used__file", "used__part", "problem"))
    short = {row.used_id for row in rows if is_beyond(row)}
    found: dict[int, list[Place]] = defaultdict(list)
    for row in rows:
        if row.used_id not in short:
            found[row.problem.number].append(Place(row.used, row.page, row.carried))
    return dict(found)


def is_beyond(row: Tag) -> bool:
    return row.used.file.inspected_at is not None and row.page > (row.used.file.pages or 0)


def pages_for(submission: Submission, problem: Problem) -> list[Place]:
    """The pages that the student says answer this problem; empty when nobody said so."""
    return [place for place in tagged(submission).get(problem.number, []) if not place.is_cell]


def cells_for(submission: Submission, problem: Problem) -> list[Place]:
    """The same for cells of the notebook, counted from 1 with all kinds of cells."""
    return [place for place in tagged(submission).get(problem.number, []) if place.is_cell]
