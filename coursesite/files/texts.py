"""Runs in a process of its own: the words and the code of uploaded files, to be compared.

`python -m coursesite.files.texts pdf:FILE ipynb:FILE ...` prints one line of JSON for each file, in their order:
`{"code": [[where, text], ...], "text": [[where, text], ...]}`; both are empty where nothing can be read.
"""

import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from . import word
from .inspecting import BYTES, MOST_NOTEBOOK, MOST_PAGES, limit

Places = list[tuple[str, str]]


def pdf(path: Path) -> dict[str, Places]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return {}
    last = min(len(document), MOST_PAGES)
    return {"text": [(f"Page {n + 1}", document[n].get_textpage().get_text_bounded()) for n in range(last)]}


def ipynb(path: Path) -> dict[str, Places]:
    if path.stat().st_size > MOST_NOTEBOOK:
        return {}
    found: dict[str, Places] = {"code": [], "text": []}
    for number, cell in enumerate(json.loads(path.read_bytes()).get("cells", []), start=1):
        kind = "code" if cell.get("cell_type") == "code" else "text"
        found[kind].append((f"Cell {number}", "".join(cell.get("source", ""))))
    return found


def docx(path: Path) -> dict[str, Places]:
    try:
        return {"text": [("Document", word.text(path))]}
    except (ValueError, OSError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, ElementTree.ParseError):
        return {}


READERS = {"pdf": pdf, "ipynb": ipynb, "docx": docx}


def read(kind: str, path: Path) -> dict[str, Places]:
    found = READERS[kind](path) if kind in READERS else {}
    return {kind: shortened(found.get(kind, [])) for kind in ("code", "text")}


MOST_TEXT = 500_000  # characters; a long thesis has as many, a file made to cost has more


def shortened(places: Places) -> Places:
    kept, left = Places(), MOST_TEXT
    for where, text in places:
        # Half a character, which JSON can write, has no place in a page, in a database, or in a hash.
        kept.append((where, text[:left].encode(errors="replace").decode()))
        left -= len(kept[-1][1])
    return kept


def main(*wanted: str) -> None:
    limit(BYTES)
    for one in wanted:
        kind, _, path = one.partition(":")
        line: Any = read(kind, Path(path))
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
