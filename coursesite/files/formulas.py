"""LaTeX formulas in a notebook's text, as Jupyter shows them, to MathML; in the process of `inspecting`."""

import html
import re

import nh3

from coursesite.look.markup import LOOKS, MATHS, maths

TAG = re.compile(r"(<[^>]*>)")
VERBATIM = ("code", "pre")
MOST = 2_000  # formulas of one cell; what comes after them stays as it was written
FORMULA = re.compile(
    r"\$\$(?P<block>[^$]{1,5000})\$\$"
    r"|(?P<environment>\\begin\{(?P<name>equation|align|gather|aligned|multline)(?P<star>\*?)\}.{1,5000}?"
    r"\\end\{(?P=name)(?P=star)\})"
    r"|(?<![\\$])\$(?P<inline>[^\s$](?:[^$]{0,5000}[^\s$\\])?)\$(?!\d)",
    re.DOTALL,
)


def shown(cleaned: str) -> str:
    """HTML that is clean already, with its formulas drawn; those in code stay text."""
    inside, left, parts = 0, MOST, list[str]()
    for piece in TAG.split(cleaned):
        if piece.startswith("<"):
            inside += opens(piece)
            parts.append(piece)
        elif inside or ("$" not in piece and "\\begin" not in piece):
            parts.append(piece)
        else:
            made, count = FORMULA.subn(drawn, piece, count=max(left, 1)) if left else (piece, 0)
            parts.append(made)
            left -= min(count, left)
    return "".join(parts)


def alone(latex: str) -> str:
    """An output that is formulas, as MathML; nothing where it is more than that, or can't be read: then its text says
    more than half a formula."""
    text = html.escape(latex.strip(), quote=False)
    made, count = FORMULA.subn(drawn, text, count=MOST)
    rest = FORMULA.sub("", text, count=MOST)
    return "" if not count or "<code>" in made or "$" in rest or "\\" in rest else made


def opens(tag: str) -> int:
    name = tag.strip("</>").partition(" ")[0].lower()
    return 0 if name not in VERBATIM else -1 if tag.startswith("</") else 1


def drawn(found: "re.Match[str]") -> str:
    latex = html.unescape(found["block"] or found["environment"] or found["inline"])
    made = maths(latex, {"display_mode": not found["inline"]})
    return nh3.clean(made, tags={"code", *MATHS}, attributes={tag: LOOKS for tag in MATHS})
