"""Taking files in: recognised by content, kept under a generated key, looked into by the worker."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from . import inspecting, links, previews, tasks
from .children import LIMIT
from .children import run_child as run_child
from .models import Format, StoredFile
from .signals import inspected
from .uploads import Incoming

HEAD = 1024  # a PDF's header may stand this late
IN_PROCESS = 5 * 1024 * 1024  # larger files are looked at in a child process, whose memory is limited
TRIES = 3
MARGIN = 30  # seconds in which a claim outlives the child process that it is for
WORDS_AT_ONCE = 8
DAY = 24 * 3600

PLEASE_PDF = "“{name}” is not a PDF. Save or print your work as PDF and choose that file."
PLEASE_WRITTEN = (
    "“{name}” is neither a PDF nor a Word document (.docx) nor a photo (JPEG, PNG, HEIC). Save or print your work as "
    "PDF, and choose that file."
)
PLEASE_WORD = (
    "“{name}” can't be taken as a Word document ({why}). Save it anew as .docx or as PDF, and choose that file."
)
HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
PLEASE_NOTEBOOK = (
    "“{name}” is not a notebook that Jupyter can open ({why}). Download it as .ipynb and choose that file."
)


def take_in(*, incoming: Incoming, formats: Collection[str]) -> StoredFile:
    return keep(incoming=incoming, kind=check(incoming=incoming, formats=formats))


def take_any(*, incoming: Incoming) -> StoredFile:
    """From staff: kept as it is, whatever it is, and shown nowhere."""
    check_size(incoming)
    return keep(incoming=incoming, kind=Format.OTHER)


def check(*, incoming: Incoming, formats: Collection[str]) -> Format:
    """The format that it is taken as; ValidationError says what to do. Nothing is kept yet."""
    check_size(incoming)
    return recognise(incoming, formats)


def keep(*, incoming: Incoming, kind: Format) -> StoredFile:
    """The file on disk for good, and its row; call it within the transaction that needs it."""
    file = place(incoming=incoming, kind=kind)
    with kept([incoming]):
        settle({file: incoming})
        file.save(force_insert=True)
    return file


@contextmanager
def kept(incoming: Iterable[Incoming]) -> Iterator[None]:
    """Around what writes their rows, within its transaction: where that fails, no row will name them. A commit that
    fails comes later and is another matter: nobody knows then whether the rows are there."""
    try:
        yield
    except BaseException:
        for one in incoming:
            one.let_go()
        raise


def place(*, incoming: Incoming, kind: Format) -> StoredFile:
    """The file on its way to its place, and its row, which the caller writes; `settle` belongs before the commit."""
    file = StoredFile(
        id=incoming.id, name=incoming.name or "", format=kind, size=incoming.measured, sha256=incoming.sha256,
        turned=incoming.turned,
    )  # fmt: skip
    if kind == Format.LINK:  # there is nothing to look into
        file.name, file.inspected_at = links.read(start(incoming)), timezone.now()
    file.clean_fields(exclude=["id"])  # its constraints are the database's to check
    incoming.keep()
    return file


def settle(files: Mapping[StoredFile, Incoming]) -> None:
    """Waits until they are on the disk itself; the worker looks into them once their rows are committed.

    When the commit fails, an orphan is left to the sweeper, never a row without a file.
    """
    for incoming in files.values():
        incoming.settle()
    if any(file.inspected_at is None for file in files):
        soon()


def soon() -> None:
    """What waits is looked into once this transaction is committed. One word for all, however many there are: whoever
    takes one of them up calls the next worker."""
    transaction.on_commit(lambda: tasks.later(tasks.inspect_waiting))


def start(incoming: Incoming) -> bytes:
    incoming.seek(0)
    found: bytes = incoming.read(HEAD)
    return found


def check_size(incoming: Incoming) -> None:
    if incoming.too_large:
        raise ValidationError(too_large(incoming.name or ""))
    if not incoming.size:
        raise ValidationError(f"“{incoming.name}” is empty. Check that it was saved, and choose it again.")


def too_large(name: str) -> str:
    return f"“{name}” is larger than {most_size()}, the most that is taken. Make it smaller, and choose it again."


def most_size() -> str:
    most: int = settings.UPLOAD_MAX_BYTES
    return f"{most // 2**20} MB" if most >= 2**20 else f"{most} bytes"


def recognise(incoming: Incoming, formats: Collection[str]) -> Format:
    """The format that the content has; ValidationError says what to do when it is none of the wanted."""
    head = start(incoming)
    if Format.LINK in formats:
        links.read(head)
        return Format.LINK
    if Format.PDF in formats and b"%PDF-" in head:
        return Format.PDF
    if Format.IMAGE in formats and is_image(head):
        return Format.IMAGE
    if Format.WORD in formats and head.startswith(b"PK\x03\x04"):
        return recognise_word(incoming)
    if Format.NOTEBOOK in formats:
        return recognise_notebook(incoming)
    please = PLEASE_WRITTEN if {Format.WORD, Format.IMAGE} & set(formats) else PLEASE_PDF
    raise ValidationError(please.format(name=incoming.name))


def is_image(head: bytes) -> bool:
    heic = head[4:8] == b"ftyp" and head[8:12] in HEIC
    return heic or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def recognise_notebook(incoming: Incoming) -> Format:
    why = reason("notebook", incoming)
    if why:
        raise ValidationError(PLEASE_NOTEBOOK.format(name=incoming.name, why=why))
    return Format.NOTEBOOK


def recognise_word(incoming: Incoming) -> Format:
    why = reason("word", incoming)
    if why:
        raise ValidationError(PLEASE_WORD.format(name=incoming.name, why=why))
    return Format.WORD


def reason(kind: str, incoming: Incoming) -> str:
    """Why the content is not of this kind; what is large, or holds very much, is looked at in a child process, whose
    memory and time are limited."""
    incoming.settle()  # until then it may still change its place
    if incoming.measured <= IN_PROCESS and inspecting.is_simple(incoming.path):
        return inspecting.PROBLEMS[kind](incoming.path)
    try:
        done = run_child(f"check-{kind}", incoming.path)
    except subprocess.TimeoutExpired:
        return "it takes too long to read"
    return "it is too large to be read" if done.returncode else done.stdout.strip()


def inspect_waiting() -> bool:
    """Looks into the next file that waits, if one does.

    Where more wait, another worker is called before: so all are at work as long as there is something, each with one
    file at a time and other tasks between them. What the broker or a worker lost comes up again by itself; a file that
    kills its worker again and again is left with a warning.
    """
    give_up()
    file = claimed_next()
    if file is None:
        return False
    if waiting(timezone.now()).exists():
        tasks.hand_over(tasks.inspect_waiting)
    look_into(file)
    return True


def waiting(now: datetime) -> QuerySet[StoredFile]:
    """That nobody looks into at the moment."""
    return StoredFile.objects.filter(unclaimed(now), inspected_at=None)


def give_up() -> None:
    now = timezone.now()
    waiting(now).filter(tries__gte=TRIES).update(inspected_at=now, warning=previews.UNREADABLE)


def claimed_next() -> StoredFile | None:
    """First those that nobody has tried: what kills its worker holds nothing else up."""
    with transaction.atomic():
        # Not as if it were to be deleted: a version that takes the file over holds its key meanwhile.
        free = waiting(timezone.now()).select_for_update(skip_locked=True, no_key=True)
        file = free.order_by("tries", "stored_at").first()
        return file if file and claim(file) else None


def inspect(file_id: str) -> None:
    """That very file, now; runs safely twice, and not while another does."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file and claim(file):
        look_into(file)


