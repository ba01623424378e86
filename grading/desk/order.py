"""In which order work is graded, and which comes next.

The order of a problem is stable and tells nothing: neither name nor time. It is computed by the database, so that the
desk reads a row or two, however many there are.
"""

from functools import reduce
from hashlib import md5
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    Max,
    Min,
    OuterRef,
    Q,
    TextField,
    Value,
)
from django.db.models.functions import MD5, Cast, Concat
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Course, User

from ..models import Arrangement, Duty, Item, Mark, Referral, Skip, Split, to_read_again
from ..services import claiming
from . import finding


class Place(NamedTuple):
    """Where a submission stands in the order, from 1, and what is beside it."""

    at: int
    of: int
    previous: UUID | None
    following: UUID | None


def seed(item: Item, problem: Problem | None) -> str:
    return f"{item.pk}/{problem.pk if problem else ''}/"


def ordered(item: Item, problem: Problem | None = None, grader: User | None = None) -> Any:
    """Current versions in the order of this problem, or of the column as a whole: all of them, or those that this
    grader may open."""
    key = MD5(Concat(Value(seed(item, problem)), Cast("pk", TextField()), output_field=TextField()))
    rows = Submission.objects.current().filter(assignment=item.assignment_id).annotate(drawn=key).order_by("drawn")
    plan = finding.plan_of(item)
    return rows.exclude(finding.shut(grader, problem)) if grader and plan and plan.only else rows


def lacking(item: Item, problem: Problem | None) -> Q:
    """What has no mark for this problem, or for any of those that this grader may open."""
    given = Mark.objects.given().filter(submission=OuterRef("pk"))
    problems = [problem] if problem else finding.problems(item)
    missing = [~Q(Exists(given.filter(problem=one))) for one in problems]
    return reduce(or_, missing, Q(pk__in=[]))


def second(item: Item, problem: Problem | None, grader: User) -> Q:
    """What is drawn to be read a second time, marked by somebody else, and not yet read again."""
    plan = finding.plan_of(item)
    if problem is None or plan is None or not plan.second_percent:
        return Q(pk__in=[])
    marks = to_read_again().filter(submission=OuterRef("pk"), problem=problem)
    return Q(Exists(marks.exclude(grader=grader)))


def next_work(
    *, item: Item, problem: Problem | None, grader: User, after: Submission | None = None
) -> Submission | None:
    """What this grader grades next, claimed for them: from there on, and then from the start. The one place that
    decides it."""
    order: list[Any] = ["-for_me", "-theirs", "skipped", "drawn"]
    left = waiting(item, problem, grader)
    if after is not None:
        before = ExpressionWrapper(Q(drawn__lt=drawn(item, problem, after.pk)), BooleanField())
        left, order[3:] = left.exclude(pk=after.pk), [before, "drawn"]
    problems = [problem] if problem else finding.problems(item)
    return claiming.take(waiting=left.order_by(*order), problems=problems, grader=grader, now=timezone.now())


def waiting(item: Item, problem: Problem | None, grader: User) -> Any:
    """What may be served to this grader: work that lacks a mark, and some that is read twice; not what is handed to
    somebody else, or given to others alone. What is handed to them comes first, then what is theirs, and last what
    they passed over."""
    here = {"submission": OuterRef("pk")} | ({"problem": problem} if problem else {})
    handed = Referral.objects.open().filter(**here)
    flagged = Q(to__isnull=True, submission__assignment__course__in=Course.objects.led_by(grader))
    plan, again = finding.plan_of(item), second(item, problem, grader)
    first = lacking(item, problem)
    if plan and plan.only:
        first &= ~finding.shut(grader, problem)
    rows = ordered(item, problem).filter(first | again)
    rows = rows.annotate(
        for_me=Exists(handed.filter(Q(to=grader) | flagged)),
        skipped=Exists(Skip.objects.filter(grader=grader, **here)),
        second=ExpressionWrapper(again, BooleanField()),
        theirs=ExpressionWrapper(theirs(plan, problem, grader) | again, BooleanField()),
    )
    return rows.filter(Q(for_me=True) | ~Exists(handed))


def theirs(plan: Arrangement | None, problem: Problem | None, grader: User) -> Q:
    """Everything, where the work is not split."""
    if plan is None or plan.split == Split.NONE:
        return Q(pk__isnull=False)
    return Q(Exists(Duty.objects.covering(grader, problem)))


def drawn(item: Item, problem: Problem | None, pk: UUID) -> str:
    """As the database draws it."""
    return md5(f"{seed(item, problem)}{pk}".encode(), usedforsecurity=False).hexdigest()


def place(item: Item, problem: Problem | None, work: Submission, grader: User | None = None) -> Place | None:
    """None for a version that is no longer current."""
    if not work.is_current:
        return None
    here, named = drawn(item, problem, work.pk), Concat("drawn", Cast("pk", TextField()), output_field=TextField())
    found = ordered(item, problem, grader).aggregate(
        at=Count("pk", Q(drawn__lte=here)),
        of=Count("pk"),
        previous=Max(named, filter=Q(drawn__lt=here)),
        following=Min(named, filter=Q(drawn__gt=here)),
    )
    beside = {name: found[name] and UUID(found[name][len(here) :]) for name in ("previous", "following")}
    return Place(found["at"], found["of"], **beside)
