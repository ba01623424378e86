"""A student's page on one released column: points, what was said, the work with its notes, and how the results are
spread. Whatever is not released, and whatever is graded by half, is not there at all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from coursesite.handin.models import Problem, Submission
from coursesite.look import pictures
from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Course, Status

from . import applied, sheets
from .models import AUDITS, Item, Mark, Remark, Score
from .policy import State
from .services import regrades, scoring
from .spread import Spread, spread


@dataclass(frozen=True)
class Judged:
    """One problem: its mark, the notes that belong to it, and its rubric if it has one."""

    problem: Problem
    mark: Mark
    notes: Sequence[sheets.Note]
    rubric: applied.Shown | None


@dataclass(frozen=True)
class Work:
    """What was handed in, with everything that was said about it."""

    submission: Submission
    problems: list[Judged]
    remark: Remark | None
    noted: list[sheets.Sheet]
    others: list[sheets.Sheet]

    @property
    def several(self) -> bool:
        return len(self.problems) > 1


@course_page
def feedback(visit: Visit, item: int) -> HttpResponse:
    found = Item.objects.filter(pk=item, category__course=visit.course, released_at__isnull=False)
    row = found.select_related("assignment").first()
    if visit.student is None or row is None:
        raise Http404
    score = Score.objects.filter(item=row, enrollment=visit.student).first()
    if score is None:
        raise Http404
    now = timezone.now()
    return visit.page(
        "grading/feedback.html",
        item=row,
        score=score,
        percent=percent(score.points, row) if score.points is not None else None,
        work=work_of(visit, row, score, now),
        regrades=regrades.latest(row, visit.student, now),
        statistics=statistics(visit.course, row, score),
    )


def work_of(visit: Visit, item: Item, score: Score, now: datetime) -> Work | None:
    """None unless the score is graded and every problem is: a newer version opens the score again, and half of its
    marks would be a grade that nobody gave."""
    if item.assignment is None or visit.student is None or score.state != State.GRADED:
        return None
    submission = scoring.submission_of(item.assignment, visit.student, now)
    if submission is None:
        return None
    marks = {mark.problem_id: mark for mark in Mark.objects.filter(submission=submission)}
    problems = list(item.assignment.problems.all())
    if any(problem.pk not in marks or marks[problem.pk].points is None for problem in problems):
        return None
    return assembled(visit, submission, [(problem, marks[problem.pk]) for problem in problems])


def assembled(visit: Visit, submission: Submission, marked: list[tuple[Problem, Mark]]) -> Work:
    # Who left the team keeps points and words; the files are the team's.
    may_see = Submission.objects.visible_to(visit.request.user).filter(pk=submission.pk).exists()
    every = sheets.sheets(submission) if may_see else []
    notes = defaultdict(list)
    for sheet in every:
        for note in sheet.said:
            notes[note.row.problem_id].append(note)
    rubrics = applied.shown([mark for _, mark in marked])
    return Work(
        submission,
        [Judged(problem, mark, notes[problem.pk], rubrics.get(problem.pk)) for problem, mark in marked],
        Remark.objects.filter(submission=submission).first(),
        [sheet for sheet in every if sheet.notes],
        [sheet for sheet in every if not sheet.notes],
    )


@dataclass(frozen=True)
class Statistics:
    spread: Spread
    picture: SafeString


def statistics(course: Course, item: Item, score: Score) -> Statistics | None:
    """Of active students with points who do not audit, if the course shows it and they are enough not to tell of
    persons. The same people as in every other picture: what two of them differ by would be one person's score."""
    if not course.shows_statistics or item.released_at is None:
        return None
    graded = Score.objects.filter(item=item, state=State.GRADED.value, enrollment__status=Status.ACTIVE)
    graded = graded.exclude(enrollment__override__letter=AUDITS)
    values = [percent(points, item) for points in graded.values_list("points", flat=True) if points is not None]
    found = spread(values)
    if found is None or not found.is_cohort:
        return None
    own = percent(score.points, item) if score.points is not None else None
    return Statistics(found, pictures.histogram(values, title=f"Results of {item}", own=own))


def percent(points: Decimal, item: Item) -> Decimal:
    return 100 * points / item.points_possible
