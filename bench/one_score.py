"""From one changed score to the student's new course grade, committed: the worker's time, whatever the course's size."""

from decimal import Decimal

from coursesite.roster.models import Course
from grading.models import CourseGrade, Score, Stale
from grading.services import computing

from .rows import Row, sample

LIMIT, TIMES = 0.050, 21


def row(course: Course, size: int) -> Row:
    Stale.objects.all().delete()
    scores = list(Score.objects.filter(item__category__course=course, state="graded").order_by("pk")[:TIMES])
    taken = sorted(sample(lambda: computing.compute_stale()) for score in scores if changed(score))
    newest = scores[-1].enrollment_id
    if Stale.objects.exists() or not CourseGrade.objects.filter(pk=newest).exists():
        raise SystemExit("A changed score was not computed.")
    return Row(f"one score changed, {size:,} students / limit", taken[len(taken) // 2], LIMIT, "s", 1.0)


def changed(score: Score) -> bool:
    return bool(Score.objects.filter(pk=score.pk).update(points=(score.points + Decimal(1)) % 100))
