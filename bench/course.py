"""Courses of any size, written by plain SQL: the shipped scheme, invented people, seeded scores."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from coursesite.roster.models import Course, Section
from grading.models import Item

SHIPPED = Path(__file__).parents[1] / "courses" / "deep-learning-2022.yaml"
USERS = """
    INSERT INTO roster_user (password, is_superuser, email, name, sort_name, canvas_id, sis_id, is_active, is_staff, date_joined)
    SELECT '!', false, slug || n || '@students.example', 'Student ' || n, n || ', Student', '', slug || n, true, false, now()
    FROM generate_series(1, %(size)s) AS n, (SELECT %(slug)s::text AS slug) AS s
"""
STUDENTS = """
    INSERT INTO roster_enrollment (course_id, section_id, user_id, role, status, enrolled_at)
    SELECT %(course)s, %(section)s, id, 'student', 'active', %(since)s FROM roster_user WHERE sis_id LIKE %(slug)s || '%%'
"""
# Most scores are graded, some missing, excused or open; the first six items are released.
SCORES = """
    INSERT INTO grading_score (item_id, enrollment_id, state, raw_points, points, penalty, floor, source, comment, reason, changed_at)
    SELECT item, id, state, points, points, 0, 0, 'marks', '', '', now()
    FROM (
        SELECT item, id, state, CASE WHEN state = 'graded' THEN (hash %% 10001) / 100.0 END AS points
        FROM (
            SELECT item, e.id, hash, CASE WHEN hash %% 20 = 0 THEN 'missing' WHEN hash %% 20 = 1 THEN 'excused'
                WHEN hash %% 20 < 5 THEN 'ungraded' ELSE 'graded' END AS state
            FROM roster_enrollment e, unnest(%(items)s) AS item, abs(hashint8(e.id * 1000 + item)) AS hash
            WHERE e.course_id = %(course)s AND e.role = 'student'
        ) AS drawn
    ) AS scored
"""


def made(size: int) -> Course:
    """A course of so many students; triggers are off while its rows are written, since they are not measured."""
    slug = f"size-{size}"
    call_command("load_course", SHIPPED, slug=slug, stdout=StringIO())
    course = Course.objects.get(slug=slug)
    items = Item.objects.filter(category__course=course).order_by("position")
    items.filter(position__lte=6).update(released_at=timezone.now())
    values = {
        "size": size,
        "slug": f"{slug}-",
        "course": course.pk,
        "section": Section.objects.filter(course=course).first().pk,
        "since": timezone.now() - timedelta(days=100),
        "items": list(items.values_list("pk", flat=True)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (USERS, STUDENTS, SCORES):
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return course
