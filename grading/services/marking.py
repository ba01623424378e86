"""Marks: what each problem of a submission gets, given by one grader and never overwritten unseen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Value
from django.utils import timezone

from coursesite.handin import services as handin
from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import User

from .. import permissions, rubric_policy
from ..models import Applied, Mark, Rubric, RubricItem
from ..rubric_policy import ZERO, Rule, Scoring
from . import arranging, claiming, computing, rewriting, scoring

CONFLICT = "{who} has saved {problem} meanwhile: {points} points. Yours was not saved; look at both and save again."


@dataclass(frozen=True)
class Given:
    """What a grader gives to one problem: points, or items of its rubric and an adjustment. Nothing of both leaves it
    open; `version` is the one that was on the page, 0 for none."""

    problem: int
    points: Decimal | None = None
    comment: str = ""
    version: int = 0
    items: frozenset[int] = frozenset()
    adjustment: Decimal = ZERO


@dataclass
class Sheet:
    """A problem with its rubric, and the mark that is there."""

    problem: Problem
    rule: Rule
    items: dict[int, RubricItem] = field(default_factory=dict)
    mark: Mark | None = None
    applied: frozenset[int] = frozenset()

    @property
    def version(self) -> int:
        return self.mark.version if self.mark else 0


def sheets(submission: Submission, problems: Iterable[Problem], *, with_marks: bool = True) -> list[Sheet]:
    """Two queries, however many problems."""
    items = RubricItem.objects.live().filter(rubric__problem__in=problems).select_related("rubric", "group")
    there = Mark.objects.filter(submission=submission).select_related("grader").annotate(chosen=chosen())
    marks = {mark.problem_id: mark for mark in there} if with_marks else {}
    found = {problem.pk: Sheet(problem, Rule(problem.points)) for problem in problems}
    for item in items:
        sheet = found[item.rubric.problem_id]
        sheet.rule, sheet.items[item.pk] = rule_of(sheet.problem, item.rubric), item
    for key, mark in marks.items():
        if key in found:
            found[key].mark, found[key].applied = mark, frozenset(mark.chosen)  # type: ignore[attr-defined]
    return list(found.values())


def chosen() -> ArrayAgg:
    live = Q(applied__isnull=False, applied__item__removed_at=None)
    return ArrayAgg("applied__item", filter=live, default=Value([]))


def rule_of(problem: Problem, rubric: Rubric) -> Rule:
    return Rule(problem.points, Scoring(rubric.scoring), rubric.floored, rubric.capped)


@transaction.atomic
def mark(*, submission: Submission, grader: User, given: Sequence[Given]) -> None:
    """Saves what changed; ValidationError by the problem's number. Nothing is saved unless everything can be."""
    permissions.check_marks(grader, submission.assignment.course)
    problems = list(submission.assignment.problems.all())
    numbers = {one.problem for one in given}
    arranging.check_open(submission, [problem for problem in problems if problem.number in numbers], grader)
    # Before the owner's lock, as whoever edits a rubric does it.
    rewriting.hold(problems, shared=True)
    handin.lock(submission.owner)
    if not Submission.objects.current().filter(pk=submission.pk).exists():
        raise ValidationError(
            "A newer version was handed in meanwhile. These marks stay with this one; open the new one."
        )
    found = {sheet.problem.number: sheet for sheet in sheets(submission, problems)}
    mistakes = dict[str, list[str]]()
    for one in given:
        try:
            put(submission, grader, found.get(one.problem), one)
        except ValidationError as problem:
            mistakes[str(one.problem)] = problem.messages
    if mistakes:
        raise ValidationError(mistakes)
    done = [found[one.problem].problem for one in given]
    claiming.marked(work=submission, problems=done, grader=grader, now=timezone.now())
    scoring.refresh_owner(assignment=submission.assignment, owner=submission.owner)
    computing.soon()


def put(submission: Submission, grader: User, sheet: Sheet | None, one: Given) -> None:
    if sheet is None:
        raise ValidationError(f"There is no problem {one.problem}.")
    if same(sheet, one):
        return
    if sheet.version != one.version:
        raise conflict(sheet)
    points = points_of(sheet, one)
    if points is None:
        clear(sheet.mark, one)
        return
    row = sheet.mark or Mark(submission=submission, problem=sheet.problem)
    row.points, row.by_rubric, row.adjustment = points, bool(one.items), one.adjustment
    row.comment, row.grader, row.version = one.comment, grader, one.version + 1
    row.full_clean()
    row.save()
    Applied.objects.filter(mark=row).exclude(item__in=one.items).delete()
    Applied.objects.bulk_create(Applied(mark=row, item_id=item) for item in sorted(one.items - sheet.applied))


def points_of(sheet: Sheet, one: Given) -> Decimal | None:
    problem = sheet.problem
    if one.items:
        if one.points is not None:
            raise ValidationError("Choose items or set the points, not both.")
        return by_rubric(sheet, one)
    if one.adjustment:
        raise ValidationError("An adjustment comes on top of items; choose one, or set the points.")
    if one.points is not None and not 0 <= one.points <= problem.points:
        raise ValidationError(f"{problem}: between 0 and {problem.points.normalize():f} points.")
    return one.points


def by_rubric(sheet: Sheet, one: Given) -> Decimal | None:
    if not one.items <= sheet.items.keys():
        raise ValidationError("An item was removed from the rubric meanwhile. Look again, and save again.")
    items = [sheet.items[key] for key in one.items]
    clashes = list(rubric_policy.clashes((item.group.title, item.group.choose_one) for item in items if item.group))
    if clashes:
        raise ValidationError(clashes)
    return rubric_policy.points(sheet.rule, (item.points for item in items), one.adjustment)


def keeping_items(submission: Submission, problem: Problem, given: Given) -> Given:
    """These points over the items that apply already: what they differ by becomes the adjustment."""
    sheet = sheets(submission, [problem])[0]
    if given.points is None or not sheet.applied or not 0 <= given.points <= problem.points:
        return given
    worths = [sheet.items[key].points for key in sheet.applied]
    reached = rubric_policy.held(sheet.rule, rubric_policy.earned(sheet.rule, worths))
    return replace(given, points=None, items=sheet.applied, adjustment=given.points - reached)


def same(sheet: Sheet, one: Given) -> bool:
    old = sheet.mark
    if old is None:
        return one.points is None and not one.comment and not one.items and not one.adjustment
    points = None if old.by_rubric else old.points
    stored = (points, old.comment, sheet.applied, old.adjustment)
    return stored == (one.points, one.comment, one.items, one.adjustment)


def conflict(sheet: Sheet) -> ValidationError:
    old = sheet.mark
    if old is None:
        return ValidationError("The mark was taken back meanwhile. Look again, and save again.", code="conflict")
    points = "no" if old.points is None else f"{old.points.normalize():f}"
    return ValidationError(CONFLICT.format(who=old.grader, problem=sheet.problem, points=points), code="conflict")


def clear(old: Mark | None, one: Given) -> None:
    if one.comment:
        raise ValidationError("A comment needs points beside it; give 0 if that is meant.")
    if old:
        old.delete()