def look_into(file: StoredFile) -> None:
    """Makes the preview of a file that is claimed, and notes what was found."""
    begun = [file]
    if file.format == Format.WORD and file.tries == 0:
        begun += claimed_words()
    found = previews.make(begun) if file.format != Format.OTHER else [previews.Finding()]
    for one, finding in zip(begun, found, strict=True):
        # Not when it was turned meanwhile: then it is looked into again.
        mine = StoredFile.objects.filter(pk=one.pk, turned=one.turned)
        mine.update(pages=finding.pages, warning=finding.warning[:300], inspected_at=timezone.now())
        StoredFile.objects.filter(pk=one.pk, claimed_until=one.claimed_until).update(claimed_until=None)
        inspected.send(StoredFile, file_id=one.pk)


def claim(file: StoredFile) -> bool:
    """Whether it is ours to look into: one worker at a time, so that what is slow takes one of them. The claim of a
    worker that died is void as soon as that one's time would have been over."""
    now = timezone.now()
    # Word files are looked into several at once, for as long as a task may run at all.
    longest = settings.CELERY_TASK_TIME_LIMIT if file.format == Format.WORD else LIMIT + MARGIN
    file.claimed_until = now + timedelta(seconds=longest)
    return bool(waiting(now).filter(pk=file.pk).update(tries=F("tries") + 1, claimed_until=file.claimed_until))


def unclaimed(now: datetime) -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lt=now)


def claimed_words() -> list[StoredFile]:
    """Other Word files that wait and that nobody has begun: LibreOffice takes longer to start than to convert."""
    others = waiting(timezone.now()).filter(format=Format.WORD, tries=0).order_by("stored_at")
    # Claimed one by one, since another worker may look at the same list.
    return [row for row in others[:WORDS_AT_ONCE] if claim(row)]


@transaction.atomic
def look_again(which: QuerySet[StoredFile]) -> int:
    """As when LibreOffice was not there at first; returns how many. What was found stands until then."""
    found = which.filter(unclaimed(timezone.now())).exclude(inspected_at=None).exclude(format=Format.LINK)
    count = found.update(inspected_at=None, tries=0)
    soon()
    return count


def turn(*, file: StoredFile, by: int) -> None:
    """A photo a quarter clockwise, or back: its bytes stay, its preview is made anew."""
    if file.format != Format.IMAGE or by not in (90, 270):
        raise ValidationError("Photos alone are turned, by a quarter at a time.")
    file.turned = (file.turned + by) % 360
    file.inspected_at, file.tries, file.claimed_until = None, 0, None
    file.save(update_fields=["turned", "inspected_at", "tries", "claimed_until"])
    soon()


def sweep(*, older_than: float = DAY) -> list[Path]:
    """Deletes temporary files of uploads that broke off, files whose row never came, and what a parser that was killed
    has left half made; returns them."""
    limit = time.time() - older_than
    broken = [path for path, at in files_in(settings.INCOMING_ROOT) if at.st_mtime < limit]
    stored = [path for path, at in files_in(settings.FILES_ROOT) if at.st_ctime < limit]
    rows = StoredFile.objects.filter(pk__in=[path.name for path in stored]).values_list("pk", flat=True)
    known = {pk.hex for pk in rows}
    orphans = broken + [path for path in stored if path.name not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    halves = [path for path in previews.half_made() if path.stat().st_mtime < limit]
    for path in halves:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return orphans + halves


def files_in(root: Path | str) -> Iterator[tuple[Path, os.stat_result]]:
    """What is there; an upload that is refused meanwhile is not."""
    for path in Path(root).rglob("*"):
        with suppress(FileNotFoundError):
            about = path.stat()
            if stat.S_ISREG(about.st_mode):
                yield path, about
