"""Scores that a TA does not get to see, since others alone have the work, or problems of it, by the plan."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from coursesite.handin.models import Submission
from coursesite.roster.models import type_user

from .arrangements import Arrangement, Duty, problems_elsewhere
from .marks import Mark

# `work` is what stands behind the scores: the version that counts, and those that did when they were marked. Where
# nothing is handed in, a section has its students, and nobody a share. One statement that reads each table once, since
# a course has many scores, and the ORM would ask about them one by one or in a plan that takes longer than the answer.
ELSEWHERE = """
    WITH plan AS ({plans}), lacking AS ({problems}), work AS MATERIALIZED ({works}), theirs AS (
        SELECT assignment_id, student, bool_and(is_open) AS is_open FROM (
            SELECT assignment_id, enrollment_id AS student, is_open FROM work WHERE team_id IS NULL
            UNION ALL SELECT work.assignment_id, member.enrollment_id, work.is_open
            FROM work JOIN roster_membership member ON member.team_id = work.team_id
        ) AS each GROUP BY assignment_id, student
    )
    SELECT score.id FROM plan JOIN grading_item item ON item.id = plan.item_id
    JOIN grading_score score ON score.item_id = item.id
    JOIN roster_enrollment student ON student.id = score.enrollment_id
    LEFT JOIN theirs ON theirs.assignment_id = item.assignment_id AND theirs.student = score.enrollment_id
    WHERE CASE plan.split WHEN 'problem' THEN item.assignment_id IN (SELECT assignment_id FROM lacking)
        OR NOT coalesce(theirs.is_open, true)
    ELSE NOT coalesce(theirs.is_open, EXISTS (
        SELECT FROM grading_duty duty WHERE duty.arrangement_id = plan.id AND duty.grader_id = %s
            AND duty.section_id = student.section_id
    )) END
"""


def scores_elsewhere(user: type_user) -> RawSQL:
    """Their keys, before the release and after it; also of those that are ungraded, since their history tells what they
    were."""
    strict = Arrangement.objects.strict(user)
    plans, given = inner(strict.values("id", "split", "item_id"))
    problems, more = inner(problems_elsewhere(user).values("assignment_id"))
    works, most = inner(behind(strict, user))
    text = ELSEWHERE.format(plans=plans, problems=problems, works=works)
    return RawSQL(text, (*given, *more, *most, user.pk))  # noqa: S611  # our own words, and values apart from them


def behind(strict: QuerySet[Arrangement], user: type_user) -> QuerySet[Submission, Any]:
    marked = Q(Exists(Mark.objects.filter(submission=OuterRef("pk"))))
    works = Submission.objects.filter(Q(is_current=True) | marked, assignment__item__arrangement__in=strict)
    told = works.annotate(is_open=Exists(Duty.objects.covering(user)))
    return told.values("assignment_id", "enrollment_id", "team_id", "is_open")


def inner(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """As it stands within another statement."""
    text, values = rows.order_by().query.sql_with_params()
    return text, tuple(values)
