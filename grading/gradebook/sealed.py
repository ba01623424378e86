"""What of the gradebook is kept from a TA: scores with a mark in them that they may yet read a second time, unseen;
scores of work that others alone have by the plan; and the figures of those students, which would tell them. What the
page tells is computed without them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Value
from django.http import HttpResponse

from coursesite.roster.access import Visit
from coursesite.roster.models import Enrollment

from ..models import AUDITS, Item, Score, scores_elsewhere

SEALED, ELSEWHERE = "sealed", "elsewhere"

# In a statement after it, these tables' names mean what this person gets to see. Whoever audits has no figures.
TEXT = """
    grading_score AS (
        SELECT score.enrollment_id, score.item_id,
            CASE WHEN kept.item IS NULL THEN score.source ELSE 'marks' END AS source,
            coalesce(kept.state, score.state) AS state,
            CASE WHEN kept.item IS NULL THEN score.points END AS points
        FROM grading_score score LEFT JOIN
            unnest(%(kept_students)s::bigint[], %(kept_items)s::bigint[], %(kept_states)s::text[])
            AS kept (student, item, state) ON kept.student = score.enrollment_id AND kept.item = score.item_id
    ),
    grading_coursegrade AS (
        SELECT * FROM grading_coursegrade WHERE enrollment_id <> ALL(%(kept_students)s::bigint[])
    ),
    grading_override AS (
        SELECT * FROM grading_override WHERE enrollment_id <> ALL(%(kept_students)s::bigint[]) OR letter = %(audits)s
    ),
    grading_finalgrade AS (
        SELECT * FROM grading_finalgrade WHERE enrollment_id <> ALL(%(kept_students)s::bigint[])
    ),
    grading_amendment AS (
        SELECT * FROM grading_amendment WHERE enrollment_id <> ALL(%(kept_students)s::bigint[])
    ),
"""


@dataclass(frozen=True)
class Seal:
    """Why what is kept is kept, by student and column. Goes before a statement's own common table expressions."""

    pairs: Mapping[tuple[int, int], str]
    text: str = field(default=TEXT, repr=False)

    @property
    def given(self) -> dict[str, Any]:
        ordered = sorted(self.pairs)
        return {
            "kept_students": [student for student, _ in ordered],
            "kept_items": [item for _, item in ordered],
            "kept_states": [self.pairs[pair] for pair in ordered],
            "audits": AUDITS,
        }

    @property
    def students(self) -> dict[int, str]:
        """What lasts longer is the reason that is told."""
        found: dict[int, str] = {}
        for (student, _), why in self.pairs.items():
            found[student] = why if found.get(student) != ELSEWHERE else ELSEWHERE
        return found

    @property
    def told(self) -> dict[str, int]:
        """How many scores, and of how many students, for each reason."""
        scores, students = list(self.pairs.values()), list(self.students.values())
        return {
            SEALED: scores.count(SEALED),
            ELSEWHERE: scores.count(ELSEWHERE),
            "sealed_students": students.count(SEALED),
            "elsewhere_students": students.count(ELSEWHERE),
        }


def seal_of(visit: Visit) -> Seal | None:
    """None where nothing is kept; one query, and none for instructors."""
    if visit.leads:
        return None
    user, here = visit.request.user, Score.objects.filter(item__category__course=visit.course)
    unread = here.sealed_to(user).values_list("enrollment", "item", Value(SEALED))
    others = here.filter(pk__in=scores_elsewhere(user)).values_list("enrollment", "item", Value(ELSEWHERE))
    # In this order, so that of two reasons the lasting one stays.
    found = {(student, item): why for student, item, why in unread.union(others, all=True)}
    return Seal(found) if found else None


def closed(visit: Visit, student: Enrollment, item: Item | None = None) -> HttpResponse | None:
    """The page that says why a cell, or all of a student's figures, are not shown; None where they are."""
    seal = seal_of(visit)
    why = seal and (seal.students.get(student.pk) if item is None else seal.pairs.get((student.pk, item.pk)))
    told = {"student": student, "item": item, "elsewhere": why == ELSEWHERE}
    return visit.page("grading/gradebook/sealed.html", status=403, **told) if why else None
