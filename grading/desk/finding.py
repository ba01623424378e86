"""What this person may grade: everything else is a 404."""

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Course, type_user

from ..models import Arrangement, Item, RegradeState, closed, elsewhere, kept_from, open_problems


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


def kept(request: HttpRequest, item: Item, work: Submission) -> frozenset[int]:
    """Problems of this work whose marks this person does not see, since they may read them a second time. One query,
    and none where nothing is read twice."""
    plan = plan_of(item)
    if plan is None or not plan.second_percent:
        return frozenset()
    return frozenset(kept_from(request.user, work))  # type: ignore[arg-type]


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
