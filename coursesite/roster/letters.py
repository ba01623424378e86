"""Mail to people of a course: stored with what it tells, sent by the worker, once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from coursesite.files.tasks import later

from . import tasks
from .models import Letter, User

TRIES = 12  # the last one a day and a half after the first
AT_ONCE = 500


def post(to: Iterable[User], subject: str, body: str) -> Letter | None:
    letter = draft(to, subject, body)
    if letter:
        letter.save()
        soon()
    return letter


def told(begins: str, *, since: datetime) -> set[tuple[str, str]]:
    """Who was written to since then under which subject that begins so."""
    found = Letter.objects.filter(subject__startswith=begins[:200], made_at__gte=since)
    return {(address, letter.subject) for letter in found.only("to", "subject") for address in letter.to}


def draft(
    to: Iterable[User], subject: str, body: str, *, enclosure: str = "", enclosure_name: str = ""
) -> Letter | None:
    """For whoever writes it together with other rows, and calls `soon` then. People who have no part any more are
    still told what happened to their work."""
    addresses = sorted({user.email for user in to if user.is_active})
    if not addresses:
        return None
    subject = one_line(subject)
    return Letter(to=addresses, subject=subject, body=body, enclosure=enclosure, enclosure_name=enclosure_name)


def one_line(subject: str) -> str:
    """Names and titles may be of several lines; a header of mail is not."""
    return " ".join(subject.split())[:300]


def soon() -> None:
    """What is new is sent after this transaction is committed, or by beat when the broker was down."""
    transaction.on_commit(lambda: later(tasks.send_new))


def post_each(to: Iterable[User], subject: str, body: str) -> int:
    """One letter for each person, none of whom learns of the others; returns how many."""
    rows = [Letter(to=[user.email], subject=one_line(subject), body=body) for user in to if user.is_active]
    Letter.objects.bulk_create(rows, 500)
    soon()
    return len(rows)


def send_new() -> int:
    """What nobody has tried to send yet; returns how many were sent."""
    return send_all(Q(tries=0))


def send_waiting(*, now: datetime | None = None) -> int:
    """What a broker or a mail server that was down left over: tried again after 1, 3, 7, 15 minutes and so on."""
    now = now or timezone.now()
    due = (Q(tries=tries, made_at__lte=now - timedelta(minutes=2**tries - 1)) for tries in range(TRIES))
    return send_all(reduce(or_, due))


def send_all(due: Q) -> int:
    found = Letter.objects.filter(due, sent_at=None).order_by("made_at").values_list("pk", flat=True)
    return sum(send(pk) for pk in found[:AT_ONCE])


def send(pk: int) -> bool:
    """Once, however often it is asked for: whoever holds the row sends."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update(skip_locked=True).filter(pk=pk, sent_at=None).first()
        if letter is None:
            return False
        letter.tries += 1
        try:
            message(letter).send()
            letter.sent_at = timezone.now()
        except (OSError, ValueError) as problem:  # the server, or an address or header that no mail can have
            letter.problem = str(problem)[:300]
        letter.save(update_fields=["tries", "sent_at", "problem"])
    return letter.sent_at is not None


def message(letter: Letter) -> EmailMessage:
    """Several people are written to without telling each other's addresses to the world: they are one team."""
    mail = EmailMessage(letter.subject, letter.body, to=letter.to)
    if letter.enclosure:
        mail.attach(letter.enclosure_name, letter.enclosure, "text/plain")
    return mail
