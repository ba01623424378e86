"""Who says to have worked with whom on a set, and whether both say so."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, type_user

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


def pairs(homework: Homework, reader: type_user | None = None) -> list[Pair]:
    """Declarations of the versions that count. One-sided ones first; a pair that both declare stands once. Without
    those about work that their reader does not get to see."""
    named: dict[tuple[int, int], list[int]] = defaultdict(list)
    people: dict[int, Enrollment] = {}
    rows = Acknowledgement.objects.filter(submission__assignment=homework, submission__is_current=True)
    if reader:
        rows = rows.annotate(is_seen=Q(submission__in=Submission.objects.visible_to(reader).values("pk")))
    related = rows.select_related("submission__enrollment__user", "problem").prefetch_related("classmates__user")
    handed_in, hidden = set[int](), set[int]()
    for row in related.order_by("problem__number"):
        student = row.submission.enrollment
        assert student
        people[student.pk] = student
        handed_in.add(student.pk)
        hidden |= set() if getattr(row, "is_seen", True) else {student.pk}
        for mate in row.classmates.all():
            people[mate.pk] = mate
            named[student.pk, mate.pk].append(row.problem.number)
    found = [
        Pair(people[one], people[other], problems, named.get((other, one), []), other in handed_in)
        for (one, other), problems in named.items()
        if not {one, other} & hidden and (one < other or (other, one) not in named)
    ]
    return sorted(found, key=lambda pair: (pair.both, pair.one.user.sort_name, pair.other.user.sort_name))
