"""All course grades of a course, against one SQL statement with window functions that stores the same figures.

The statement is the limit for this scheme alone (equal weights, best n, 100 points each); it computes the final
and so-far figures of both audiences and which items count, but neither letters nor what can be reached.
"""

from decimal import Decimal

from django.db import connection

from coursesite.roster.models import Course
from grading.models import CourseGrade
from grading.services import computing

from .rows import Row, seconds

BUDGET = 5.0
LIMIT = """
    WITH cells AS (
        SELECT s.enrollment_id, c.id AS category, c.weight, coalesce(c.keep_best, 1000) AS keep, i.id AS item, i.position,
            CASE WHEN s.state = 'graded' THEN s.points / i.points_possible ELSE 0 END AS staff, s.state <> 'ungraded' AS judged,
            CASE WHEN s.state = 'graded' AND i.released_at IS NOT NULL THEN s.points / i.points_possible ELSE 0 END AS own,
            s.state IN ('missing', 'excused') OR (s.state = 'graded' AND i.released_at IS NOT NULL) AS own_judged
        FROM grading_score s JOIN grading_item i ON i.id = s.item_id JOIN grading_category c ON c.id = i.category_id
        JOIN roster_enrollment e ON e.id = s.enrollment_id
        WHERE e.course_id = %(course)s AND e.role = 'student' AND s.state <> 'excused'
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY enrollment_id, category ORDER BY staff DESC, position) AS place,
            row_number() OVER (PARTITION BY enrollment_id, category, judged ORDER BY staff DESC, position) AS judged_place,
            row_number() OVER (PARTITION BY enrollment_id, category ORDER BY own DESC, position) AS own_place,
            row_number() OVER (PARTITION BY enrollment_id, category, own_judged ORDER BY own DESC, position) AS own_judged_place
        FROM cells
    ), shares AS (
        SELECT enrollment_id, category, weight,
            avg(staff) FILTER (WHERE place <= keep) AS final, avg(staff) FILTER (WHERE judged AND judged_place <= keep) AS so_far,
            avg(own) FILTER (WHERE own_place <= keep) AS own_final,
            avg(own) FILTER (WHERE own_judged AND own_judged_place <= keep) AS own_so_far,
            string_agg(item::text, ',' ORDER BY position) FILTER (WHERE place <= keep) AS counted
        FROM ranked GROUP BY enrollment_id, category, weight
    )
    INSERT INTO bench_grade (enrollment_id, final, so_far, student_final, student_so_far, counted, letter, student_letter,
        student_counted, computed_at)
    SELECT enrollment_id, round(100 * sum(weight * final) / sum(weight), 2),
        round(100 * sum(weight * so_far) / sum(weight) FILTER (WHERE so_far IS NOT NULL), 2),
        round(100 * sum(weight * own_final) / sum(weight), 2),
        round(100 * sum(weight * own_so_far) / sum(weight) FILTER (WHERE own_so_far IS NOT NULL), 2),
        string_to_array(string_agg(counted, ','), ',')::bigint[], '', '', '{}', now()
    FROM shares GROUP BY enrollment_id
    ON CONFLICT (enrollment_id) DO UPDATE SET final = EXCLUDED.final, so_far = EXCLUDED.so_far
"""


def row(course: Course, size: int) -> Row:
    """Both store every row for the first time in each run."""
    times = 5 if size <= 10_000 else 1
    limit = seconds(lambda: statement(course), times)
    ours = seconds(lambda: anew(course), times)
    same_figures(course)
    return Row(f"recompute {size:,} students / one SQL statement", ours, limit, "s", BUDGET)


def anew(course: Course) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE grading_coursegrade")
    computing.compute_course(course)


def statement(course: Course) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_grade (LIKE grading_coursegrade INCLUDING ALL)")
        cursor.execute("TRUNCATE bench_grade")
        cursor.execute(LIMIT, {"course": course.pk})


def same_figures(course: Course) -> None:
    """A limit that computes something else would be none. PostgreSQL divides with some twenty digits, so that an exact
    half, which the policy rounds up, may fall to the other side there."""
    stored = CourseGrade.objects.filter(enrollment__course=course).order_by("pk")
    ours = stored.values_list("pk", "final", "so_far", "student_final", "student_so_far")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT enrollment_id, final, so_far, student_final, student_so_far FROM bench_grade ORDER BY enrollment_id"
        )
        for mine, theirs in zip(ours, cursor.fetchall(), strict=True):
            if any(apart(*pair) for pair in zip(mine, theirs, strict=True)):
                raise SystemExit(f"The policy says {mine}, the SQL statement {theirs}.")


def apart(mine: Decimal | None, theirs: Decimal | None) -> bool:
    if mine is None or theirs is None:
        return mine is not theirs
    return abs(mine - theirs) > Decimal("0.01")
