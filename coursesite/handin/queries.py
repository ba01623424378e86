"""Who has handed in, who has not, who is late, who has more time: one assignment at a glance."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from coursesite.files.models import Format
from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment, Membership, Team, User, type_user

from . import policy
from .models import Accommodation, Assignment, Extension, Handout, Part, Problem, Submission, SubmittedFile, Tag


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
    hours: int  # of a standing accommodation
    closes_at: datetime
    lacking: list[Part]  # required parts that the version does not hold

    def is_remindable(self, now: datetime) -> bool:
        """Something is still to be handed in, and still can be."""
        return (self.submission is None or bool(self.lacking)) and now <= self.closes_at


def roll(assignment: Assignment, reader: type_user | None = None) -> list[Line]:
    """By name; the number of queries does not depend on how many there are. Without lines of work that its reader does
    not get to see."""
    extensions = {row.team_id or row.enrollment_id: row for row in Extension.objects.filter(assignment=assignment)}
    works = Submission.objects.current().filter(assignment=assignment).prefetch_related("files__file", "files__part")
    if reader:
        works = works.annotate(is_seen=Q(pk__in=Submission.objects.visible_to(reader).values("pk")))
    work = {row.team_id or row.enrollment_id: row for row in works}
    prefetch_related_objects([assignment], "parts")
    owners = teams(assignment) if assignment.by_team else students(assignment)
    hours = hours_by_owner(assignment)
    return [
        line(assignment, *owner, work.get(owner[0].pk), extensions.get(owner[0].pk), hours.get(owner[0].pk, 0))
        for owner in owners
        if getattr(work.get(owner[0].pk), "is_seen", True)
    ]


def hours_by_owner(assignment: Assignment) -> dict[int, int]:
    """Standing accommodations by student, or for what teams hand in by team: the longest that a member has."""
    given = Accommodation.objects.filter(enrollment__course=assignment.course_id)
    if not assignment.by_team:
        return dict(given.values_list("enrollment", "hours"))
    found: dict[int, int] = {}
    members = Membership.objects.current().filter(enrollment__accommodation__in=given)
    for team, hours in members.values_list("team", "enrollment__accommodation__hours"):
        found[team] = max(hours, found.get(team, 0))
    return found


def with_time_left(assignment: Assignment, now: datetime) -> list[Enrollment | Team]:
    """Whose own last moment is still to come, by an extension, late days or an accommodation."""
    rows = Extension.objects.filter(assignment=assignment).select_related("enrollment", "team")
    extensions = {row.owner.pk: row for row in rows}
    hours = hours_by_owner(assignment)
    model = Team if assignment.by_team else Enrollment
    owners = {row.owner.pk: row.owner for row in rows} | model._default_manager.in_bulk(set(hours) - set(extensions))
    return [
        owner
        for pk, owner in owners.items()
        if now <= assignment.rule_with(extensions.get(pk), hours.get(pk, 0)).closes_at
    ]


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
    submission: Submission | None, extension: Extension | None, hours: int,
) -> Line:  # fmt: skip
    rule = assignment.rule_with(extension, hours)
    late = policy.lateness(rule, submission.completed_at) if submission else None
    left = lacking(assignment, [submission]) if submission else []
    return Line(owner, name, section, people, submission, late, extension, hours, rule.closes_at, left)


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
    rows = Tag.objects.filter(used__submission=submission).select_related("used__file", "used__part", "problem")
    return by_problem([(row.used, row.page, row.problem.number, row.carried) for row in rows])


def tags_read(submission: Submission) -> list[tuple[int, Place]]:
    """The same as one list, from a submission whose files were read with their tags."""
    rows = [(used, tag) for used in submission.files.all() for tag in used.tags.all()]
    found = by_problem([(used, tag.page, tag.problem.number, tag.carried) for used, tag in rows])
    return [(number, place) for number, places in sorted(found.items()) for place in places]


def by_problem(rows: Sequence[tuple[SubmittedFile, int, int, bool]]) -> dict[int, list[Place]]:
    """From which file, which page, for the problem of which number, and whether it was carried over."""
    short = {used.pk for used, page, *_ in rows if is_beyond(used, page)}
    found: dict[int, list[Place]] = defaultdict(list)
    for used, page, number, carried in rows:
        if used.pk not in short:
            found[number].append(Place(used, page, carried))
    return dict(found)


def is_beyond(used: SubmittedFile, page: int) -> bool:
    return used.file.inspected_at is not None and page > (used.file.pages or 0)


def pages_for(submission: Submission, problem: Problem) -> list[Place]:
    """The pages that the student says answer this problem; empty when nobody said so."""
    return [place for place in tagged(submission).get(problem.number, []) if not place.is_cell]


def cells_for(submission: Submission, problem: Problem) -> list[Place]:
    """The same for cells of the notebook, counted from 1 with all kinds of cells."""
    return [place for place in tagged(submission).get(problem.number, []) if place.is_cell]


def lacking(assignment: Assignment, versions: list[Submission]) -> list[Part]:
    """Required parts that the version that counts does not have yet."""
    current = next((version for version in versions if version.is_current), None)
    came = {used.part_id for used in current.files.all()} if current else set()
    return [part for part in assignment.parts.all() if part.required and part.pk not in came] if current else []


def late_days_left(student: Enrollment, *, beside: Assignment | None = None) -> int:
    """Of the course's budget; none when that was cut below what is spent."""
    return max(0, student.course.late_budget - late_days_used(student, beside=beside))


def late_days_used(student: Enrollment, *, beside: Assignment | None = None) -> int:
    """On all sets; `beside` leaves out what is set on one."""
    rows = Extension.objects.filter(enrollment=student, late_days__gt=0).exclude(assignment=beside)
    return sum(late_days_spent(row, student, timezone.now()) for row in rows.select_related("assignment"))


def late_days_spent(extension: Extension, student: Enrollment, now: datetime) -> int:
    """While the work can still come, what was set aside; afterwards what was needed: the rest comes back."""
    assignment = extension.assignment
    if now <= assignment.rule_for(student).closes_at:
        return extension.late_days
    return late_days_needed(extension, student)


def late_days_needed(extension: Extension, student: Enrollment) -> int:
    """By the version that counts, were there no late days; none when nothing was handed in."""
    work = Submission.objects.current().filter(assignment=extension.assignment, enrollment=student).first()
    if work is None:
        return 0
    rule = extension.assignment.rule_for(student).later(-timedelta(days=extension.late_days))
    return min(extension.late_days, policy.lateness(rule, work.completed_at).days)
