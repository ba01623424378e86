"""What a release would show, and to whom: read before anybody presses the button."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, Membership

from .models import Annotation, Item, Score
from .policy import State
from .spread import COHORT, Spread, spread

Works = dict[tuple[int, int], Submission]  # by assignment and enrolment


@dataclass
class Preview:
    """Of one column: its active students, by what they will see."""

    item: Item
    seen: list[Enrollment] = field(default_factory=list)
    by_hand: int = 0
    waiting: list[tuple[Enrollment, Submission]] = field(default_factory=list)
    missing: list[Enrollment] = field(default_factory=list)
    excused: list[Enrollment] = field(default_factory=list)
    nothing: list[Enrollment] = field(default_factory=list)
    points: list[Decimal] = field(default_factory=list)
    notes: int = 0

    @property
    def without(self) -> list[Enrollment]:
        """Who has neither work nor points: on paper or orally they may have both."""
        return self.missing + self.nothing

    @property
    def spread(self) -> Spread | None:
        return spread(self.points)

    @property
    def shows_statistics(self) -> bool:
        return self.item.category.course.shows_statistics and len(self.points) >= COHORT

    @property
    def nameless(self) -> bool:
        """Whether the work is graded without names until then."""
        plan = getattr(self.item, "arrangement", None)
        return plan is not None and plan.anonymous and self.item.released_at is None


def previews(items: Sequence[Item], now: datetime) -> list[Preview]:
    """Five queries, however many columns and students there are."""
    students = defaultdict(list)
    courses = {item.category.course_id for item in items}
    rows = Enrollment.objects.filter(course__in=courses).students().active().select_related("user")
    for student in rows.order_by("user__sort_name", "pk"):
        students[student.course_id].append(student)
    scores = {(row.item_id, row.enrollment_id): row for row in Score.objects.filter(item__in=items)}
    works = works_of(items, now)
    noted = Annotation.objects.filter(submission__in=works.values()).values_list("submission__assignment", flat=True)
    found = [preview(item, students[item.category.course_id], scores, works) for item in items]
    for one, count in zip(found, counted(noted, items), strict=True):
        one.notes = count
    return found


def counted(assignments: Iterable[int], items: Sequence[Item]) -> list[int]:
    every = list(assignments)
    return [every.count(item.assignment_id) if item.assignment_id else 0 for item in items]


def works_of(items: Sequence[Item], now: datetime) -> Works:
    """What counts for each student: their own, or that of the team they were in when it was due."""
    assignments = {item.assignment_id: item.assignment for item in items if item.assignment}
    current = list(Submission.objects.current().filter(assignment__in=assignments).select_related("team"))
    found = {(row.assignment_id, row.enrollment_id): row for row in current if row.enrollment_id}
    members = defaultdict(list)
    for member in Membership.objects.filter(team__in=[row.team_id for row in current if row.team_id]):
        members[member.team_id].append(member)
    for row in current:
        assignment = assignments[row.assignment_id]
        assert assignment
        moment = min(now, assignment.due_at)
        for member in members.get(row.team_id or 0, []):
            if member.joined_at <= moment and (member.left_at is None or member.left_at > moment):
                found[row.assignment_id, member.enrollment_id] = row
    return found


def preview(item: Item, students: Sequence[Enrollment], scores: dict[tuple[int, int], Score], works: Works) -> Preview:
    found = Preview(item)
    for student in students:
        score = scores.get((item.pk, student.pk))
        work = works.get((item.assignment_id or 0, student.pk))
        state = State(score.state) if score else State.UNGRADED
        if score and score.points is not None:
            found.seen.append(student)
            found.points.append(100 * score.points / item.points_possible)
            found.by_hand += score.source != "marks"
        elif state == State.UNGRADED and work:
            found.waiting.append((student, work))
        else:
            {State.MISSING: found.missing, State.EXCUSED: found.excused}.get(state, found.nothing).append(student)
    return found
