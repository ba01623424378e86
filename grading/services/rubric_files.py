"""Rubrics of a whole set: written out, taken in, and copied from another set. What is there already stays."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.handin.models import Assignment, Problem
from coursesite.roster.models import User

from .. import permissions, rubric_file
from ..models import Rubric, RubricGroup, RubricItem
from ..rubric_file import Choice, Line, Written
from ..rubric_policy import Scoring
from . import rubrics

LEADS = "Problem {number}: scoring, floor and cap are set by the instructor; ask them to bring this rubric in."


def written(assignment: Assignment) -> list[Written]:
    """What there is; four queries, however many problems."""
    found = Rubric.objects.filter(problem__assignment=assignment).select_related("problem").order_by("problem__number")
    rows = found.prefetch_related("items", "groups__items")
    return [one for one in map(written_rubric, rows) if one.items or one.groups]


def written_rubric(rubric: Rubric) -> Written:
    return Written(
        problem=rubric.problem.number,
        title=rubric.problem.title,
        scoring=rubric.scoring,  # type: ignore[arg-type]
        floor=rubric.floored,
        cap=rubric.capped,
        items=[line(item) for item in rubric.items.all() if item.group_id is None and item.removed_at is None],
        groups=[choice(group) for group in rubric.groups.all()],
    )


def choice(group: RubricGroup) -> Choice:
    lines = [line(item) for item in group.items.all() if item.removed_at is None]
    return Choice(group=group.title, choose="one" if group.choose_one else "several", items=lines)


def line(item: RubricItem) -> Line:
    return Line(text=item.text, points=item.points)


def export(assignment: Assignment) -> str:
    return rubric_file.dump(written(assignment))


@transaction.atomic
def take_in(*, assignment: Assignment, by: User, content: bytes) -> int:
    """Returns how many items are new."""
    try:
        found = rubric_file.read(content)
    except rubric_file.RubricFileError as problem:
        raise ValidationError(str(problem)) from problem
    return add(assignment, by, found)


@transaction.atomic
def copy(*, source: Assignment, target: Assignment, by: User) -> int:
    """By the problems' numbers; returns how many items are new."""
    permissions.check_marks(by, source.course)
    return add(target, by, written(source))


def add(assignment: Assignment, by: User, found: Sequence[Written]) -> int:
    permissions.check_marks(by, assignment.course)
    problems = {problem.number: problem for problem in assignment.problems.all()}
    for one in found:
        if one.problem not in problems:
            raise ValidationError(f"{assignment} has no problem {one.problem}.")
    return sum(add_rubric(problems[one.problem], by, one) for one in found)


def add_rubric(problem: Problem, by: User, one: Written) -> int:
    """Its scoring comes along where no items are yet; onto items that are scored otherwise nothing is put."""
    rubric = Rubric.objects.filter(problem=problem).first() or Rubric(problem=problem)
    rule = (Scoring(one.scoring), one.floor, one.cap)
    if rule != (Scoring(rubric.scoring), rubric.floored, rubric.capped):
        if rubric.pk and rubric.items.live().exists():
            raise ValidationError(f"Problem {problem.number}: its items are scored otherwise already.")
        if not permissions.may_lead(by, problem.assignment.course):
            raise ValidationError(LEADS.format(number=problem.number))
        rubrics.set_rule(problem=problem, by=by, scoring=rule[0], floored=one.floor, capped=one.cap)
    return sum([add_lines(problem, by, one.items, None), *(add_group(problem, by, group) for group in one.groups)])


def add_group(problem: Problem, by: User, one: Choice) -> int:
    group = RubricGroup.objects.filter(rubric__problem=problem, title=one.group.strip()).first()
    chosen = one.choose == "one"
    group = group or rubrics.add_group(problem=problem, by=by, title=one.group, choose_one=chosen)
    return add_lines(problem, by, one.items, group)


def add_lines(problem: Problem, by: User, lines: Sequence[Line], group: RubricGroup | None) -> int:
    there = RubricItem.objects.live().filter(rubric__problem=problem, group=group).values_list("text", "points")
    fresh = [one for one in lines if (one.text.strip(), one.points) not in set(there)]
    for one in fresh:
        rubrics.add_item(problem=problem, by=by, text=one.text, points=one.points, group=group)
    return len(fresh)
