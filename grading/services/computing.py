"""Course grades from scores: what is stale is claimed, computed and stored in one transaction a batch."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from coursesite.files.tasks import later
from coursesite.roster.models import Course, Enrollment
from coursesite.roster.services import Progress

from .. import policy, queries, tasks
from ..models import CourseGrade, Stale

BATCH = 1000
LOCKS = 60  # the number under which grades take advisory locks
FIGURES = ("final", "so_far", "reachable", "letter", "counted")
COLUMNS = [*FIGURES, *(f"student_{name}" for name in FIGURES)]


def soon() -> None:
    """The worker looks at the queue once this transaction is committed; beat would do so within ten seconds."""
    transaction.on_commit(lambda: later(tasks.reconcile))


def compute_course(course: Course, progress: Progress = iter) -> int:
    """Everybody's grade, now, in this process; returns how many."""
    students = list(Enrollment.objects.filter(course=course).students().order_by("pk").values_list("pk", flat=True))
    for start in progress(range(0, len(students), BATCH)):
        batch = students[start : start + BATCH]
        with transaction.atomic():
            lock(batch)
            drop(Stale.objects.filter(enrollment__in=batch))
            store(course, batch)
    return len(students)


def compute_stale() -> int:
    """Works the queue off; safe to run many at a time. Returns how many grades were computed."""
    done = 0
    while count := compute_batch():
        done += count
    return done


@transaction.atomic
def compute_batch() -> int:
    marked = claim()
    lock(marked)
    for course, batch in by_course(marked).items():
        store(course, batch)
    return len(marked)


def claim() -> list[int]:
    """The enrolments of the oldest rows that no other worker holds, each once, however often it is in the queue (an
    update tells of the old row and of the new one); their rows are gone if we commit."""
    found = set(drop(Stale.objects.order_by("pk")[:BATCH]))
    drop(Stale.objects.filter(enrollment__in=found))
    return sorted(found)


def drop(rows: QuerySet[Stale]) -> list[int]:
    """Takes these rows off the queue and returns their enrolments, before any score is read: a change that
    comes later leaves its own row. Rows that another worker holds are left to it, so that nobody waits."""
    claimed = list(rows.select_for_update(skip_locked=True).values_list("pk", "enrollment"))
    Stale.objects.filter(pk__in=[pk for pk, _ in claimed]).delete()
    return [enrollment for _, enrollment in claimed]


def lock(enrollments: Iterable[int]) -> None:
    """Two workers may hold rows of one student: the second waits, and then reads what is newest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS id ORDER BY id",
            [LOCKS, list(enrollments)],
        )


def by_course(enrollments: Sequence[int]) -> dict[Course, list[int]]:
    found = defaultdict(list)
    students = Enrollment.objects.filter(pk__in=enrollments).students().order_by("pk")
    for enrollment in students.select_related("course"):
        found[enrollment.course].append(enrollment.pk)
    return found


def store(course: Course, enrollments: Sequence[int]) -> None:
    """One statement a batch, which touches only the rows that differ."""
    now = timezone.now().isoformat()
    grades = [row | {"computed_at": now} for row in computed(course, enrollments)]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [json.dumps(grades, default=str)])


def computed(course: Course, enrollments: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Fresh grades as values of CourseGrade's columns, not stored."""
    scheme, cells = queries.scheme(course), queries.cells(enrollments)
    for enrollment in enrollments:
        staff, student = cells.get(enrollment, ({}, {}))
        figures = policy.figures(scheme, staff)
        shown = figures if student == staff else policy.figures(scheme, student)
        yield {"enrollment_id": enrollment} | dict(zip(COLUMNS, (*values(figures), *values(shown)), strict=True))


def values(figures: policy.Figures) -> tuple[Any, ...]:
    return figures.final, figures.so_far, figures.reachable, figures.letter, list(figures.counted)


def upsert() -> str:
    """The rows come as one JSON text, which is the quickest way in; their fields have the columns' names."""
    names = ", ".join(COLUMNS)
    fresh = ", ".join(f"EXCLUDED.{name}" for name in COLUMNS)
    stored = ", ".join(f"stored.{name}" for name in COLUMNS)
    return (
        "INSERT INTO grading_coursegrade AS stored "  # noqa: S608  # names are ours alone
        "SELECT * FROM json_populate_recordset(NULL::grading_coursegrade, %s) "
        f"ON CONFLICT (enrollment_id) DO UPDATE SET ({names}, computed_at) = ({fresh}, EXCLUDED.computed_at) "
        f"WHERE ({stored}) IS DISTINCT FROM ({fresh})"
    )


UPSERT = upsert()


def differences(course: Course, progress: Progress = iter) -> Iterator[str]:
    """Stored grades that a fresh computation does not give, one line each; none when all is well."""
    rows = Enrollment.objects.filter(course=course).students().order_by("pk").values_list("pk", "user__email")
    students = list(rows)
    for start in progress(range(0, len(students), BATCH)):
        batch = dict(students[start : start + BATCH])
        stored = CourseGrade.objects.in_bulk(list(batch))
        for fresh in computed(course, list(batch)):
            grade = stored.get(fresh["enrollment_id"])
            for name in COLUMNS:
                was = getattr(grade, name, "not computed")
                if was != fresh[name]:
                    yield f"{batch[fresh['enrollment_id']]}: {name} is {was}, computed anew {fresh[name]}"
