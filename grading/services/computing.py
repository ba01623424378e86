"""Course grades from scores: what is stale is claimed, computed and stored in one transaction a batch."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from coursesite.files.tasks import later
from coursesite.roster.models import Course, Enrollment

from .. import policy, queries, tasks
from ..models import CourseGrade, Stale

BATCH = 1000
LOCKS = 60  # the number under which grades take advisory locks
FIGURES = ("final", "so_far", "reachable", "letter", "counted")
COLUMNS = [*FIGURES, *(f"student_{name}" for name in FIGURES)]


def soon() -> None:
    """The worker looks at the queue once this transaction is committed; beat would do so within ten seconds."""
    transaction.on_commit(lambda: later(tasks.reconcile))


def compute_course(course: Course) -> int:
    """Everybody's grade, now, in this process; returns how many."""
    students = list(Enrollment.objects.filter(course=course).students().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(students), BATCH):
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
    """The enrolments of the oldest rows that no other worker holds; their rows are gone if we commit."""
    return sorted(set(drop(Stale.objects.order_by("pk")[:BATCH])))


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
    CourseGrade.objects.bulk_create(
        computed(course, enrollments),
        update_conflicts=True,
        unique_fields=["enrollment"],
        update_fields=[*COLUMNS, "computed_at"],
    )


def computed(course: Course, enrollments: Sequence[int]) -> Iterator[CourseGrade]:
    """Fresh grades, not stored."""
    scheme, cells = queries.scheme(course), queries.cells(enrollments)
    for enrollment in enrollments:
        both = cells.get(enrollment, {})
        staff = policy.figures(scheme, {key: pair[0] for key, pair in both.items()})
        student = policy.figures(scheme, {key: pair[1] for key, pair in both.items()})
        yield CourseGrade(enrollment_id=enrollment, **columns(staff), **columns(student, "student_"))


def columns(figures: policy.Figures, prefix: str = "") -> dict[str, Any]:
    values = {prefix + name: getattr(figures, name) for name in FIGURES}
    return values | {f"{prefix}counted": list(figures.counted)}


def differences(course: Course) -> Iterator[str]:
    """Stored grades that a fresh computation does not give, one line each; none when all is well."""
    stored = CourseGrade.objects.in_bulk(
        Enrollment.objects.filter(course=course).students().values_list("pk", flat=True)
    )
    students = Enrollment.objects.filter(course=course).students().order_by("pk").select_related("user")
    names = {student.pk: student.user.email for student in students}
    for fresh in computed(course, list(names)):
        old = stored.get(fresh.enrollment_id)
        for name in COLUMNS:
            was = getattr(old, name, "not computed")
            if was != getattr(fresh, name):
                yield f"{names[fresh.enrollment_id]}: {name} is {was}, computed anew {getattr(fresh, name)}"
