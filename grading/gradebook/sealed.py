"""What of the gradebook is kept from a TA: scores with a mark in them that they may yet read a second time, unseen, and
the figures of those students. Whatever the page tells is computed without them."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment

from ..models import Item, Score

# In a statement after it, these tables' names mean what this person gets to see.
TEXT = """
    grading_score AS (
        SELECT score.enrollment_id, score.item_id, score.source,
            CASE WHEN kept.item IS NULL THEN score.state ELSE 'sealed' END AS state,
            CASE WHEN kept.item IS NULL THEN score.points END AS points
        FROM grading_score score LEFT JOIN unnest(%(kept_students)s::bigint[], %(kept_items)s::bigint[])
            AS kept (student, item) ON kept.student = score.enrollment_id AND kept.item = score.item_id
    ),
    grading_coursegrade AS (
        SELECT * FROM grading_coursegrade WHERE enrollment_id <> ALL(%(kept_students)s::bigint[])
    ),
"""


@dataclass(frozen=True)
class Seal:
    """Pairs of student and column. Goes before a statement's own common table expressions."""

    pairs: frozenset[tuple[int, int]] = frozenset()
    text: str = field(default=TEXT, repr=False)

    @property
    def given(self) -> dict[str, Any]:
        ordered = sorted(self.pairs)
        return {"kept_students": [one for one, _ in ordered], "kept_items": [item for _, item in ordered]}

    @property
    def students(self) -> set[int]:
        return {student for student, _ in self.pairs}


def seal_of(visit: Visit) -> Seal | None:
    """None where nothing is kept; one query, and none for instructors."""
    if visit.leads:
        return None
    scores = Score.objects.sealed_to(visit.request.user).filter(item__category__course=visit.course)
    pairs = frozenset(scores.values_list("enrollment", "item"))
    return Seal(pairs) if pairs else None


def closed(visit: Visit, student: Enrollment, item: Item | None = None) -> HttpResponse | None:
    """The page that says why a cell, or all of a student's figures, are not shown; None where they are."""
    seal = seal_of(visit)
    kept = seal and (student.pk in seal.students if item is None else (student.pk, item.pk) in seal.pairs)
    return visit.page("grading/gradebook/sealed.html", status=403, student=student, item=item) if kept else None
