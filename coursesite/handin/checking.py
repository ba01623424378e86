"""Rows, files and receipts held against each other, as after a backup was restored (battery F10)."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from coursesite.files.models import StoredFile
from coursesite.files.services import files_in

from . import receipts
from .models import Receipt

ON_ITS_WAY = 3600.0  # seconds in which a file may be there before its row is committed
CHUNK = 1024 * 1024


def differences(*, now: float | None = None) -> Iterator[str]:
    """A sentence for each; none when everything that was promised is there, byte for byte."""
    yield from files_of_rows()
    yield from rows_of_files(now or time.time())
    yield from receipts_of_versions()


def files_of_rows() -> Iterator[str]:
    for file in StoredFile.objects.order_by("stored_at").iterator():
        wrong = wrong_with(file)
        if wrong:
            yield f"{file.path}: {wrong} (“{file.name}”, stored {file.stored_at:%Y-%m-%d %H:%M} UTC)"


def wrong_with(file: StoredFile) -> str:
    try:
        found = file.path.stat().st_size
    except FileNotFoundError:
        return "the file is missing"
    if found != file.size:
        return f"{found} bytes instead of {file.size}"
    return "" if fingerprint(file.path) == file.sha256 else "its bytes are not those that were handed in"


def fingerprint(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as content:
        while data := content.read(CHUNK):
            found.update(data)
    return found.hexdigest()


def rows_of_files(now: float) -> Iterator[str]:
    there = [path for path, at in files_in(settings.FILES_ROOT) if at.st_mtime < now - ON_ITS_WAY]
    known = {pk.hex for pk in StoredFile.objects.values_list("pk", flat=True)}
    for path in sorted(there):
        if path.name not in known:
            yield f"{path}: no row names this file; it is swept a day after it came"


def receipts_of_versions() -> Iterator[str]:
    """A receipt that this site signed names files that the version still has."""
    for receipt in Receipt.objects.prefetch_related("submission__files__file").iterator(500):
        read = receipts.read(receipt.text)
        kept = {used.file.sha256 for used in receipt.submission.files.all()}
        if not read.genuine:
            yield f"receipt of version {receipt.submission_id}: the signature is not this site's; was its key lost?"
        elif set(read.files) != kept:
            yield f"receipt of version {receipt.submission_id}: it names other files than the version has"
