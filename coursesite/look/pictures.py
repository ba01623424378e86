"""Pictures drawn on the server: histogram, scatter, lines. Pure: numbers in, markup out.

Each is a figure that says in a sentence what it shows and holds its numbers as a table, for whoever does not see it.
Colours come from classes (look/pictures.css), since our pages allow no inline styles.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Number = int | float | Decimal
Row = Sequence[object]
WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 24, 44
DASHES = ("", "7 4", "2 4", "10 3 2 3", "4 2")


@dataclass(frozen=True)
class Axis:
    """Puts numbers between `low` and `high` on the picture between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: Number) -> str:
        share = (float(value) - self.low) / ((self.high - self.low) or 1)
        return f"{self.start + share * (self.end - self.start):.1f}"


def across(low: float, high: float) -> Axis:
    return Axis(low, high, LEFT, WIDTH - RIGHT)


def up(high: float) -> Axis:
    return Axis(0, high, HEIGHT - BOTTOM, TOP)


def histogram(
    values: Sequence[Number],
    *,
    title: str,
    high: Number = 100,
    bins: int = 10,
    unit: str = "%",
    own: Number | None = None,
) -> SafeString:
    """How many values lie in each of `bins` equal steps from 0 to `high`, and above it where there are any.

    `own` marks the reader's value. Whoever shows it to students keeps cohorts under five out.
    """
    step = float(high) / bins
    counts = counted(values, step, bins)
    labels = [span(i, step, bins, unit) for i in range(len(counts))]
    most = max(counts, default=0)
    x, y = across(0, len(counts)), up(most or 1)
    mine = None if own is None else place(own, step, bins)
    parts = [*grid(y, whole(most), ""), *bars(counts, x, y, mine)]
    edges = [(i, plain(i * step)) for i in range(bins + 1)]
    # Where the reader's own mark stands at the right, the axis is named at the left.
    named = axis_name(unit_name(unit), at_left=mine is not None and mine > bins // 2)
    parts += [*(tick(x.at(i), text) for i, text in edges), named]
    rows = [(f"{label} (you)" if i == mine else label, counts[i]) for i, label in enumerate(labels)]
    return figure(parts, title, spoken(values, labels, counts, own, unit), (unit_name(unit), "Students"), rows)


def counted(values: Sequence[Number], step: float, bins: int) -> list[int]:
    found = Counter(place(value, step, bins) for value in values)
    return [found[i] for i in range(bins + (bins in found))]


def place(value: Number, step: float, bins: int) -> int:
    """The last step holds its upper edge; what lies above it has a step of its own."""
    if float(value) == step * bins:
        return bins - 1
    return min(int(float(value) / step + 1e-9), bins)


def span(i: int, step: float, bins: int, unit: str) -> str:
    if i >= bins:
        return f"above {plain(bins * step)} {unit}"
    return f"{plain(i * step)} to {'' if i == bins - 1 else 'under '}{plain((i + 1) * step)} {unit}"


def bars(counts: Sequence[int], x: Axis, y: Axis, mine: int | None) -> Iterator[SafeString]:
    wide = float(x.at(1)) - float(x.at(0))
    for i, count in enumerate(counts):
        left, top = float(x.at(i)), float(y.at(count))
        kind, middle = ("bar own" if i == mine else "bar"), f"{left + wide / 2:.1f}"
        box = (f"{left + 1:.1f}", f"{top:.1f}", f"{wide - 2:.1f}", f"{HEIGHT - BOTTOM - top:.1f}")
        if count:
            yield format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', kind, *box)
            yield format_html('<text class="count" x="{}" y="{}">{}</text>', middle, f"{top - 4:.1f}", count)
        if i == mine:
            yield format_html('<text class="count" x="{}" y="{}">▲ you</text>', middle, HEIGHT - 8)


def spoken(
    values: Sequence[Number], labels: Sequence[str], counts: Sequence[int], own: Number | None, unit: str
) -> str:
    if not values:
        return "No values yet."
    most = max(counts)
    said = f"{len(values)} values; most ({most}) lie at {labels[counts.index(most)]}."
    return said if own is None else f"{said} Yours is {plain(float(own))} {unit}."


def scatter(points: Sequence[tuple[Number, Number]], *, title: str, names: tuple[str, str]) -> SafeString:
    """Percent against percent, one dot for each student; where several meet, the dot is larger."""
    high = float(max([100, *(value for point in points for value in point)]))
    x, y = across(0, high), up(high)
    dots = Counter((round(float(a) / 2) * 2, round(float(b) / 2) * 2) for a, b in points)
    parts = [*grid(y, steps(high), "%"), *(tick(x.at(at), plain(at)) for at in steps(high)), axis_name(names[0])]
    parts.append(format_html('<text class="axis" x="{}" y="{}">{} ↑</text>', LEFT, TOP - 10, names[1]))
    for (a, b), count in sorted(dots.items()):
        size = f"{min(9, 2.5 + count**0.5):.1f}"
        parts.append(format_html('<circle class="dot" cx="{}" cy="{}" r="{}"/>', x.at(a), y.at(b), size))
    said = f"{len(points)} students, {names[0]} across and {names[1]} upwards." if points else "No values yet."
    return figure(parts, title, said, crossed_head(names), crossed(points))


def crossed_head(names: tuple[str, str]) -> list[str]:
    return [f"{names[0]} \\ {names[1]}", *(f"{low} to {low + 20} %" for low in range(0, 100, 20))]


def crossed(points: Sequence[tuple[Number, Number]]) -> list[Row]:
    """The same as counts, in bands of twenty percent."""
    found = Counter((place(a, 20, 5), place(b, 20, 5)) for a, b in points)
    bands = [min(i, 4) for i in range(5)]
    low = {(i, j): 0 for i in bands for j in bands}
    for (i, j), count in found.items():
        low[min(i, 4), min(j, 4)] += count
    return [(f"{20 * i} to {20 * i + 20} %", *(low[i, j] for j in bands)) for i in bands]


def lines(
    series: Mapping[str, Sequence[Number | None]],
    *,
    title: str,
    labels: Sequence[str],
    unit: str = "%",
    high: Number = 100,
) -> SafeString:
    """One line for each name over the same labels; None leaves a gap. Lines differ by dashes and by their name."""
    top = float(max([high, *(value for row in series.values() for value in row if value is not None)]))
    x, y = across(0, max(1, len(labels) - 1)), up(top)
    every = ceil(len(labels) / 8) or 1
    parts = [*grid(y, steps(top), unit)]
    parts += [tick(x.at(i), label) for i, label in enumerate(labels) if i % every == 0]
    parts += legend(list(series))
    for n, row in enumerate(series.values()):
        parts += line(n, row, x, y)
    rows = [(label, *(plain(row[i]) for row in series.values())) for i, label in enumerate(labels)]
    said = f"{', '.join(series)} from {labels[0]} to {labels[-1]}." if labels and series else "No values yet."
    return figure(parts, title, said, ("", *series), rows)


def legend(names: Sequence[str]) -> Iterator[SafeString]:
    """Above the lines, since their ends often meet."""
    at = LEFT
    for n, name in enumerate(names):
        dash = DASHES[n % len(DASHES)] or "none"
        sample = '<polyline class="line l{}" points="{},8 {},8" stroke-dasharray="{}"/><text x="{}" y="12">{}</text>'
        yield format_html(sample, n, at, at + 24, dash, at + 29, name)
        at += 46 + 7 * len(name)


def line(n: int, row: Sequence[Number | None], x: Axis, y: Axis) -> Iterator[SafeString]:
    known = [(x.at(i), y.at(value)) for i, value in enumerate(row) if value is not None]
    if not known:
        return
    drawn, dash = " ".join(",".join(point) for point in known), DASHES[n % len(DASHES)]
    yield format_html('<polyline class="line l{}" points="{}" stroke-dasharray="{}"/>', n, drawn, dash or "none")
    yield format_html_join("", '<circle class="dot l{}" cx="{}" cy="{}" r="2.5"/>', [(n, *point) for point in known])


def grid(y: Axis, at: Sequence[float], unit: str) -> Iterator[SafeString]:
    for value in at:
        here = y.at(value)
        yield format_html('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>', LEFT, WIDTH - RIGHT, here, here)
        yield format_html('<text class="side" x="{}" y="{}">{}{}</text>', LEFT - 6, float(here) + 4, plain(value), unit)


def tick(at: str, text: str) -> SafeString:
    return format_html('<text class="tick" x="{}" y="{}">{}</text>', at, HEIGHT - BOTTOM + 17, text)


def axis_name(text: str, *, at_left: bool = False) -> SafeString:
    if at_left:
        return format_html('<text class="axis" x="{}" y="{}">{} →</text>', LEFT, HEIGHT - 8, text)
    return format_html('<text class="axis end" x="{}" y="{}">{} →</text>', WIDTH - RIGHT, HEIGHT - 8, text)


def unit_name(unit: str) -> str:
    return "Percent" if unit == "%" else unit.capitalize()


def whole(most: int) -> list[float]:
    """Where lines stand beside counts: whole numbers, four steps at most."""
    return [value for value in steps(max(most, 1)) if value == int(value)]


def steps(high: float) -> list[float]:
    """0 and multiples of 1, 2 or 5 times a power of ten."""
    power: float = 10 ** (ceil(log10(high)) - 1)
    step: float = next(power * n for n in (0.2, 0.5, 1, 2, 5) if high / (power * n) <= 5)
    return [i * step for i in range(int(high / step + 1e-9) + 1)]


def plain(value: Number | None) -> str:
    """As short as it can be: 12 and 12.5, never 12.50."""
    return "none" if value is None else f"{float(value):.2f}".rstrip("0").rstrip(".")


def figure(
    parts: Sequence[SafeString], title: str, said: str, head: Row, rows: Sequence[Row], height: int = HEIGHT
) -> SafeString:
    """What is seen, what is said, and the numbers."""
    svg = format_html(
        '<svg viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>',
        WIDTH,
        height,
        title,
        said,
        format_html_join("", "{}", ((part,) for part in parts)),
    )
    return format_html(
        '<figure class="picture"><figcaption><b>{}</b> <span>{}</span></figcaption>{}'
        "<details><summary>The same as a table</summary><table><caption>{}</caption>"
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></details></figure>",
        title,
        said,
        svg,
        title,
        format_html_join("", '<th scope="col">{}</th>', ((cell,) for cell in head)),
        format_html_join("", "<tr>{}</tr>", ((table_row(row),) for row in rows)),
    )


def table_row(row: Row) -> SafeString:
    first, *rest = row
    cells = format_html_join("", "<td>{}</td>", ((cell,) for cell in rest))
    return format_html('<th scope="row">{}</th>{}', first, cells)


def intervals(rows: Sequence[tuple[str, Number, Number | None, Number | None]], *, title: str, unit: str) -> SafeString:
    """A mean with its interval for each name, beside a line at zero; without an interval the dot stands alone."""
    reach = max([5.0, *(abs(float(value)) for _, *values in rows for value in values if value is not None)])
    left, tall = 150, 28 * len(rows) + TOP
    x = Axis(-reach, reach, left, WIDTH - RIGHT)
    zero = x.at(0)
    parts = [format_html('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>', zero, zero, TOP - 8, tall)]
    for n, (name, mean, low, high) in enumerate(rows):
        parts += interval(name, TOP + 10 + 28 * n, x, mean, low, high)
    for value in (-reach, 0, reach):
        text = f"{value:+.0f}" if value else "0"
        parts.append(format_html('<text class="tick" x="{}" y="{}">{}</text>', x.at(value), tall + 16, text))
    told = [
        (name, signed(mean), "none" if low is None or high is None else f"{signed(low)} to {signed(high)}")
        for name, mean, low, high in rows
    ]
    said = "; ".join(f"{name} {mean}" for name, mean, _ in told) + f", in {unit}." if rows else "No values yet."
    return figure(parts, title, said, ("", "Mean", "95 % interval"), told, tall + 24)


def interval(name: str, y: int, x: Axis, mean: Number, low: Number | None, high: Number | None) -> Iterator[SafeString]:
    short = name if len(name) <= 20 else f"{name[:19]}…"
    yield format_html('<text x="0" y="{}">{}</text>', y + 4, short)
    if low is not None and high is not None:
        yield format_html('<polyline class="line" points="{},{} {},{}"/>', x.at(low), y, x.at(high), y)
    yield format_html('<circle class="dot" cx="{}" cy="{}" r="4"/>', x.at(mean), y)


def signed(value: Number) -> str:
    return f"{float(value):+.1f}"
