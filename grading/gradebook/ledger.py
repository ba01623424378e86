"""The gradebook as PostgreSQL reads it: columns with their statistics, and students with their cells. Two statements,
whatever the size of the course; a row's cells come as one text, since 50,000 cells would be as many objects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from coursesite.roster.models import Course

from ..models import AUDITS
from ..past import Past
from .asked import Asked
from .sealed import Seal

Seen = Past | Seal | None  # what its tables' names mean in a statement: of then, or what this person gets to see
BINS = 10
SO_FAR, FINAL, REACHABLE = -1, -2, -3  # figures among the columns

# Handed in and current, each for every student whose score it decides; late as the assignment's rule counts it.
WORK = """
    SELECT coalesce(member.enrollment_id, work.enrollment_id) AS enrollment_id, work.assignment_id,
        work.completed_at > CASE WHEN more.with_penalty IS FALSE THEN greatest(more.until, due.at) ELSE due.at END
            + coalesce(more.late_days, 0) * interval '1 day' + task.grace_minutes * interval '1 minute' AS late
    FROM handin_submission work
    JOIN handin_assignment task ON task.id = work.assignment_id
    LEFT JOIN roster_membership member ON member.team_id = work.team_id
        AND member.joined_at <= least(now(), task.due_at)
        AND (member.left_at IS NULL OR member.left_at > least(now(), task.due_at))
    LEFT JOIN handin_extension more ON more.assignment_id = task.id
        AND (more.enrollment_id = work.enrollment_id OR more.team_id = work.team_id)
    CROSS JOIN LATERAL (
        SELECT task.due_at + coalesce(max(given.hours), 0) * interval '1 hour' AS at FROM handin_accommodation given
        WHERE given.enrollment_id = work.enrollment_id OR given.enrollment_id IN (
            SELECT mate.enrollment_id FROM roster_membership mate
            WHERE mate.team_id = work.team_id AND mate.left_at IS NULL)
    ) AS due
    WHERE work.is_current AND task.course_id = %(course)s
"""

# g graded, m missing, x excused, u nothing yet, w handed in and ungraded, s kept until it is read again, o with others
# alone; then l late, h set by hand; then the points.
CELL = """
    CASE score.state WHEN 'graded' THEN 'g' WHEN 'missing' THEN 'm' WHEN 'excused' THEN 'x' WHEN 'sealed' THEN 's'
        WHEN 'elsewhere' THEN 'o' ELSE CASE WHEN work.late IS NULL THEN 'u' ELSE 'w' END END
    || CASE WHEN work.late AND score.state IS DISTINCT FROM 'elsewhere' THEN 'l' ELSE '' END
    || CASE WHEN score.source <> 'marks' AND score.state <> 'ungraded' AND item.assignment_id IS NOT NULL
        THEN 'h' ELSE '' END
    || CASE WHEN score.points IS NULL THEN '' ELSE trim_scale(score.points)::text END
"""

PERSONS = """
    WITH {past} item AS (
        SELECT item.id, item.position, item.assignment_id FROM grading_item item
        JOIN grading_category category ON category.id = item.category_id WHERE category.course_id = %(course)s
    ), work AS ({work}), person AS (
        SELECT student.id, account.sort_name, account.email, section.name AS section, student.status,
            grade.so_far, grade.final, grade.reachable, grade.letter, own.letter AS override,
            fixed.letter AS signed, amended.letter AS amended,
            EXISTS (SELECT FROM grading_stale stale WHERE stale.enrollment_id = student.id) AS stale,
            row_number() OVER (ORDER BY {order}) AS place, count(*) OVER () AS total
        FROM roster_enrollment student
        JOIN roster_user account ON account.id = student.user_id
        LEFT JOIN roster_section section ON section.id = student.section_id
        LEFT JOIN grading_coursegrade grade ON grade.enrollment_id = student.id
        LEFT JOIN grading_override own ON own.enrollment_id = student.id
        LEFT JOIN grading_signoff sign_off
            ON sign_off.course_id = student.course_id AND sign_off.withdrawn_at IS NULL
        LEFT JOIN grading_finalgrade fixed
            ON fixed.sign_off_id = sign_off.id AND fixed.enrollment_id = student.id
        LEFT JOIN LATERAL (
            SELECT amendment.letter FROM grading_amendment amendment
            WHERE amendment.sign_off_id = sign_off.id AND amendment.enrollment_id = student.id
            ORDER BY amendment.id DESC LIMIT 1
        ) AS amended ON true
        {joined}
        WHERE student.course_id = %(course)s AND student.role = 'student' {where}
        ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
    )
