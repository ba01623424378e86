"""What a person types into a cell, and what it means. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from .policy import State

WORDS = {
    "x": State.EXCUSED,
    "ex": State.EXCUSED,
    "excused": State.EXCUSED,
    "m": State.MISSING,
    "missing": State.MISSING,
}
CLEARS = {"", "-", "\N{EN DASH}", "c", "clear", "open", "u", "ungraded"}
# Neither 1e3 nor 1_000, which Decimal reads too, nor a thousand with its comma and a point.
NUMBER = re.compile(r"[+-]?(\d{1,9}([.,]\d{0,9})?|[.,]\d{1,9})", re.ASCII)
HIGHEST = Decimal(999_999)


class Wanted(NamedTuple):
    """What a cell is to become; UNGRADED clears it: what was set by hand goes, and the marks count again."""

    state: State
    points: Decimal | None = None


CLEAR = Wanted(State.UNGRADED)


def read(text: str, possible: Decimal) -> Wanted:
    """`47.5`, `47,5`, `95 %` of the points possible, `x` for excused, `m` for missing, nothing to clear it.

    ValueError with a sentence for everything else.
    """
    said = text.strip().lower()
    if said in CLEARS:
        return CLEAR
    if said in WORDS:
        return Wanted(WORDS[said])
    share = said.endswith("%")
    number = said.removesuffix("%").strip()
    if not NUMBER.fullmatch(number):
        raise ValueError(f"“{text.strip()[:40]}” is no score: write points, x, m or -.")
    value = Decimal(number.replace(",", "."))
    if value < 0:
        raise ValueError("Points can't be below zero.")
    points = (value * possible / 100 if share else value).normalize()
    if points > HIGHEST:
        raise ValueError("So many points there are not.")
    if points != round(points, 4):
        raise ValueError("Points have four decimals at most.")
    return Wanted(State.GRADED, points)


def short(state: str, points: Decimal | None) -> str:
    """A cell's content as a token that two readers compare: `g47.5`, `m`, `x`, `u`."""
    if state == State.GRADED and points is not None:
        return f"g{points.normalize():f}"
    return {State.MISSING: "m", State.EXCUSED: "x"}.get(State(state), "u")


def token(code: str) -> str:
    """The same from a code of the page, whose marks for late and set by hand are no content."""
    return code.replace("w", "u").replace("l", "").replace("h", "")


def told(token: str) -> str:
    """In words."""
    if token.startswith("g"):
        return token[1:]
    return {"m": "missing", "x": "excused"}.get(token, "open")
