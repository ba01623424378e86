"""Uploads go straight to disk: hashed and measured while they stream, never whole in memory."""

import errno
import hashlib
import os
import threading
import unicodedata
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile
from django.http import HttpRequest
from django.utils import timezone

from .formdata import FormHandler

CHUNK = 128 * 1024
READ_AT_ONCE = 512 * 1024
HASHED_AT_ONCE = 4 * 1024 * 1024
DISKS = 8  # files that go onto the disk at the same moment, in one process


@lru_cache(maxsize=1)
def beside() -> ThreadPoolExecutor:
    """The disk takes its time while the database is asked; whoever gives it work waits for it before the commit."""
    return ThreadPoolExecutor(DISKS, thread_name_prefix="disk")


os.register_at_fork(after_in_child=beside.cache_clear)  # threads do not go along into a child
reading = threading.local()


def room() -> bytearray:
    """Where this thread reads to, again and again: new memory for each file takes the system longer than the bytes."""
    if not hasattr(reading, "room"):
        reading.room = bytearray(READ_AT_ONCE)
    found: bytearray = reading.room
    return found


def plain_name(name: str) -> str:
    """A file's name for people: no folders, no control or direction-changing characters, one Unicode form."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip()
    stem, dot, suffix = shown.rpartition(".")
    if dot and len(suffix) < 10:
        shown = f"{stem[: 199 - len(suffix)]}.{suffix}"
    return shown[:200] if shown.strip(".") else "unnamed"


class Incoming(UploadedFile):  # type: ignore[type-arg]
    """A file on its way in; closing it deletes it unless it was kept. `sha256` stands at the last byte.

    Its place for good, made of `id`, is taken when all bytes are there and before they go onto the disk itself: so both
    go there at once. What nobody keeps leaves it again.
    """

    def __init__(self, name: str, field_name: str = "") -> None:
        self.field_name, self.id = field_name, uuid.uuid4()
        self.path = Path(settings.INCOMING_ROOT) / self.id.hex
        self.kept, self.too_large, self.measured = False, False, 0
        self.turned = 0  # degrees clockwise, as the sender turned the photo
        self._hash, self._hashed = hashlib.sha256(), 0
        self._hashing: Future[None] | None = None
        self._disk: Future[None] | None = None
        shown = plain_name(name)
        super().__init__(self._opened(), shown, "application/octet-stream", 0)
        self.name = shown

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("xb+", buffering=0)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return self.path.open("xb+", buffering=0)

    @property
    def stream(self) -> BinaryIO:
        return self.file  # type: ignore[return-value]

    @property
    def sha256(self) -> str:
        self.hash()
        self._wait(self._hashing)
        return self._hash.hexdigest()

    def hash(self) -> None:
        """Begins to hash what came, beside other work, after what came before."""
        self._wait(self._hashing)
        if self._hashed < self.measured:
            self._hashing = beside().submit(self._hash_to, self.measured)

    def _hash_to(self, end: int) -> None:
        """From the file, where the bytes are in the system's memory anyway."""
        space = memoryview(room())
        while self._hashed < end:
            count = os.preadv(self.stream.fileno(), [space[: end - self._hashed]], self._hashed)
            if not count:
                raise OSError(errno.EIO, "The file is shorter than what was written to it.")
            self._hash.update(space[:count])
            self._hashed += count

    def _wait(self, work: Future[None] | None) -> None:
        if work is not None:
            work.result()

    def take(self, data: bytes) -> None:
        """Adds bytes; over the limit it empties itself and remembers that."""
        self.measured += len(data)
        if self.measured > settings.UPLOAD_MAX_BYTES:
            self.too_large = True
            self._wait(self._hashing)
            self.stream.truncate(0)
            return
        rest = memoryview(data)
        while rest:  # a disk that is nearly full takes less than it is given
            rest = rest[self.stream.write(rest) :]
        if self.measured % HASHED_AT_ONCE < len(data):
            self.hash()

    def sync(self) -> None:
        """Begins to bring the file to its place and onto the disk itself; all bytes are there."""
        self.hash()
        self._disk = beside().submit(self._to_its_place)

    def _to_its_place(self) -> None:
        place = place_of(self.id)
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(place.parent.parent)
        self.path.rename(place)
        self.path = place
        os.fsync(self.stream.fileno())
        sync_folder(place.parent)

    def keep(self) -> None:
        """It stays, whatever becomes of the request: somebody writes its row, and settles before the commit."""
        if self._disk is None:
            self.sync()
        self.kept = True

    def let_go(self) -> None:
        """Its row will not be there: the transaction is rolled back before it could be committed."""
        self.kept = False

    def settle(self) -> None:
        """Waits for the disk, before anybody is told that the file is safe; raises what went wrong there."""
        self._wait(self._disk)

    def close(self) -> None:
        for work in (self._hashing, self._disk):
            if work is not None:
                work.exception()  # not while it is still being read or written
        super().close()
        if not self.kept:
            self.path.unlink(missing_ok=True)


def place_of(key: uuid.UUID) -> Path:
    """Where a file is for good: made from its key, never from its name."""
    return Path(settings.FILES_ROOT) / key.hex[:2] / key.hex


def sync_folder(folder: Path) -> None:
    """The names in it onto the disk itself."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class StreamToDisk(FormHandler):
    """Django's upload handler. Nothing is written for a person who is not signed in.

    `opened(request)` lists what was begun; a file over the limit stays there with `too_large` set.
    """

    incoming: Incoming | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if self.request is None or user is None or not user.is_authenticated:
            raise SkipFile
        self.incoming = Incoming(self.file_name or "", self.field_name or "")
        opened(self.request).append(self.incoming)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.incoming is None:
            return
        self.incoming.take(raw_data)
        if self.incoming.too_large:
            # The rest is read and dropped, so that the browser shows our answer and not a broken connection.
            self.incoming.close()
            raise SkipFile

    def file_complete(self, file_size: int) -> Incoming | None:
        done, self.incoming = self.incoming, None
        if done is not None:
            done.size = done.measured
            done.sync()
        return done

    def upload_complete(self) -> None:
        """The request has arrived in full: this is the instant that counts."""
        if self.request is not None:
            self.request.completed_at = timezone.now()  # type: ignore[attr-defined]


class Fingerprint(UploadedFile):  # type: ignore[type-arg]
    """A file of which nothing but its hash and its first bytes are kept."""

    START = 200_000  # a receipt of hundreds of files is not longer

    def __init__(self, name: str, field_name: str) -> None:
        super().__init__(None, plain_name(name), "application/octet-stream", 0)
        self.field_name, self.start, self._hash = field_name, b"", hashlib.sha256()

    def take(self, data: bytes) -> None:
        self._hash.update(data)
        self.start += data[: self.START - len(self.start)]

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class HashOnly(FormHandler):
    """For files that are looked at and not taken in, from people who need not sign in: nothing is written."""

    seen: Fingerprint

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = Fingerprint(self.file_name or "", self.field_name or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.seen.take(raw_data)

    def file_complete(self, file_size: int) -> Fingerprint:
        self.seen.size = file_size
        return self.seen


def opened(request: HttpRequest) -> list[Incoming]:
    """What this request brought; the middleware deletes what nobody kept."""
    found: list[Incoming] = request.__dict__.setdefault("incoming", [])
    return found


def uploaded(content: bytes, name: str) -> Incoming:
    """The same from bytes at hand: for the demo loader and tests."""
    incoming = Incoming(name)
    source = BytesIO(content)
    while data := source.read(CHUNK):
        incoming.take(data)
    incoming.size = incoming.measured
    return incoming