"""
PLACES = "SELECT id FROM person ORDER BY place"
READ = f"""
    , cells AS (
        SELECT person.id, string_agg({CELL}, ' ' ORDER BY item.position, item.id) AS cells
        FROM person CROSS JOIN item
        LEFT JOIN grading_score score ON score.enrollment_id = person.id AND score.item_id = item.id
        LEFT JOIN work ON work.enrollment_id = person.id AND work.assignment_id = item.assignment_id
        GROUP BY person.id
    )
    SELECT person.id, sort_name, email, section, status, so_far::text, final::text, reachable::text, letter, override,
        signed, amended, stale, total, coalesce(cells, '')
    FROM person LEFT JOIN cells USING (id) ORDER BY place
"""  # noqa: S608  # our own words alone
SORTED = "LEFT JOIN grading_score sorted ON sorted.enrollment_id = student.id AND sorted.item_id = %(sort)s"

COUNTED = """
    student AS (
        SELECT student.id FROM roster_enrollment student
        LEFT JOIN grading_override own ON own.enrollment_id = student.id
        WHERE student.course_id = %(course)s AND student.role = 'student' AND student.status = 'active'
            AND coalesce(own.letter, '') <> %(audits)s AND %(section)s IN (0, coalesce(student.section_id, -1))
    )
"""

# One row for each column, the figures among them. Points are integers inside, so that the median is exact.
STATISTICS = """
    WITH {past} {counted}, cell AS (
        SELECT item.id AS item, score.state, score.points AS value, item.points_possible AS high
        FROM grading_item item JOIN grading_category category ON category.id = item.category_id
        JOIN grading_score score ON score.item_id = item.id JOIN student ON student.id = score.enrollment_id
        WHERE category.course_id = %(course)s
        UNION ALL
        SELECT figure.item, CASE WHEN figure.value IS NULL THEN 'ungraded' ELSE 'graded' END, figure.value, 100
        FROM grading_coursegrade grade JOIN student ON student.id = grade.enrollment_id
            AND NOT EXISTS (SELECT FROM grading_stale stale WHERE stale.enrollment_id = student.id),
        LATERAL (VALUES ({so_far}, grade.so_far), ({final}, grade.final), ({reachable}, grade.reachable))
            AS figure (item, value)
    ), placed AS (
        SELECT *, CASE WHEN value = high THEN {bins} - 1 WHEN value IS NOT NULL
            THEN least(floor(value * {bins} / high), {bins}) END AS bin FROM cell
    )
    SELECT item, count(value), count(*) FILTER (WHERE state = 'missing'), count(*) FILTER (WHERE state = 'excused'),
        round(avg(value), 2), round((percentile_cont(0.5) WITHIN GROUP (ORDER BY value * 10000))::numeric / 10000, 2),
        ARRAY[{counts}]::int[]
    FROM placed GROUP BY item
