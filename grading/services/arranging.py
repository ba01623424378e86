"""Who grades what of a column, under which names, and how much is read twice: set by the instructor, held by all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Course, Enrollment, Section, User

from .. import permissions, shares
from ..models import Arrangement, Duty, Item, Split, closed, sealed

READ_TWICE = "Somebody else has marked this, and it is drawn to be read twice: open it alone and read it a second time."
NOBODY_FOR = "Somebody must have {what}: nobody would be served it."


@dataclass(frozen=True)
class Plan:
    """What the instructor decides. Keys are those of graders, problems and sections; only what the split asks for is
    read."""

    split: Split = Split.NONE
    only: bool = False
    anonymous: bool = False
    second_percent: int = 0
    problems: Mapping[int, Collection[int]] = field(default_factory=dict)
    sections: Mapping[int, Collection[int]] = field(default_factory=dict)
    weights: Mapping[int, int] = field(default_factory=dict)


@transaction.atomic
def arrange(*, item: Item, by: User, plan: Plan) -> Arrangement:
    """Replaces what was arranged before."""
    permissions.check_leads(by, item.category.course)
    if item.assignment is None:
        raise ValidationError("Nothing is handed in for this column.")
    # Locked: two instructors may arrange at once.
    Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    row = Arrangement.objects.filter(item=item).first() or Arrangement(item=item)
    row.split, row.only = plan.split, plan.only
    row.anonymous, row.second_percent = plan.anonymous, plan.second_percent
    row.full_clean()
    row.save()
    row.duties.all().delete()
    graders = {person.pk: person for person in graders_of(item.category.course)}
    for duty in duties(row, plan, graders):
        duty.full_clean()
        duty.save()
    return row


def graders_of(course: Course) -> Sequence[User]:
    """Whoever can be given work: TAs and instructors."""
    staff = Enrollment.objects.filter(course=course).staff().active().select_related("user")
    return [row.user for row in staff]


def duties(row: Arrangement, plan: Plan, graders: Mapping[int, User]) -> Iterator[Duty]:
    if plan.split == Split.PROBLEM:
        problems = {problem.pk: problem for problem in row.item.assignment.problems.all()}  # type: ignore[union-attr]
        for grader, problem in pairs(plan.problems, graders, problems, plan.only):
            yield Duty(arrangement=row, grader=grader, problem=problem)
    elif plan.split == Split.SECTION:
        sections = {section.pk: section for section in Section.objects.filter(course=row.item.category.course)}
        for grader, section in pairs(plan.sections, graders, sections, plan.only):
            yield Duty(arrangement=row, grader=grader, section=section)
    elif plan.split == Split.SHARE:
        yield from by_share(row, plan, graders)


Part = TypeVar("Part", Problem, Section)


def pairs(
    wanted: Mapping[int, Collection[int]], graders: Mapping[int, User], parts: Mapping[int, Part], only: bool
) -> Iterator[tuple[User, Part]]:
    """Strangers and parts of other courses are left out; a part that nobody has is a mistake where each sees theirs
    alone."""
    taken = set()
    for grader, keys in wanted.items():
        for key in keys:
            if grader in graders and key in parts:
                taken.add(key)
                yield graders[grader], parts[key]
    left = [str(part) for key, part in parts.items() if key not in taken]
    if left and only:
        raise ValidationError(NOBODY_FOR.format(what=", ".join(left)))


def by_share(row: Arrangement, plan: Plan, graders: Mapping[int, User]) -> Iterator[Duty]:
    weights = {key: weight for key, weight in sorted(plan.weights.items()) if key in graders and weight > 0}
    if not weights:
        raise ValidationError("Give at least one grader a share.")
    for (key, weight), (low, high) in zip(weights.items(), shares.bounds(list(weights.values())), strict=True):
        yield Duty(arrangement=row, grader=graders[key], weight=weight, low=low, high=high)


def check_open(work: Submission, problems: Collection[Problem], grader: User) -> None:
    """Refuses marks on what is given to others alone, and on what this grader may read a second time alone."""
    plan = Arrangement.objects.filter(item__assignment=work.assignment_id).first()
    for problem in problems if plan and plan.only else ():
        if Submission.objects.filter(closed(grader, problem), pk=work.pk).exists():
            raise PermissionDenied
    if plan and plan.second_percent:
        kept = set(sealed(grader).filter(submission=work).values_list("problem", flat=True))
        refused = {str(problem.number): [READ_TWICE] for problem in problems if problem.pk in kept}
        if refused:
            raise ValidationError(refused)
