"""Runs in a process of its own: opens what people uploaded, under limits on time and memory.

`python -m coursesite.files.inspecting pdf|ipynb|image FILE FOLDER` writes page images or a page into the folder, and
JSON with `pages` and `warning` to standard output; `docx FILE FOLDER FILE FOLDER ...` does the same for several, a line
each; `image` takes degrees by which to turn as well. `check-notebook|check-word FILE` says why it is none, and
`scans TARGET FOLDER FOLDER ...` makes one PDF of photos that were looked into.
"""

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from html import escape
from pathlib import Path
from typing import Any

from . import formulas, photos, word
from .notebooks import AS_WRITTEN, Ready
from .photos import TALLEST, UNSEEN, WIDTH

SECONDS, BYTES, OUTPUT = 90, 2 * 1024**3, 300 * 1024**2
MOST_PAGES = 200
FAST_OCTREE = 2  # Pillow's name for it; four times as fast as its default, and smaller files
MOST_NOTEBOOK = 20 * 1024**2
MOST_THINGS = 200_000

DAMAGED = "This PDF is damaged or can't be opened. Graders may not see it; check it and hand in again."
ENCRYPTED = "This PDF asks for a password. Graders can't read it; save it without one and hand in again."


def limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def pdf(path: Path, folder: Path) -> dict[str, Any]:
    """Page images as PNG: what graders see has no script, link or form in it."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as problem:
        return {"warning": ENCRYPTED if "assword" in str(problem) else DAMAGED}
    count = len(document)
    if not count:
        return {"warning": DAMAGED}
    for number in range(1, min(count, MOST_PAGES) + 1):
        draw(document[number - 1], folder / f"{number}.png")
    return {"pages": count, "warning": f"Only the first {MOST_PAGES} pages are shown." if count > MOST_PAGES else ""}


def draw(page: Any, target: Path) -> None:
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), TALLEST / max(height, 1))
    picture = page.render(scale=scale).to_pil().convert("RGB")
    picture.quantize(64, method=FAST_OCTREE).save(target, optimize=False)


def docx(*places: str) -> list[dict[str, Any]]:
    """Through LibreOffice into PDFs, from copies that fetch nothing and run nothing. Files and folders take turns.

    All of them in one call, since its start takes longer than most documents; what is missing then is tried alone.
    """
    program = shutil.which("soffice")
    pairs = list(zip(map(Path, places[::2]), map(Path, places[1::2]), strict=True))
    if program is None:
        return [{"warning": "There is no preview of Word files on this site; graders open the file itself."}] * len(
            pairs
        )
    with tempfile.TemporaryDirectory() as place:
        sources = [copied(path, Path(place) / f"work-{at}.docx") for at, (path, _) in enumerate(pairs)]
        convert(program, [source for source in sources if source], Path(place))
        for source in sources if len(sources) > 1 else []:
            if source and not source.with_suffix(".pdf").exists():
                convert(program, [source], Path(place))
        return [shown(source, folder) for source, (_, folder) in zip(sources, pairs, strict=True)]


def copied(path: Path, target: Path) -> Path | None:
    try:
        word.defused(path, target)
    except (ValueError, OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        target.unlink(missing_ok=True)
        return None
    return target


def shown(source: Path | None, folder: Path) -> dict[str, Any]:
    made = source.with_suffix(".pdf") if source else None
    return pdf(made, folder) if made and made.exists() else {"warning": UNSEEN}


def convert(program: str, sources: list[Path], place: Path) -> None:
    """In a network of its own where the system allows that; and told to load nothing in any case."""
    if not sources:
        return
    settings = place / "profile" / "user"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "registrymodifications.xcu").write_text(NO_LINKS)
    command = [program, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation=file://{place}/profile",
               "--convert-to", "pdf", "--outdir", str(place), *map(str, sources)]  # fmt: skip
    alone = ["unshare", "-r", "-n"]
    quiet = {"capture_output": True, "env": {"PATH": "/usr/bin:/bin", "HOME": str(place), "LC_ALL": "C.UTF-8"}}
    if shutil.which("unshare") and subprocess.run([*alone, "true"], check=False, **quiet).returncode == 0:  # type: ignore[call-overload]
        command = alone + command
    subprocess.run(command, timeout=SECONDS, check=False, **quiet)  # type: ignore[call-overload]


NO_LINKS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item></oor:items>
"""


def ipynb(path: Path, folder: Path) -> dict[str, Any]:
    """The notebook as a page of sanitised HTML: no script, no form, nothing loaded from anywhere."""
    if path.stat().st_size > MOST_NOTEBOOK:
        return {"warning": "This notebook is too large for a preview; graders can download it."}
    notebook = json.loads(path.read_bytes())
    (folder / "notebook.html").write_text(rendered(notebook), encoding="utf-8")
    (folder / "cells.json").write_text(json.dumps([outline(cell) for cell in notebook.get("cells", [])]))
    return {"pages": len(notebook.get("cells", [])), "warning": notebook_warning(notebook)}


def is_simple(path: Path) -> bool:
    """Few enough things are in it for the web server to read: a megabyte of brackets is a hundred of objects."""
    content = path.read_bytes()
    return sum(map(content.count, (b"{", b"[", b","))) <= MOST_THINGS