"""

SORTS = {
    "name": "account.sort_name {way}, student.id",
    "section": "section.name {way} NULLS LAST, account.sort_name, student.id",
    "letter": "coalesce(own.letter, grade.letter) {way} NULLS LAST, grade.final {way} NULLS LAST, student.id",
    "item": "sorted.points {way} NULLS LAST, sorted.state, account.sort_name, student.id",
}
MATCH = "EXISTS (SELECT FROM grading_score score WHERE score.enrollment_id = student.id AND {column} AND {said})"
COLUMN = "%(column)s IN (0, score.item_id)"
DUE = """EXISTS (
    SELECT FROM work JOIN item ON item.assignment_id = work.assignment_id
    LEFT JOIN grading_score score ON score.enrollment_id = student.id AND score.item_id = item.id
    WHERE work.enrollment_id = student.id AND %(column)s IN (0, item.id) AND {said}
)"""
NOTHING = """EXISTS (
    SELECT FROM item LEFT JOIN grading_score score ON score.enrollment_id = student.id AND score.item_id = item.id
    WHERE %(column)s IN (0, item.id) AND coalesce(score.state, 'ungraded') = 'ungraded'
    AND NOT EXISTS (SELECT FROM work WHERE work.enrollment_id = student.id AND work.assignment_id = item.assignment_id)
)"""
STATES = {
    "": "",
    "to-grade": "AND " + DUE.format(said="coalesce(score.state, 'ungraded') = 'ungraded'"),
    "late": "AND " + DUE.format(said="work.late AND score.state IS DISTINCT FROM 'elsewhere'"),
    "ungraded": "AND " + NOTHING,
    "by-hand": "AND " + MATCH.format(column=COLUMN, said="score.source <> 'marks' AND score.state <> 'ungraded'"),
} | {
    state: "AND " + MATCH.format(column=COLUMN, said=f"score.state = '{state}'")
    for state in ("graded", "missing", "excused")
}
WHO = {
    "": "AND student.status = 'active'",
    "all": "",
    "dropped": "AND student.status = 'dropped'",
    "updating": """AND student.status = 'active'
        AND EXISTS (SELECT FROM grading_stale stale WHERE stale.enrollment_id = student.id)""",
}
ONLY = "AND student.id = ANY(%(only)s)"
SECTION = "AND %(section)s IN (0, coalesce(student.section_id, -1))"
WORDS = """AND (%(words)s = '' OR position(lower(%(words)s) IN lower(
    account.name || ' ' || account.sort_name || ' ' || account.email
    || ' ' || account.sis_id || ' ' || account.canvas_id
)) > 0)"""


class Row(NamedTuple):
    """A student. Figures are texts as they are shown; `cells` hold a code for each item, in the items' order. `signed`
    is the letter of the sign-off that stands, None without one, and `amended` what took its place."""

    pk: int
    sort_name: str
    email: str
    section: str | None
    status: str
    so_far: str | None
    final: str | None
    reachable: str | None
    letter: str | None
    override: str | None
    signed: str | None
    amended: str | None
    stale: bool
    total: int
    cells: str


@dataclass(frozen=True)
class Statistics:
    """Of one column: of `graded` values. `bins` are counts in equal steps of the points possible, and above them."""

    graded: int = 0
    missing: int = 0
    excused: int = 0
    mean: Decimal | None = None
    median: Decimal | None = None
    bins: tuple[int, ...] = (0,) * (BINS + 1)


def rows(course: Course, asked: Asked, only: Sequence[int] = (), past: Seen = None) -> list[Row]:
    """`only` narrows it to these enrolments."""
    return [Row(*row) for row in fetched(*statement(course, asked, READ, only, past))]


def order(course: Course, asked: Asked) -> list[int]:
    """All enrolments that are asked for, as the page orders them."""
    return [pk for (pk,) in fetched(*statement(course, replace(asked, page=0), PLACES))]


def statement(
    course: Course, asked: Asked, read: str, only: Sequence[int] = (), past: Seen = None
) -> tuple[str, dict[str, Any]]:
    way, by_item = "DESC" if asked.down else "ASC", asked.sort.isdecimal()
    order = SORTS["item"] if by_item else SORTS.get(asked.sort, f"grade.{asked.sort} {{way}} NULLS LAST, student.id")
    where = (WHO[asked.who], SECTION, WORDS, STATES[asked.state], ONLY if only else "")
    joined = SORTED if by_item else ""
    words = {"work": WORK, "order": order.format(way=way), "joined": joined, "where": " ".join(where)}
    return PERSONS.format(past=past.text if past else "", **words) + read, {
        "course": course.pk,
        "sort": int(asked.sort) if by_item else 0,
        "section": asked.section,
        "column": asked.column,
        "words": asked.words,
        "limit": asked.limit,
        "offset": asked.offset,
        "only": list(only),
        **(past.given if past else {}),
    }


def statistics(course: Course, section: int = 0, past: Seen = None) -> dict[int, Statistics]:
    """By item, and by SO_FAR, FINAL and REACHABLE: of those who are enrolled and do not audit."""
    each = ", ".join(f"count(*) FILTER (WHERE bin = {n})" for n in range(BINS + 1))
    before = past.text if past else ""
    text = STATISTICS.format(
        past=before, counted=COUNTED, so_far=SO_FAR, final=FINAL, reachable=REACHABLE, bins=BINS, counts=each
    )
    given = {"course": course.pk, "section": section, "audits": AUDITS, **(past.given if past else {})}
    found = fetched(text, given)
    return {row[0]: Statistics(row[1], row[2], row[3], row[4], row[5], tuple(row[6])) for row in found}


def values(course: Course, item: int, seal: Seal | None = None) -> list[Decimal]:
    """The points in one column of those whom the statistics count."""
    text = f"""
        WITH {seal.text if seal else ""} {COUNTED} SELECT score.points
        FROM grading_score score JOIN student ON student.id = score.enrollment_id
        WHERE score.item_id = %(item)s AND score.points IS NOT NULL
    """  # noqa: S608
    given = {"course": course.pk, "section": 0, "audits": AUDITS, "item": item, **(seal.given if seal else {})}
    return [points for (points,) in fetched(text, given)]


def fetched(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
