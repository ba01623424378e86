"""Marks that are kept from other graders, since one of them is to read the same problem without having seen them.

What is drawn to be read twice is sealed from the moment on at which it is marked, not only once it is served: whoever
could look a mark up before would not read blindly. It ends when it has been read again, or with the set's release.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Now

from coursesite.handin.models import Problem
from coursesite.roster.models import Course, type_user

from .arrangements import SecondMark
from .claims import Referral
from .marks import Mark


class SampleEnd(Func):
    """Numbers (of hexadecimal digits) below it are so many percent of all."""

    template = (
        "CASE WHEN %(expressions)s >= 100 THEN 'g' ELSE lpad(to_hex(4294967296 * %(expressions)s / 100), 8, '0') END"
    )
    output_field = TextField()


def to_read_again() -> QuerySet[Mark]:
    """Drawn to be read a second time, and not read again yet. The draw tells nothing, and stays when others are
    handed in."""
    item = "submission__assignment__item"
    again = SecondMark.objects.filter(submission=OuterRef("submission"), problem=OuterRef("problem"))
    plan = {f"{item}__arrangement__second_percent__gt": 0, f"{item}__released_at": None, "submission__is_current": True}
    return drawn(Mark.objects.given().filter(~Exists(again), **plan), item, "problem__pk", "submission__pk")  # type: ignore[no-any-return]


def drawn(rows: Any, item: str, problem: str, work: Any) -> Any:
    """Those of which problem and work are in the sample; `item` is the way to the column."""
    key = [Cast(name, TextField()) for name in (f"{item}__pk", problem, work)]
    words = [part for name in key for part in (Value("/"), name)]
    sample = MD5(Concat(Value("second"), *words, output_field=TextField()))
    end = SampleEnd(F(f"{item}__arrangement__second_percent"))
    return rows.annotate(sample=sample, sample_end=end).filter(sample__lt=F("sample_end"))


def held(user: type_user) -> QuerySet[Mark]:
    """What lies before this person at this moment to be read a second time."""
    claim = "submission__claims__"
    mine = {f"{claim}grader_id": user.pk, f"{claim}second": True, f"{claim}expires_at__gt": Now()}
    return Mark.objects.filter(**mine, **{f"{claim}problem": F("problem")})


def hidden(user: type_user) -> Q:
    """Of marks: those that the desk does not show to this person; to an instructor neither, who was served one to be
    read a second time. Two sets and no joins, since a course has many marks."""
    led = Course.objects.led_by(user)
    to_others = to_read_again().exclude(grader_id=user.pk).exclude(submission__assignment__course__in=led)
    return Q(pk__in=to_others.values("pk")) | Q(pk__in=held(user).values("pk"))


def sealed(user: type_user) -> QuerySet[Mark]:
    """Marks that this person gets to see nowhere. Whoever gave one sees it, and instructors see all."""
    led = Course.objects.led_by(user)
    return Mark.objects.filter(hidden(user)).exclude(submission__assignment__course__in=led)


def unseen(user: type_user) -> dict[str, ArraySubquery]:
    """Of a submission, as annotations, so that the desk needs no query more: problems whose marks this person does not
    see, those that lie before them to be read again, and those that are drawn and have no mark yet."""
    led, here = Course.objects.led_by(user), OuterRef("pk")
    sealed_here = to_read_again().filter(submission=here).exclude(grader_id=user.pk)
    return {
        "sealed": ArraySubquery(sealed_here.exclude(submission__assignment__course__in=led).values("problem")),
        "reading": ArraySubquery(held(user).filter(submission=here).values("problem")),
        "unmarked": ArraySubquery(unmarked(user).values("pk")),
    }


def unmarked(user: type_user) -> QuerySet[Problem]:
    """As a subquery of submissions: problems that are drawn to be read twice and that nobody has marked yet. Whoever
    opens them now may be the one who reads them second, and so sees no note of others. Instructors do, and to whom the
    work was handed."""
    here = {"submission": OuterRef(OuterRef("pk")), "problem": OuterRef("pk")}
    there, handed = Mark.objects.given().filter(**here), Referral.objects.open().filter(to=user.pk, **here)
    plan = {"assignment__item__released_at": None, "assignment__item__arrangement__second_percent__gt": 0}
    rows = Problem.objects.filter(assignment=OuterRef("assignment"), **plan).filter(~Exists(there), ~Exists(handed))
    rows = rows.exclude(assignment__course__in=Course.objects.led_by(user)).order_by()
    return drawn(rows, "assignment__item", "pk", OuterRef("pk"))  # type: ignore[no-any-return]
