"""A whole assignment as one ZIP: streamed, whatever its size, with a manifest that names every hash."""

import csv
import io
import re
from collections.abc import Iterator

from zipstream import ZIP_STORED, ZipStream

from . import queries
from .models import Assignment, SubmittedFile

UNSAFE = re.compile(r"[^\w.,()+ -]")
HEAD = ["folder", "file", "for", "section", "version", "complete", "late days", "bytes", "SHA-256"]


def bundle(assignment: Assignment) -> Iterator[bytes]:
    """Current versions, one folder each. Files are stored as they are, since PDFs don't shrink."""
    archive, rows, taken = ZipStream(compress_type=ZIP_STORED), list[list[object]](), set[str]()
    for line in queries.roll(assignment):
        if line.submission is None:
            continue
        folder, names = unique(clean(line.name), taken), set[str]()
        for used in line.submission.files.all():
            name = unique(f"{used.part.key} {used.position + 1} - {clean(used.file.download_name)}", names)
            archive.add_path(used.file.path, f"{folder}/{name}")
            rows.append([folder, name, *described(line, used)])
    archive.add(manifest(rows), "manifest.csv")
    return iter(archive)


def described(line: queries.Line, used: SubmittedFile) -> list[object]:
    assert line.submission
    assert line.lateness
    version = [line.submission.number, line.submission.completed_at.isoformat(), line.lateness.days]
    return [line.name, line.section, *version, used.file.size, used.file.sha256]


def manifest(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows([[f"'{c}" if str(c).startswith(("=", "+", "-", "@")) else c for c in row] for row in rows])
    return text.getvalue().encode()


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
