"""A whole assignment as one ZIP: streamed, whatever its size, with a manifest that names every hash."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.db.models import prefetch_related_objects
from zipstream import ZIP_STORED, ZipStream

from . import queries
from .models import Assignment, Submission, SubmissionQuerySet

UNSAFE = re.compile(r"[^\w.,()+ -]")
CHUNK = 64 * 1024
HEAD = ["folder", "file", "for", "section", "version", "complete", "late days", "bytes", "SHA-256"]
MISSING = "missing on the server"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def bundle(assignment: Assignment, *, seen: SubmissionQuerySet | None = None) -> Iterator[bytes]:
    """Current versions, one folder each: all, or those that somebody gets to see. Files are stored as they are, since
    PDFs don't shrink."""
    lines = queries.roll(assignment)
    if seen is not None:
        shown = set(seen.filter(assignment=assignment).values_list("pk", flat=True))
        lines = [line for line in lines if line.submission and line.submission.pk in shown]
    prefetch_related_objects([line.submission for line in lines if line.submission], "scans__part")
    return stream(lines)


def stream(lines: list[queries.Line]) -> Iterator[bytes]:
    archive, rows, taken = ZipStream(compress_type=ZIP_STORED), list[list[object]](), set[str]()
    for line in lines:
        if line.submission:
            folder = unique(clean(line.name), taken)
            for name, path in work(line.submission):
                row = [folder, name, *described(line)]
                rows.append(row)
                yield from packed(archive, path, row)
    archive.add(manifest(rows), "manifest.csv")
    yield from archive.finalize()


def packed(archive: ZipStream, path: Path, row: list[object]) -> Iterator[bytes]:
    """One file, opened only now. One that is gone (a photo's PDF is made anew while its photo is turned) costs nobody
    the others, and the manifest says that it is missing."""
    try:
        file = path.open("rb")
    except OSError:
        row += ["", MISSING]
        return
    with file:
        archive.add(hashed(file, row), f"{row[0]}/{row[1]}")
        yield from archive.all_files()


def work(submission: Submission) -> Iterator[tuple[str, Path]]:
    """The files as they came, and beside photos the PDF that they became."""
    names = set[str]()
    for used in submission.files.all():
        yield unique(f"{used.part.key} {used.position + 1} - {clean(used.file.download_name)}", names), used.file.path
    for scan in submission.scans.all():
        if scan.made_at and scan.pages:
            yield unique(f"{clean(scan.part.key)} - all pages.pdf", names), scan.path


def described(line: queries.Line) -> list[object]:
    assert line.submission
    assert line.lateness
    version = [line.submission.number, line.submission.completed_at.isoformat(), line.lateness.days]
    return [line.name, line.section, *version]


def hashed(file: BinaryIO, row: list[object]) -> Iterator[bytes]:
    """What goes out is what the manifest names: size and hash are those of the bytes that were sent."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    row += [size, digest.hexdigest()]


def manifest(rows: list[list[object]]) -> Iterator[bytes]:
    """Begun when all files are through, and their hashes known."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows([[f"'{c}" if str(c).startswith(FORMULA) else c for c in row] for row in rows])
    yield text.getvalue().encode()


def clean(name: str) -> str:
    """A name that every system can unpack: no separators, nothing that leads elsewhere, no reserved words."""
    kept = UNSAFE.sub("_", name).strip(". ")[:120] or "unnamed"
    return f"_{kept}" if kept.split(".")[0].upper() in RESERVED else kept


RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))}


def unique(name: str, taken: set[str]) -> str:
    """Two students of one name get two folders; letters' case does not tell folders apart everywhere."""
    found, number = name, 2
    while found.lower() in taken:
        found, number = f"{name} ({number})", number + 1
    taken.add(found.lower())
    return found
