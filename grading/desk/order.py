"""In which order work is graded, and which comes next.

The order of a problem is stable and tells nothing: neither name nor time. It is computed by the database, so that the
desk reads a row or two, however many there are.
"""

from hashlib import md5
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

from ..models import Item, Mark, Referral, Skip
from ..services import claiming


class Place(NamedTuple):
    """Where a submission stands in the order, from 1, and what is beside it."""

    at: int
    of: int
    previous: UUID | None
    following: UUID | None


def seed(item: Item, problem: Problem | None) -> str:
    return f"{item.pk}/{problem.pk if problem else ''}/"


def ordered(item: Item, problem: Problem | None = None) -> Any:
    """Current versions in the order of this problem, or of the column as a whole."""
    key = MD5(Concat(Value(seed(item, problem)), Cast("pk", TextField()), output_field=TextField()))
    return Submission.objects.current().filter(assignment=item.assignment_id).annotate(drawn=key).order_by("drawn")


def ungraded(item: Item, problem: Problem | None) -> Any:
    """Those that lack a mark for this problem, or for any."""
    rows = ordered(item, problem)
    if problem:
        return rows.filter(~Exists(Mark.objects.given().filter(submission=OuterRef("pk"), problem=problem)))
    assert item.assignment
    return rows.annotate(given=Count("marks__points")).filter(given__lt=len(item.assignment.problems.all()))


def next_work(
    *, item: Item, problem: Problem | None, grader: User, after: Submission | None = None
) -> Submission | None:
    """What this grader grades next, claimed for them: from there on, and then from the start. The one place that
    decides it."""
    order: list[Any] = ["-for_me", "skipped", "drawn"]
    left = waiting(item, problem, grader)
    if after is not None:
        before = ExpressionWrapper(Q(drawn__lt=drawn(item, problem, after.pk)), BooleanField())
        left, order[2:] = left.exclude(pk=after.pk), [before, "drawn"]
    problems = [problem] if problem else list(item.assignment.problems.all())  # type: ignore[union-attr]
    return claiming.take(waiting=left.order_by(*order), problems=problems, grader=grader, now=timezone.now())


def waiting(item: Item, problem: Problem | None, grader: User) -> Any:
    """What lacks a mark and may be served to this grader: not what is handed to somebody else. What is handed to them
    comes first, what they passed over last."""
    here = {"submission": OuterRef("pk")} | ({"problem": problem} if problem else {})
    handed = Referral.objects.open().filter(**here)
    flagged = Q(to__isnull=True, submission__assignment__course__in=Course.objects.led_by(grader))
    rows = ungraded(item, problem).annotate(
        for_me=Exists(handed.filter(Q(to=grader) | flagged)), skipped=Exists(Skip.objects.filter(grader=grader, **here))
    )
    return rows.filter(Q(for_me=True) | ~Exists(handed))


def drawn(item: Item, problem: Problem | None, pk: UUID) -> str:
    """As the database draws it."""
    return md5(f"{seed(item, problem)}{pk}".encode(), usedforsecurity=False).hexdigest()


def place(item: Item, problem: Problem | None, work: Submission) -> Place | None:
    """None for a version that is no longer current."""
    if not work.is_current:
        return None
    here, named = drawn(item, problem, work.pk), Concat("drawn", Cast("pk", TextField()), output_field=TextField())
    found = ordered(item, problem).aggregate(
        at=Count("pk", Q(drawn__lte=here)),
        of=Count("pk"),
        previous=Max(named, filter=Q(drawn__lt=here)),
        following=Min(named, filter=Q(drawn__gt=here)),
    )
    beside = {name: found[name] and UUID(found[name][len(here) :]) for name in ("previous", "following")}
    return Place(found["at"], found["of"], **beside)
