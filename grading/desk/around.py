"""What stands around a piece of work at the desk: lateness, who handed it on, a score set by hand, what was
acknowledged, tags, colleagues, and the grader's keys.

One plain statement, since the desk changes every few seconds, and nine queries would be most of its time.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from coursesite.handin import policy
from coursesite.handin.models import Extension, Problem, Submission
from coursesite.roster.models import User

from ..models import Item
from . import finding

AROUND = """
    SELECT json_build_object(
        'override', (
            SELECT json_build_object('state', state, 'points', points::text) FROM grading_score
            WHERE item_id = %(item)s AND enrollment_id = %(student)s AND source <> 'marks' AND state <> 'ungraded'
                AND NOT EXISTS (
                    SELECT FROM handin_problem
                    WHERE assignment_id = %(assignment)s AND id <> ALL(%(open)s::bigint[])
                )
        ),
        'referral', (
            SELECT json_build_object('to', receiver.name, 'by', sender.name, 'note', note, 'made_at', made_at)
            FROM grading_referral JOIN roster_user sender ON sender.id = by_id
            LEFT JOIN roster_user receiver ON receiver.id = to_id
            WHERE submission_id = %(work)s AND problem_id = ANY(%(problems)s) AND settled_at IS NULL
            ORDER BY made_at DESC LIMIT 1
        ),
        'colleagues', (
            SELECT json_agg(json_build_object('pk', person.id, 'name', person.name) ORDER BY person.sort_name)
            FROM roster_user person WHERE person.id <> %(grader)s AND person.id IN (
                SELECT user_id FROM roster_enrollment
                WHERE course_id = %(course)s AND role IN ('ta', 'instructor') AND status = 'active'
            )
        ),
        'acknowledgements', (
            SELECT json_agg(json_build_object(
                'problem', number || '. ' || title, 'nobody', nobody, 'others', others, 'names', (
                    SELECT string_agg(person.name, ', ' ORDER BY person.sort_name)
                    FROM homework_acknowledgement_classmates named
                    JOIN roster_enrollment classmate ON classmate.id = named.enrollment_id
                    JOIN roster_user person ON person.id = classmate.user_id
                    WHERE named.acknowledgement_id = acknowledged.id
                )) ORDER BY number)
            FROM homework_acknowledgement acknowledged JOIN handin_problem problem ON problem.id = problem_id
            WHERE submission_id = %(work)s
        ),
        'tags', (
            SELECT json_agg(json_build_array(tag.used_id, tag.page, problem.number) ORDER BY tag.page)
            FROM handin_tag tag JOIN handin_submittedfile used ON used.id = tag.used_id
            JOIN handin_problem problem ON problem.id = tag.problem_id WHERE used.submission_id = %(work)s
        ),
        'extension', (
            SELECT json_build_object('until', until, 'with_penalty', with_penalty, 'late_days', late_days)
            FROM handin_extension WHERE assignment_id = %(assignment)s
                AND (enrollment_id = %(student)s OR team_id = %(team)s) LIMIT 1
        ),
        'hours', (
            SELECT max(hours) FROM handin_accommodation WHERE enrollment_id = %(student)s OR enrollment_id IN (
                SELECT enrollment_id FROM roster_membership WHERE team_id = %(team)s AND left_at IS NULL
            )
        ),
        'keys', (SELECT keys FROM grading_deskkeys WHERE grader_id = %(grader)s)
    )::text
"""


@dataclass(frozen=True)
class Around:
    lateness: policy.Lateness
    override: dict[str, Any] | None
    referral: dict[str, Any] | None
    colleagues: list[dict[str, Any]]
    acknowledgements: list[dict[str, Any]]
    tags: list[tuple[int, int, int]]  # of which file, which page, for the problem of which number
    keys: dict[str, str]


def around(item: Item, work: Submission, problems: list[Problem], grader: User) -> Around:
    assert item.assignment
    values: dict[str, Any] = {
        "item": item.pk,
        "work": work.pk,
        "assignment": item.assignment_id,
        "course": item.assignment.course_id,
        "student": work.enrollment_id,
        "team": work.team_id,
        "problems": [problem.pk for problem in problems],
        # The whole score is told to whom all its problems are open.
        "open": [problem.pk for problem in finding.problems(item)],
        "grader": grader.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(AROUND, values)
        found = json.loads(cursor.fetchone()[0])
    return Around(
        lateness=lateness(work, found["extension"], found["hours"]),
        override=typed(found["override"], "points", Decimal),
        referral=typed(found["referral"], "made_at", datetime.fromisoformat),
        colleagues=found["colleagues"] or [],
        acknowledgements=found["acknowledgements"] or [],
        tags=[(used, page, number) for used, page, number in found["tags"] or []],
        keys=found["keys"] or {},
    )


def typed(row: dict[str, Any] | None, name: str, kind: Any) -> dict[str, Any] | None:
    """What JSON has no type for."""
    return row and row | {name: row[name] and kind(row[name])}


def lateness(work: Submission, extension: dict[str, Any] | None, hours: int | None) -> policy.Lateness:
    """By the one rule for it, from what was read."""
    granted = None
    if extension:
        until = datetime.fromisoformat(extension["until"])
        granted = Extension(until=until, with_penalty=extension["with_penalty"], late_days=extension["late_days"])
    return policy.lateness(work.assignment.rule_with(granted, hours or 0), work.completed_at)
