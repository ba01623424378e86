"""Who grades what right now: claims with a lease, works that are passed over, handed to a colleague, or flagged.

A claim is one statement that the unique constraint decides: of two graders who reach for the same work at the same
moment one gets it, and the other goes on to the next.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Enrollment, User

from .. import permissions
from ..models import Claim, Mark, Referral, Skip, closed

# An open page renews it every minute; a browser that died gives the work back after this.
LEASE = timedelta(minutes=10)
AHEAD = timedelta(minutes=4)

HOLD = """
    INSERT INTO grading_claim AS there (submission_id, problem_id, grader_id, taken_at, expires_at, page, second)
    SELECT %(work)s, problem, %(grader)s, %(now)s, %(until)s, %(page)s, %(second)s
    FROM unnest(%(problems)s::bigint[]) AS problem ORDER BY problem
    ON CONFLICT (submission_id, problem_id) DO UPDATE SET
        taken_at = CASE WHEN there.grader_id = EXCLUDED.grader_id THEN there.taken_at ELSE EXCLUDED.taken_at END,
        second = EXCLUDED.second OR (there.second AND there.grader_id = EXCLUDED.grader_id),
        grader_id = EXCLUDED.grader_id,
        expires_at = CASE WHEN there.grader_id = EXCLUDED.grader_id
            THEN greatest(there.expires_at, EXCLUDED.expires_at) ELSE EXCLUDED.expires_at END,
        page = CASE WHEN there.grader_id = EXCLUDED.grader_id AND there.expires_at > EXCLUDED.taken_at AND %(serves)s
            THEN there.page ELSE EXCLUDED.page END
    WHERE there.grader_id = EXCLUDED.grader_id OR there.expires_at <= EXCLUDED.taken_at
"""


def take(*, waiting: Any, problems: Sequence[Problem], grader: User, now: datetime) -> Submission | None:
    """The first of these works (in their order) that nobody else holds, held by this grader from now on."""
    others = Claim.objects.live(now).exclude(grader=grader).filter(submission=OuterRef("pk"), problem__in=problems)
    free = waiting.exclude(Exists(others))
    while work := free.first():
        again = bool(getattr(work, "second", False))
        if not hold(work=work, problems=problems, grader=grader, now=now, second=again, lease=AHEAD):
            continue
        # Somebody may have saved it, and let it go, while we reached for it.
        if waiting.filter(pk=work.pk).exists():
            return work  # type: ignore[no-any-return]
        let_go(work=work, problems=problems, grader=grader)
    return None


def hold(
    *, work: Submission, problems: Sequence[Problem], grader: User, now: datetime, page: UUID | None = None,
    second: bool = False, lease: timedelta = LEASE,
) -> bool:  # fmt: skip
    """All of these problems or none; whoever holds them already renews the lease.

    Without a page they are only served, to be opened next: a page that has them open already holds them on, and lets
    them go when it is left.
    """
    values: dict[str, Any] = {"work": work.pk, "grader": grader.pk, "now": now, "until": now + lease}
    values |= {"page": page or uuid4(), "serves": page is None, "second": second}
    values["problems"] = [problem.pk for problem in problems]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        held: bool = cursor.rowcount == len(problems)
        transaction.set_rollback(not held)
    return held


def renew(*, work: Submission, problems: Sequence[Problem], grader: User, now: datetime, page: UUID) -> bool:
    """Only what this grader still holds: what was let go meanwhile stays free."""
    mine = Claim.objects.filter(submission=work, problem__in=problems, grader=grader)
    return mine.update(expires_at=now + LEASE, page=page) == len(problems)


def let_go(*, work: Submission, problems: Collection[Problem], grader: User, page: UUID | None = None) -> None:
    """`page` is the one that is left; it lets nothing go that the same grader has open elsewhere."""
    mine = Claim.objects.filter(submission=work, problem__in=problems, grader=grader)
    (mine.filter(page=page) if page else mine).delete()


def holder(*, work: Submission, problems: Collection[Problem], grader: User, now: datetime) -> Claim | None:
    """Somebody else who has it open."""
    found = Claim.objects.live(now).exclude(grader=grader).filter(submission=work, problem__in=problems)
    return found.select_related("grader").first()


def marked(*, work: Submission, problems: Collection[Problem], grader: User, now: datetime) -> None:
    """After a mark was saved: the work is free, and nobody is asked for it any more."""
    let_go(work=work, problems=problems, grader=grader)
    given = Mark.objects.filter(submission=work, points__isnull=False).values("problem")
    Referral.objects.open().filter(submission=work, problem__in=given).update(settled_at=now)


@transaction.atomic
def skip(*, work: Submission, problems: Collection[Problem], grader: User, now: datetime) -> None:
    permissions.check_marks(grader, work.assignment.course)
    rows = [Skip(submission=work, problem=problem, grader=grader, skipped_at=now) for problem in problems]
    Skip.objects.bulk_create(rows, ignore_conflicts=True)
    let_go(work=work, problems=problems, grader=grader)


@transaction.atomic
def refer(
    *, work: Submission, problems: Collection[Problem], by: User, to: User | None, note: str, now: datetime
) -> None:
    """To a colleague, or to the instructor (None); what was handed on before goes to whoever is named last."""
    permissions.check_marks(by, work.assignment.course)
    staff = Enrollment.objects.filter(course=work.assignment.course_id).staff().active()
    if to and not staff.filter(user=to).exists():
        raise ValidationError("Choose somebody of the course's staff.")
    for problem in problems:
        if to and Submission.objects.filter(closed(to, problem), pk=work.pk).exists():
            raise ValidationError(f"{to} has no part in this. Choose somebody who has, or flag it for the instructor.")
        Referral.objects.open().filter(submission=work, problem=problem).update(settled_at=now)
        row = Referral(submission=work, problem=problem, by=by, to=to, note=note.strip(), made_at=now)
        row.full_clean()
        row.save()
    let_go(work=work, problems=problems, grader=by)
