"""The gradebook's rows as markup. Joined here and not by a template: 50,000 cells would take it seconds."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ..models.overrides import TOLD
from .ledger import Row, Statistics

MARKS = {
    "m": '<b class="missing">✗ missing</b>',
    "x": '<b class="excused">EX</b>',
    "u": '<span class="open">open</span>',
    "w": '<b class="due">▸ to grade</b>',
    "s": '<span class="open">read twice</span>',
    "o": '<span class="open">with others</span>',
}
STATES = {"g": "graded", "m": "missing", "x": "excused", "u": "ungraded", "w": "ungraded", "s": "ungraded",
          "o": "ungraded"}  # fmt: skip
KEPT = '<td class="wait" colspan="4">kept until read twice</td>'
OTHERS = '<td class="wait" colspan="4">partly with others</td>'
WAITING = '<td class="wait" colspan="4">↻ being updated</td>'


def body(rows: Iterable[Row], items: Sequence[int], *, picks: bool) -> SafeString:
    """Table rows; `picks` puts a box before each name."""
    return mark_safe("".join(line(row, items, picks) for row in rows))  # noqa: S308  # texts are escaped below


def line(row: Row, items: Sequence[int], picks: bool) -> str:
    name, pk = escape(row.sort_name), row.pk
    box = f'<input type="checkbox" name="s" value="{pk}" aria-label="Select {name}">' if picks else ""
    gone = ' <b class="gone">dropped</b>' if row.status != "active" else ""
    cells = "".join(
        f'<td data-c="{code}"><a href="{pk}/{item}/">{shown(code)}</a>'
        for item, code in zip(items, row.cells.split(" "), strict=bool(items))
    )
    return (
        f'<tr id="s{pk}"><th scope="row">{box}<a href="students/{pk}/">{name}</a>{gone}</th>'
        f"<td>{escape(row.section or '—')}{figures(row)}{cells}</tr>\n"
    )


def figures(row: Row) -> str:
    """Never an old number as if it were right, and none that would tell what is to be read again unseen, or what others
    alone have."""
    kinds = {code[0] for code in row.cells.split()}
    if kinds & {"s", "o"}:
        return OTHERS if "o" in kinds else KEPT
    if row.stale or (row.final is None and row.letter is None):
        return WAITING
    return (
        f"<td class=letter>{letter(row.letter or '', row.override)}{official(row)}<td class=f>{row.so_far or '—'}"
        f"<td class=f>{row.final or '—'}<td class=f>{row.reachable or '—'}"
    )


def letter(computed: str, override: str | None) -> str:
    if not override:
        return escape(computed or "—")
    said = f"{TOLD.get(override, override)}, set by hand; computed: {computed or 'none'}"
    return f'<span title="{escape(said)}">{escape(override)} <i class="hand">by hand</i></span>'


def official(row: Row) -> str:
    """What the sign-off adds: an amendment, or a letter that is not the one computed now."""
    now = row.override or row.letter or ""
    counts = row.signed if row.amended is None else row.amended
    if counts is None or (counts == now and row.amended is None):
        return ""
    said = f"signed {row.signed or 'without a letter'}" if row.signed is not None else "not signed"
    word = f"signed {counts or '—'}" if row.amended is None else f"amended to {counts or '—'}"
    return f' <i class="signed" title="{escape(said)}; this counts: {escape(counts or "—")}">{escape(word)}</i>'


@lru_cache(maxsize=20_000)
def shown(code: str) -> str:
    """A cell's code (ledger.CELL) in figures and words."""
    flags = code[1:3]
    content = MARKS.get(code[0]) or code.lstrip("glh")
    late = ' <i class="late">late</i>' if "l" in flags else ""
    hand = ' <i class="hand">by hand</i>' if "h" in flags else ""
    return f"{content}{late}{hand}"


def sketch(found: Statistics) -> SafeString:
    """A small histogram for the foot of a column; the column's page has the large one, with its numbers."""
    most = max(found.bins) or 1
    drawn = "".join(
        f'<rect x="{n * 7}" y="{22 - height}" width="6" height="{height}"/>'
        for n, count in enumerate(found.bins)
        if (height := round(22 * count / most))
    )
    return mark_safe(  # noqa: S308  # numbers alone
        f'<svg class="sketch" viewBox="0 0 77 23" aria-hidden="true"><path d="M0 22.5H77"/>{drawn}</svg>'
    )
