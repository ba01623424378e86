"""Markdown with LaTeX maths, as course staff write it, to HTML and MathML: made on the server, no script, sanitised."""

from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

LONGEST_FORMULA = 5_000
TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "s", "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}  # fmt: skip
MATHS = {
    "math", "menclose", "merror", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd",
    "mtext", "mtr", "munder", "munderover", "none", "semantics",
}  # fmt: skip
LOOKS = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle", "fence",
    "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits",
    "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset",
    "width", "xmlns",
}  # fmt: skip


def maths(latex: str, options: dict[str, Any]) -> str:
    """What can't be read is shown as it was written, so that its author sees it."""
    display = "block" if options.get("display_mode") else "inline"
    if len(latex) > LONGEST_FORMULA:
        return f"<code>{escape(latex)}</code>"
    try:
        return str(convert(latex, display=display))
    except Exception:  # the converter raises many kinds, some of them plain
        return f"<code>{escape(latex)}</code>"


# Headings start below those of the page.
reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
reader.use(dollarmath_plugin, renderer=maths, allow_space=False, double_inline=True)


@lru_cache(maxsize=500)
def rendered(text: str) -> SafeString:
    """Safe to stand on a page of ours."""
    body = reader.render(text)
    for level in (3, 2, 1):
        body = body.replace(f"<h{level}>", f"<h{level + 2}>").replace(f"</h{level}>", f"</h{level + 2}>")
    cleaned = nh3.clean(
        body,
        tags=TAGS | MATHS,
        attributes={"*": {"class"}, "a": {"href"}, "ol": {"start"}} | {tag: LOOKS for tag in MATHS},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(cleaned)  # noqa: S308  # nh3 has just cleaned it
