"""Who says to have worked with whom on a set, and whether both say so."""

from collections import defaultdict
from dataclasses import dataclass
from math import cos, pi, sin

from coursesite.roster.models import Enrollment

from ..models import Acknowledgement, Homework


@dataclass(frozen=True)
class Pair:
    """`one` names `other` for these problems. `both`: the other names them too, for at least one of the same."""

    one: Enrollment
    other: Enrollment
    problems: list[int]
    answered: list[int]
    other_handed_in: bool

    @property
    def both(self) -> bool:
        return bool(self.answered)


def pairs(homework: Homework) -> list[Pair]:
    """Declarations of the versions that count. One-sided ones first; a pair that both declare stands once."""
    named: dict[tuple[int, int], list[int]] = defaultdict(list)
    people: dict[int, Enrollment] = {}
    rows = Acknowledgement.objects.filter(submission__assignment=homework, submission__is_current=True)
    related = rows.select_related("submission__enrollment__user", "problem").prefetch_related("classmates__user")
    handed_in = set[int]()
    for row in related.order_by("problem__number"):
        student = row.submission.enrollment
        assert student
        people[student.pk] = student
        handed_in.add(student.pk)
        for mate in row.classmates.all():
            people[mate.pk] = mate
            named[student.pk, mate.pk].append(row.problem.number)
    found = [
        Pair(people[one], people[other], problems, named.get((other, one), []), other in handed_in)
        for (one, other), problems in named.items()
        if one < other or (other, one) not in named
    ]
    return sorted(found, key=lambda pair: (pair.both, pair.one.user.sort_name, pair.other.user.sort_name))


@dataclass(frozen=True)
class Drawing:
    """The same as a picture: people on a circle, a line for each pair; whole when both say so."""

    dots: list[tuple[float, float, str, str, int]]  # x, y, name, how it is anchored, how far below the dot
    lines: list[tuple[float, float, float, float, bool]]
    size: int = 720


def drawing(found: list[Pair]) -> Drawing:
    people = {student.pk: student for pair in found for student in (pair.one, pair.other)}
    order = sorted(people.values(), key=lambda student: student.user.sort_name)
    middle, radius = 360.0, 220.0
    places = {
        student.pk: (middle + radius * cos(2 * pi * at / len(order)), middle + radius * sin(2 * pi * at / len(order)))
        for at, student in enumerate(order)
    }
    dots = [dot(*places[student.pk], str(student.user), middle) for student in order]
    lines = [(*places[pair.one.pk], *places[pair.other.pk], pair.both) for pair in found]
    return Drawing(dots, [(round(a, 1), round(b, 1), round(c, 1), round(d, 1), both) for a, b, c, d, both in lines])


def dot(x: float, y: float, name: str, middle: float) -> tuple[float, float, str, str, int]:
    anchor = "start" if x > middle + 20 else "end" if x < middle - 20 else "middle"
    below = 4 if anchor != "middle" else 20 if y > middle else -10
    return round(x, 1), round(y, 1), name, anchor, below
