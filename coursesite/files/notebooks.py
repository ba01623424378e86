"""What a notebook holds, made ready for nbconvert: lines joined, programs cut, formulas of its outputs drawn, and text
that would cost minutes left as it was written. In the process of `inspecting`."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

from . import formulas

SHOWN = {"text/plain", "text/html", "text/latex", "image/png", "image/jpeg", "text/markdown"}
# nbconvert's Markdown takes time with the length of a text times the number of these in it. So much is taken together
# for one notebook: some seconds, and a hundred times what long ones have.
COSTLY = "[$\\"
MOST = 4 * 10**8
AS_WRITTEN = "This text holds so many brackets or formulas that it is shown as it was written."


OBJECT = "<IPython.core.display."  # what stands for a formula as text: its kind
WORD = re.compile(r"formula-([0-9a-f]{32})")


class Ready:
    """`cells` for nbconvert; `placed` puts the drawn formulas into the page that came of one, once it is clean."""

    def __init__(self, notebook: Any) -> None:
        import nbformat
        from nbformat.v4.rwbase import rejoin_lines

        # Jupyter writes a list of lines wherever there is text of several lines.
        joined = rejoin_lines(nbformat.from_dict(notebook | {"cells": notebook.get("cells", [])}))
        self.cells, self.left = joined["cells"], MOST
        self._drawn = dict[str, str]()
        for cell in self.cells:
            cell.pop("id", None)
            for data in bundles(cell):
                self.prepare(data)

    def affords(self, text: str) -> bool:
        """Asked once for each text that is Markdown."""
        cost = len(text) * sum(map(text.count, COSTLY))
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def prepare(self, data: Any) -> None:
        """What programs are by design is cut from an output; a formula becomes a word that nobody can guess."""
        for kind in [k for k in data if k not in SHOWN]:
            del data[kind]
        if "text/markdown" in data and not self.affords(str(data["text/markdown"])):
            data.setdefault("text/plain", data["text/markdown"])
            del data["text/markdown"]
        latex = str(data.pop("text/latex", ""))
        if latex and "text/html" not in data and "text/markdown" not in data:
            self.prepare_formula(data, latex)

    def prepare_formula(self, data: Any, latex: str) -> None:
        made = formulas.alone(latex)
        if made:
            word = secrets.token_hex(16)
            self._drawn[word] = made
            data["text/html"] = f"<div>formula-{word}</div>"
        elif str(data.get("text/plain", OBJECT)).startswith(OBJECT):
            data["text/plain"] = latex

    def placed(self, cleaned: str) -> str:
        return WORD.sub(lambda found: self._drawn.pop(found[1], found[0]), cleaned)


def bundles(cell: Any) -> Iterator[Any]:
    """The same output in several forms, of which one is shown."""
    for output in cell.get("outputs", []):
        yield output.get("data", {})
