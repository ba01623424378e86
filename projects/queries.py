"""Reports on teams that span models."""

from collections import defaultdict
from dataclasses import dataclass

from coursesite.roster.models import Course, Enrollment, Membership, Team


@dataclass(frozen=True)
class TeamRow:
    """A team with somebody in it. `free` are the places that are left."""

    team: Team
    members: list[Enrollment]
    free: int

    @property
    def names(self) -> list[str]:
        return [str(member.user) for member in self.members]


def team_rows(course: Course) -> list[TeamRow]:
    """Teams by name, without those that everybody has left."""
    found: dict[Team, list[Enrollment]] = defaultdict(list)
    rows = Membership.objects.current().filter(team__course=course)
    for row in rows.select_related("team", "enrollment__user").order_by("team__name", "enrollment__user__sort_name"):
        found[row.team].append(row.enrollment)
    return [TeamRow(team, people, max(0, course.team_max - len(people))) for team, people in found.items()]
