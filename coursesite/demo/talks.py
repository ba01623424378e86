"""The demo's talks: slots on the last two lectures before the mid-term presentation is due, some of them booked; and an
evaluation that opens when the proposal is due."""

from datetime import timedelta

from django.utils import timezone

from coursesite.roster.models import Course, Enrollment, Role, Team
from coursesite.schedule.models import Lecture
from projects.models import Combining, Milestone
from projects.services import evaluations, talks
from projects.slotting import plan

ROOM, LENGTH = "Lecture hall", timedelta(minutes=15)
BOOKED = (1, 3, 7)  # the slots that the first teams take


def arrange(course: Course) -> None:
    leader = course.enrollments.filter(role=Role.INSTRUCTOR).first()
    milestones = {row.slug: row for row in Milestone.objects.filter(course=course)}
    presented, proposal = milestones.get("mid-term-presentation"), milestones.get("proposal")
    if leader is None or presented is None or proposal is None:
        return
    lectures = Lecture.objects.filter(course=course, ends_at__lt=presented.due_at).order_by("-starts_at")[:2]
    spans = [(lecture.starts_at, lecture.ends_at) for lecture in lectures]
    planned = plan(spans, rooms=[ROOM], length=LENGTH, pause=timedelta(0))
    if planned and planned[0].starts > timezone.now():
        locks = presented.due_at - timedelta(days=7)
        talks.set_rules(
            milestone=presented, locks_at=locks, combining=Combining.AVERAGE, decider=None, by=leader.user
        )  # fmt: skip
        slots = talks.open_slots(milestone=presented, planned=planned, by=leader.user)
        for slot, member in zip([slots[at] for at in BOOKED], firsts(course), strict=False):
            talks.book(slot=slot, enrollment=member, now=timezone.now())
    evaluations.plan(milestone=proposal, closes_at=proposal.due_at + timedelta(days=5), by=leader.user)


def firsts(course: Course) -> list[Enrollment]:
    """One member of each team."""
    teams = Team.objects.filter(course=course, memberships__left_at=None).distinct().order_by("name")
    members = [team.memberships.current().select_related("enrollment__user").first() for team in teams]
    return [member.enrollment for member in members if member]
