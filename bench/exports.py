"""The complete CSV against PostgreSQL's own COPY of the same columns; its first line; and memory at the peak of exporting
and of computing a whole course, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from coursesite.roster.models import Course
from grading.models import Item

from .rows import Row, seconds

COPY_BUDGET, FIRST, EXPORT_MEMORY, COMPUTE_MEMORY = 3.0, 0.5, 150.0, 500.0
COLUMN = """
    max(CASE score.state WHEN 'graded' THEN round(score.points, 2)::text WHEN 'missing' THEN '0.00' ELSE '' END)
        FILTER (WHERE score.item_id = {item}),
    coalesce(max(score.state) FILTER (WHERE score.item_id = {item}), 'ungraded')
"""
SELECT = """
    COPY (
        SELECT person.sort_name, person.canvas_id, person.sis_id, person.email, section.name, {columns},
            round(grade.final, 2), round(grade.so_far, 2), coalesce(own.letter, grade.letter),
            (SELECT string_agg(item.title, ';' ORDER BY item.position) FROM grading_item item WHERE item.id = ANY(grade.counted))
        FROM roster_enrollment student
        JOIN roster_user person ON person.id = student.user_id
        LEFT JOIN roster_section section ON section.id = student.section_id
        LEFT JOIN grading_coursegrade grade ON grade.enrollment_id = student.id
        LEFT JOIN grading_override own ON own.enrollment_id = student.id
        LEFT JOIN grading_score score ON score.enrollment_id = student.id
        WHERE student.course_id = {course} AND student.role = 'student' AND student.status = 'active'
        GROUP BY student.id, person.id, section.id, grade.enrollment_id, own.id
        ORDER BY person.sort_name, student.id
    ) TO STDOUT (FORMAT csv)
"""


def rows(course: Course, size: int) -> Iterator[Row]:
    """The course's grades are computed already."""
    limit = seconds(lambda: copied(course), 3)
    told = child("export", course)
    yield Row(f"complete CSV, {size:,} students / COPY", told["seconds"], limit, "s", COPY_BUDGET)
    yield Row(f"complete CSV, {size:,} students, first line / limit", told["first"], FIRST, "s", 1.0)
    yield Row(f"complete CSV, {size:,} students, memory / limit", told["peak"], EXPORT_MEMORY, "MB", 1.0)
    yield Row(
        f"recompute {size:,} students, memory / limit", child("compute", course)["peak"], COMPUTE_MEMORY, "MB", 1.0
    )


def copied(course: Course) -> None:
    items = Item.objects.filter(category__course=course).order_by("position").values_list("pk", flat=True)
    statement = SELECT.format(course=course.pk, columns=", ".join(COLUMN.format(item=item) for item in items))
    with connection.cursor() as cursor, open(os.devnull, "w") as file:
        cursor.copy_expert(statement, file)


def child(act: str, course: Course) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.child", act, course.slug]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)
