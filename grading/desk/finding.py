"""What this person may grade: everything else is a 404."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Course, type_user

from ..models import Annotation, Arrangement, Item, RegradeState, Remark, closed, elsewhere, open_problems
from ..models import unseen as unseen_by


def item_of(request: HttpRequest, pk: int) -> Item:
    """A column whose work is graded at the desk, with the problems that are open to this person; moments are told in
    the course's zone. One query, but where no problem is open."""
    mine = Item.objects.filter(category__course__in=Course.objects.staffed_by(request.user), assignment__isnull=False)
    rows = list(
        open_problems(request.user)
        .filter(assignment__item=pk, assignment__item__in=mine)
        .select_related("assignment__course", "assignment__item__category__course", "assignment__item__arrangement")
    )
    item = rows[0].assignment.item if rows else get_object_or_404(mine.select_related("assignment__course"), pk=pk)
    assert item.assignment
    for row in rows:
        row.assignment = item.assignment
    item.open_problems = rows  # type: ignore[attr-defined]
    timezone.activate(item.assignment.course.zone)
    return item


def problem_of(item: Item, number: int) -> Problem:
    for problem in problems(item):
        if problem.number == number:
            return problem
    raise Http404


def problem_with(request: HttpRequest, item: Item, number: int, work: UUID) -> Problem:
    """Of this work also one of which a request for a regrade waits for this person, whoever else has the problem."""
    if any(problem.number == number for problem in problems(item)):
        return problem_of(item, number)
    here = {"assignment": item.assignment_id, "number": number, "regrades__submission": work}
    found = Problem.objects.filter(regrades__state=RegradeState.OPEN, regrades__assigned_to=request.user.pk, **here)
    problem = get_object_or_404(found)
    assert item.assignment
    problem.assignment = item.assignment
    return problem


def problems(item: Item) -> list[Problem]:
    """Those that are open to whoever asked for the item; else all."""
    assert item.assignment
    found = getattr(item, "open_problems", None)
    return list(item.assignment.problems.all()) if found is None else found


def work_of(request: HttpRequest, item: Item, pk: UUID, problem: Problem | None = None) -> Submission:
    rows = Submission.objects.filter(assignment=item.assignment_id).select_related("enrollment__user", "team", "remark")
    if (plan := plan_of(item)) and plan.only:
        rows = rows.exclude(shut(request.user, problem))
    if plan and plan.second_percent:
        rows = rows.annotate(**unseen_by(request.user))
    work = get_object_or_404(rows, pk=pk)
    assert item.assignment
    work.assignment = item.assignment
    return work


def shut(user: type_user, problem: Problem | None) -> Q:
    """Of submissions: what this person does not open. All problems at once only where the work is theirs."""
    return closed(user, problem) if problem else elsewhere(user)


def named_work(request: HttpRequest, item: Item, pk: str) -> Submission | None:
    """From an address; None where none is named."""
    try:
        return work_of(request, item, UUID(pk)) if pk else None
    except ValueError as mistake:
        raise Http404 from mistake


def plan_of(item: Item) -> Arrangement | None:
    return getattr(item, "arrangement", None)


@dataclass(frozen=True)
class Unseen:
    """What of a work this person does not see, who may read it a second time: of `kept` problems marks and notes; of
    `unmarked` ones, which nobody has marked yet, the notes of others."""

    person: int
    kept: frozenset[int] = frozenset()
    unmarked: frozenset[int] = frozenset()

    def hides(self, note: Annotation) -> bool:
        by_others = note.grader_id != self.person
        return note.problem_id in self.kept or (by_others and note.problem_id in self.unmarked)

    def hides_remark(self, remark: Remark | None) -> bool:
        """What somebody else says of the whole of a work may tell of the problems that this person is not to see."""
        by_others = remark is not None and remark.grader_id != self.person
        return by_others and bool(self.kept or self.unmarked)


def unseen(request: HttpRequest, item: Item, work: Any) -> Unseen:
    """Of a work that was found here."""
    user, plan = request.user, plan_of(item)
    assert user.pk
    if plan is None or not plan.second_percent:
        return Unseen(user.pk)
    return Unseen(user.pk, frozenset(work.sealed) | frozenset(work.reading), frozenset(work.unmarked))


def hides_names(item: Item) -> bool:
    """From everybody who grades, until the release."""
    plan = plan_of(item)
    return plan is not None and plan.anonymous and item.released_at is None


def name_of(item: Item, work: Submission) -> str:
    """At the desk; a hidden name is a word that tells nothing."""
    return f"Work {str(work.pk)[:6].upper()}" if hides_names(item) else work.owner_name


def led_course(request: HttpRequest, slug: str) -> Course:
    course = Course.objects.led_by(request.user).filter(slug=slug).first()
    if course is None:
        raise Http404
    return course