def notebook_problem(path: Path) -> str:
    """Why it is no notebook; empty when it is one."""
    from nbformat import validator

    try:
        content = json.loads(path.read_bytes())
        version = content["nbformat"]
        if version != 4:
            return f"its format version is {str(version)[:20]}, 4 is needed"
        # What later minor versions ask for are ids of cells alone, which many programs leave out.
        minor = min(content.get("nbformat_minor", 0), 4)
        # Of the two that there are, this one stops at the first mistake; the other lists all that might be meant.
        quick = validator.get_validator(4, minor, relax_add_props=True, name="fastjsonschema")
        mistake = next(iter(quick.iter_errors(content)), None)
    except RecursionError:
        return "it is nested too deeply"
    except (KeyError, TypeError, AttributeError):
        return "it is JSON of another kind"
    except ValueError:
        return "it is not valid JSON"
    return str(mistake).splitlines()[0].removeprefix("data.")[:150] if mistake else ""


def rendered(notebook: Any) -> str:
    """Cell by cell: what one cell holds can't reach into the next, and each can be pointed at."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="basic", sanitize_html=False, exclude_input_prompt=False)
    ready, cells = Ready(notebook), []
    for number, cell in enumerate(ready.cells, 1):
        if cell["cell_type"] == "markdown" and not ready.affords(cell["source"]):
            cells.append(CELL.format(number=number, body=f"<p>{AS_WRITTEN}</p><pre>{escape(cell['source'])}</pre>"))
            continue
        # As before there were ids of cells: programs write what is none, and nothing here needs them.
        alone = nbformat.from_dict(notebook | {"cells": [cell], "nbformat_minor": min(notebook["nbformat_minor"], 4)})
        body = ready.placed(clean(exporter.from_notebook_node(alone)[0]))
        cells.append(CELL.format(number=number, body=formulas.shown(body) if cell["cell_type"] == "markdown" else body))
    return PAGE.format(body="\n".join(cells))


def outline(cell: Any) -> dict[str, str]:
    """How a list of cells names this one: its kind and its first lines, as plain text."""
    lines = [line for line in "".join(cell.get("source", "")).splitlines() if line.strip()]
    return {"kind": str(cell.get("cell_type", "")), "text": "\n".join(lines[:3])[:240]}


CELL = '<section id="cell-{number}">\n{body}\n</section>'


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Notebook</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 16px; color: #1c1b1a; background: #fff; }}
pre {{ font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }}
.jp-Cell, .cell {{ margin: 0 0 16px; }} .jp-InputArea, .input_area {{ background: #f5f4f2; padding: 8px 12px; }}
.jp-OutputArea, .output {{ border-left: 3px solid #d8d5d0; padding: 8px 12px; }} img {{ max-width: 100%; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #d8d5d0; padding: 2px 8px; text-align: right; }}
.k, .kn, .ow {{ color: #7a2e00; }} .s, .s1, .s2 {{ color: #1d5c2e; }} .c1 {{ color: #5e6a60; }}
.mi, .mf {{ color: #0b4f8a; }}
.anchor-link {{ display: none; }} section:target {{ outline: 2px solid #7a0019; outline-offset: 6px; }}
</style></head><body>{body}</body></html>"""
TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}  # fmt: skip


def clean(body: str) -> str:
    import nh3

    return nh3.clean(
        body,
        tags=TAGS,
        attributes={"*": {"class"}, "img": {"src", "alt"}, "a": {"href"}, "td": {"colspan", "rowspan"}},
        url_schemes={"data", "https"},
        attribute_filter=own_images,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
    )


DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*\Z")


def own_images(tag: str, attribute: str, value: str) -> str | None:
    """Pictures inside the notebook stay; a picture from elsewhere would tell its server who reads."""
    if attribute == "src":
        return value if DATA_IMAGE.match(value) else None
    if attribute == "href":
        return value if value.startswith("https://") else None
    return value


def notebook_warning(notebook: Any) -> str:
    cells = [cell for cell in notebook.get("cells", []) if cell.get("cell_type") == "code" and "".join(cell["source"])]
    errors = sum(o.get("output_type") == "error" for cell in cells for o in cell.get("outputs", []))
    counts = [cell.get("execution_count") for cell in cells]
    if not notebook.get("cells"):
        return "This notebook is empty: it has no cells. Is it the file that you meant?"
    told = []
    if errors:
        told.append(f"{errors} {'cell ends' if errors == 1 else 'cells end'} with an error. Is that meant?")
    if counts != list(range(1, len(cells) + 1)):
        told.append("It was not run from top to bottom. Restart the kernel, run all cells and save, to be sure.")
    return " ".join(told)


PROBLEMS = {"notebook": notebook_problem, "word": word.problem}
PREVIEWS = {"pdf": pdf, "ipynb": ipynb, "image": photos.image}


def main(act: str, *words: str) -> None:
    limit(BYTES * 4 if act == "docx" else BYTES)
    if act.startswith("check-"):
        print(PROBLEMS[act.removeprefix("check-")](Path(words[0])))
    elif act == "docx":
        print("\n".join(map(json.dumps, docx(*words))))
    elif act == "scans":
        print(json.dumps(photos.scans(*map(Path, words))))
    else:
        path, folder, *turned = words
        print(json.dumps(PREVIEWS[act](Path(path), Path(folder), *map(int, turned))))


if __name__ == "__main__":
    main(*sys.argv[1:])
