"""Marks that are kept from other graders, since one of them is to read the same problem without having seen them.

What is drawn to be read twice is sealed from the moment on at which it is marked, not only once it is served: whoever
could look a mark up before would not read blindly. It ends when it has been read again, or with the set's release.
"""

from __future__ import annotations

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Now

from coursesite.handin.models import Submission
from coursesite.roster.models import Course, User, type_user

from .arrangements import SecondMark
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
    key = [f"{item}__pk", "problem__pk", "submission__pk"]
    words = [part for name in key for part in (Value("/"), Cast(name, TextField()))]
    end = SampleEnd(F(f"{item}__arrangement__second_percent"))
    again = SecondMark.objects.filter(submission=OuterRef("submission"), problem=OuterRef("problem"))
    plan = {f"{item}__arrangement__second_percent__gt": 0, f"{item}__released_at": None, "submission__is_current": True}
    drawn = (
        Mark.objects.given()
        .filter(**plan)
        .annotate(sample=MD5(Concat(Value("second"), *words, output_field=TextField())), sample_end=end)
    )
    return drawn.filter(~Exists(again), sample__lt=F("sample_end"))


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


def kept_from(user: User, work: Submission) -> set[int]:
    """Problems of this work whose marks the desk does not show to this person."""
    return set(Mark.objects.filter(hidden(user), submission=work).values_list("problem", flat=True))
