"""What a placement did not fulfil, and why, as values that a page can put into words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from .scoring import Scale
from .values import Student, Task

Keys = tuple[int, ...]


@dataclass(frozen=True)
class Unmet:
    """`who` are student keys; `why` is a whole sentence about them, without their names."""

    kind: str
    who: Keys
    why: str


@dataclass(frozen=True)
class Judged:
    """The sum over all teams in the terms of a person: each share is out of 100."""

    wishes: int
    kept: int
    interests: int
    hours: int
    alone: int
    unmet: tuple[Unmet, ...]


def judged(task: Task, teams: Sequence[Keys]) -> Judged:
    """For any teams of the task's students, also those that somebody has changed by hand."""
    scale = Scale(task)
    scores = [scale.of(team) for team in teams]
    count = max(1, sum(map(len, teams)))
    pairs = wish_pairs(scale)
    return Judged(
        wishes=len(pairs),
        kept=sum(score.kept for score in scores),
        interests=sum(score.interests for score in scores) // count,
        hours=sum(score.hours for score in scores) // count,
        alone=sum(score.alone for score in scores),
        unmet=tuple(unmet(scale, teams, pairs)),
    )


def wish_pairs(scale: Scale) -> list[tuple[int, int]]:
    """Keys of those who asked for each other."""
    keys = [student.key for student in scale.task.students]
    pairs = combinations(range(len(keys)), 2)
    return [(keys[a], keys[b]) for a, b in pairs if scale.mutual[a] >> b & 1]


def unmet(scale: Scale, teams: Sequence[Keys], pairs: list[tuple[int, int]]) -> Iterator[Unmet]:
    team_of = {key: at for at, team in enumerate(teams) for key in team}
    for pair in pairs:
        if team_of.get(pair[0]) != team_of.get(pair[1]):
            yield Unmet("wish", pair, why_apart(scale, pair))
    for team in teams:
        yield from of_team(scale, team)


def why_apart(scale: Scale, pair: tuple[int, int]) -> str:
    """What stood in the way of two who asked for each other."""
    high = scale.task.high
    circle = chained(scale, pair)
    if len(circle) > high:
        return f"{len(circle)} who asked for each other hang together, and a team has {high} at most."
    return "Keeping them together would have split others who asked for each other, or left sizes that do not fit."


def chained(scale: Scale, pair: tuple[int, int]) -> set[int]:
    """Everybody who is tied to these two by wishes or by an incomplete team, in a chain."""
    mates = {key: set(unit.members) for unit in scale.task.units for key in unit.members}
    found, edge = set(pair), set(pair)
    while edge:
        edge = {other for key in edge for other in linked(scale, key) | mates[key]} - found
        found |= edge
    return found


def linked(scale: Scale, key: int) -> set[int]:
    mutual = scale.mutual[scale.at[key]]
    return {student.key for at, student in enumerate(scale.task.students) if mutual >> at & 1}


def of_team(scale: Scale, team: Keys) -> Iterator[Unmet]:
    students = [scale.task.students[scale.at[key]] for key in team]
    if not scale.task.low <= len(team) <= scale.task.high:
        yield Unmet("size", team, f"{len(team)} in a team; {scale.task.low} to {scale.task.high} are meant.")
    for student in students:
        if is_alone(student, students):
            yield Unmet("alone", (student.key,), why_alone(scale, student))
    if not shared(students):
        yield Unmet("interests", team, "No two of them have an interest in common.")
    yield from without_hours(students)


def without_hours(students: list[Student]) -> Iterator[Unmet]:
    told = [student for student in students if student.hours]
    free = -1
    for student in told:
        free &= student.hours
    if len(told) < 2:
        if len(students) > 1:
            yield Unmet("hours", tuple(s.key for s in students), "Fewer than two have told when they are free.")
    elif not free:
        apart = next(((a.key, b.key) for a, b in combinations(told, 2) if not a.hours & b.hours), None)
        why = "These two are never free at the same time." if apart else "No hour is free for all of them."
        yield Unmet("hours", apart or tuple(student.key for student in told), why)


def shared(students: list[Student]) -> bool:
    return any(a.interests & b.interests for a, b in combinations(students, 2))


def is_alone(student: Student, students: list[Student]) -> bool:
    if student.section is None:
        return False
    others = [other.section for other in students if other is not student and other.section is not None]
    return bool(others) and student.section not in others


def why_alone(scale: Scale, student: Student) -> str:
    same = sum(other.section == student.section for other in scale.task.students)
    if same == 1:
        return "Nobody else of this section is to be placed."
    return "Wishes, sizes or a better fit counted more; a higher weight of sections would change it."
