"""Word documents: what is inside the archive, and a copy of it that fetches nothing and runs nothing."""

import re
import zipfile
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

MOST_ENTRIES, MOST_BYTES = 5_000, 300 * 1024**2
NEEDED = {"[Content_Types].xml", "word/document.xml"}
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
FETCHES = re.compile(rb"INCLUDE(?:PICTURE|TEXT)|DDE(?:AUTO)?\b|IMPORT\b", re.IGNORECASE)  # fields that read files
ACTIVE = re.compile(r"vbaProject|vbaData|/embeddings/|/activeX/|/ctrlProps/|oleObject", re.IGNORECASE)


def problem(path: Path) -> str:
    """Why it is not taken; empty when it is fine. Only the archive's directory is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "it is damaged"
    if not {entry.filename for entry in entries} >= NEEDED:
        return "it is no Word document"
    if any(entry.flag_bits & 1 for entry in entries):
        return "it asks for a password"
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        return "it unpacks to far more than a document needs"
    if overlapping(entries):
        return "its parts overlap"
    return ""


def overlapping(entries: list[zipfile.ZipInfo]) -> bool:
    """Entries that share bytes are how a small archive unpacks to a large one."""
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    return any(one.header_offset + 30 + one.compress_size > two.header_offset for one, two in pairwise(placed))


def defused(path: Path, target: Path) -> None:
    """A copy without programs, embedded objects, and whatever would be fetched from outside; ValueError when the
    document is none that Word writes."""
    left = MOST_BYTES
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in archive.infolist():
            if entry.is_dir() or ACTIVE.search(entry.filename) or leads_out(entry.filename):
                continue
            with archive.open(entry) as source:
                content = source.read(left + 1)
            left -= len(content)
            if left < 0:
                raise ValueError("It unpacks to more than it says.")
            copy.writestr(entry.filename, harmless(entry.filename, content))


def harmless(name: str, content: bytes) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return content
    # UTF-16 would hide what is looked for here; Word writes UTF-8, and no document types.
    if b"\0" in content or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("Word writes no such parts.")
    return inward(content) if name.endswith(".rels") else FETCHES.sub(b"", content)


def inward(relationships: bytes) -> bytes:
    """Without what points out of the document, hyperlinks apart: templates, linked pictures, frames, objects."""
    try:
        root = ElementTree.fromstring(relationships)  # noqa: S314  # no document type, so no entities
    except ElementTree.ParseError as problem:
        raise ValueError("Its relationships can't be read.") from problem
    for one in list(root):
        outside = one.get("TargetMode", "").lower() == "external" or "://" in one.get("Target", "")
        if outside and not one.get("Type", "").endswith("/hyperlink"):
            root.remove(one)
    # Without a prefix, since LibreOffice reads these names as they are written.
    ElementTree.register_namespace("", RELATIONSHIPS)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text(path: Path) -> str:
    """Its paragraphs, a line each; ValueError when it is none that Word writes."""
    with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as part:
        content = part.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("It unpacks to more than it says.")
    root = ElementTree.fromstring(harmless("word/document.xml", content))  # noqa: S314  # no document type
    paragraphs = root.iter(f"{WORDS}p")
    return "\n".join("".join(run.text or "" for run in one.iter(f"{WORDS}t")) for one in paragraphs)
