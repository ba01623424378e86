"""Marks by rubric worked out anew, when items, scoring or a problem's points changed; and the scores behind them.

All marks are stored by one statement and all scores by another: an item may stand on thousands.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import Q, Value

from coursesite.handin import policy as late
from coursesite.handin.models import Assignment, Problem, Submission

from .. import rubric_policy
from ..models import Item, Mark, Rubric
from ..policy import State
from ..rubric_policy import Rule, Scoring
from . import scoring

LOCKS = 61  # the number under which rubrics take advisory locks
STORE_MARKS = """
    UPDATE grading_mark AS mark SET points = new.points
    FROM json_to_recordset(%s) AS new (id bigint, points numeric) WHERE mark.id = new.id
"""
STORE_SCORES = """
    UPDATE grading_score AS score
    SET state = new.state, raw_points = new.raw_points, points = new.points, changed_at = now()
    FROM json_to_recordset(%s) AS new (id bigint, state varchar, raw_points numeric, points numeric)
    WHERE score.id = new.id
"""
LOCK_OWNERS = """
    SELECT FROM roster_enrollment student WHERE id IN (
        SELECT enrollment_id FROM handin_submission WHERE id = ANY(%(works)s::uuid[]) AND is_current
    ) ORDER BY id FOR NO KEY UPDATE
"""
# Of single students: their current work, their score, and what its marks come to.
SUMS = """
    SELECT work.id, score.id, score.penalty, score.floor, sum(mark.points), count(mark.points)
    FROM handin_submission work
    JOIN grading_score score ON score.enrollment_id = work.enrollment_id AND score.item_id = %(item)s
    JOIN grading_mark mark ON mark.submission_id = work.id
    WHERE work.id = ANY(%(works)s::uuid[]) AND work.is_current AND score.source = 'marks'
    GROUP BY work.id, score.id
"""


def hold(problems: Iterable[Problem], *, shared: bool) -> None:
    """Until the transaction ends. Graders share it; who edits a rubric has it alone, so that no mark is worked out from
    points that are just being changed."""
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {lock}(%s, id) FROM unnest(%s::int[]) AS id ORDER BY id",  # noqa: S608  # one of two names of ours
            [LOCKS, sorted(problem.pk for problem in problems)],
        )


@transaction.atomic
def rewrite(problem: Problem) -> int:
    """Every mark of this problem that follows from its rubric; returns how many came out otherwise."""
    hold([problem], shared=False)
    rubric = Rubric.objects.filter(problem=problem).first()
    if rubric is None:
        return 0
    rule = Rule(problem.points, Scoring(rubric.scoring), rubric.floored, rubric.capped)
    changed = list(differing(problem, rule))
    store(STORE_MARKS, [{"id": mark, "points": points} for mark, _, points in changed])
    rescore(problem.assignment, [submission for _, submission, _ in changed])
    return len(changed)


def differing(problem: Problem, rule: Rule) -> Iterator[tuple[int, UUID, Decimal | None]]:
    """The marks whose stored points are not what the policy says: key, submission, and what it says."""
    live = Q(applied__isnull=False, applied__item__removed_at=None)
    rows = Mark.objects.filter(problem=problem, by_rubric=True).order_by()
    worths = ArrayAgg("applied__item__points", filter=live, default=Value([]))
    for pk, submission, stored, adjustment, items in rows.annotate(worths=worths).values_list(
        "pk", "submission", "points", "adjustment", "worths"
    ):
        fresh = rubric_policy.points(rule, items, adjustment)
        if fresh != stored:
            yield pk, submission, fresh


def store(statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [json.dumps(rows, default=str)])


def rescore(assignment: Assignment, submissions: Sequence[UUID]) -> None:
    """The scores behind these submissions' marks. Those of single students that a score stands for already are stored
    together; teams, and the few others, one by one."""
    item = Item.objects.filter(assignment=assignment).first()
    if item is None or not submissions:
        return
    values: dict[str, Any] = {"item": item.pk, "works": [str(pk) for pk in submissions]}
    needed = assignment.problems.count()
    with connection.cursor() as cursor:
        # Locked before marks are read: a hand-in or a mark may meet us at these students.
        cursor.execute(LOCK_OWNERS, values)
        cursor.execute(SUMS, values)
        rows = cursor.fetchall()
    store(STORE_SCORES, [fresh(*found, needed=needed) for _, *found in rows])
    done = {row[0] for row in rows}
    rest = [pk for pk in submissions if pk not in done]
    for work in Submission.objects.current().filter(pk__in=rest).select_related("enrollment", "team"):
        scoring.refresh_owner(assignment=assignment, owner=work.owner)


def fresh(
    score: int, penalty: Decimal, floor: Decimal, total: Decimal | None, count: int, *, needed: int
) -> dict[str, Any]:
    if total is None or count < needed:
        return {"id": score, "state": State.UNGRADED.value, "raw_points": None, "points": None}
    raw = scoring.raw(total)
    points = late.net(raw, penalty, floor)
    return {"id": score, "state": State.GRADED.value, "raw_points": raw, "points": points}
