"""Mail to people of a course: stored with what it tells, sent by the worker, once."""

from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from coursesite.files.tasks import later

from . import tasks
from .models import Letter, User

TRIES = 5


def post(
    to: Iterable[User], subject: str, body: str, *, enclosure: str = "", enclosure_name: str = ""
) -> Letter | None:
    """Sent after this transaction is committed, or by beat when the broker or the mail server was down. People who
    have no part any more are still told what happened to their work."""
    addresses = sorted({user.email for user in to if user.is_active})
    if not addresses:
        return None
    letter = Letter.objects.create(
        to=addresses, subject=subject[:300], body=body, enclosure=enclosure, enclosure_name=enclosure_name
    )
    transaction.on_commit(lambda: later(tasks.send_letter, letter.pk))
    return letter


def post_each(to: Iterable[User], subject: str, body: str) -> int:
    """One letter for each person, none of whom learns of the others; returns how many."""
    rows = [Letter(to=[user.email], subject=subject[:300], body=body) for user in to if user.is_active]
    Letter.objects.bulk_create(rows, 500)
    transaction.on_commit(lambda: later(tasks.send_waiting))
    return len(rows)


def send_waiting() -> int:
    """What a broker or a mail server that was down left over; given up after some tries."""
    waiting = Letter.objects.filter(sent_at=None, tries__lt=TRIES).order_by("made_at").values_list("pk", flat=True)
    return sum(send(pk) for pk in waiting[:500])


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
        except OSError as problem:
            letter.problem = str(problem)[:300]
        letter.save(update_fields=["tries", "sent_at", "problem"])
    return letter.sent_at is not None


def message(letter: Letter) -> EmailMessage:
    """Several people are written to without telling each other's addresses to the world: they are one team."""
    mail = EmailMessage(letter.subject, letter.body, to=letter.to)
    if letter.enclosure:
        mail.attach(letter.enclosure_name, letter.enclosure, "text/plain")
    return mail
