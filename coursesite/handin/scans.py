"""Photos of a part become one PDF, as soon as the worker has looked into all of them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from coursesite.files import previews
from coursesite.files import services as files
from coursesite.files.children import LIMIT
from coursesite.files.models import Format, StoredFile
from coursesite.files.tasks import later
from coursesite.roster.models import User

from . import tasks
from .models import Scan, Submission, SubmittedFile
from .owners import is_own, is_staff, lock

TRIES = 3


def expected(submission: Submission, used: Iterable[SubmittedFile]) -> list[Scan]:
    """A row for each part that is photos, to be written with the version; `soon` belongs after that."""
    photos = {row.part_id for row in used if row.file.format == Format.IMAGE}
    return [Scan(submission=submission, part_id=part) for part in sorted(photos)]


def soon(rows: Iterable[Scan]) -> None:
    for row in rows:
        transaction.on_commit(lambda pk=row.pk: later(tasks.bind, pk))  # type: ignore[misc]


def photos_of(scan: Scan) -> list[StoredFile]:
    used = SubmittedFile.objects.filter(submission=scan.submission_id, part=scan.part_id, file__format=Format.IMAGE)
    return [row.file for row in used.select_related("file").order_by("position")]


def looked_into(file_id: UUID) -> None:
    """Whoever was looked into last completes its part."""
    waiting = Scan.objects.filter(made_at=None, submission__files__file=file_id)
    for scan in waiting.filter(part=F("submission__files__part")).distinct():
        if all(photo.inspected_at for photo in photos_of(scan)):
            later(tasks.bind, scan.pk)


def bind(scan_id: int) -> None:
    """Runs safely twice, and not while another does; a part whose photos wait is left to `looked_into`."""
    scan = Scan.objects.filter(pk=scan_id).first()
    photos = photos_of(scan) if scan else []
    if scan is None or not all(photo.inspected_at for photo in photos) or not claim(scan):
        return
    # A photo may be turned meanwhile: then the claim is not ours any more, and the part is made anew.
    mine = Scan.objects.filter(pk=scan.pk, claimed_until=scan.claimed_until)
    scan.path.parent.mkdir(parents=True, exist_ok=True)
    draft = scan.path.with_suffix(".draft")
    said = previews.lines("scans", draft, *(photo.preview_path for photo in photos))
    if not said:
        mine.update(claimed_until=None)
        return
    if draft.exists():
        draft.rename(scan.path)
    mine.update(made_at=timezone.now(), pages=said[0]["pages"], claimed_until=None)


def claim(scan: Scan) -> bool:
    """As with files: one worker at a time, and void when it died."""
    now = timezone.now()
    scan.claimed_until = now + timedelta(seconds=LIMIT + files.MARGIN)
    free = Scan.objects.filter(files.unclaimed(now), pk=scan.pk, made_at=None, tries__lt=TRIES)
    return bool(free.update(tries=F("tries") + 1, claimed_until=scan.claimed_until))


def bind_waiting() -> None:
    """What the broker or a worker lost."""
    for pk in Scan.objects.filter(made_at=None, tries__lt=TRIES).values_list("pk", flat=True)[:100]:
        bind(pk)


@transaction.atomic
def turn(*, used: SubmittedFile, user: User, by: int) -> None:
    """A photo that lies on its side after all; every version that it belongs to shows it so from now on."""
    owner = used.submission.owner
    lock(owner)
    if not (is_own(owner, user) or is_staff(owner, user)):
        raise ValidationError("Only whose work it is, or the course staff, turn a photo.")
    files.turn(file=used.file, by=by)
    Scan.objects.filter(submission__files__file=used.file, part=used.part_id).update(
        made_at=None, tries=0, claimed_until=None
    )
