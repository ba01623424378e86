"""The page on which a student types scores into open items; everything stands in its address, nothing is stored."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse, QueryDict

from coursesite.look.templatetags.look import points
from coursesite.roster.access import Visit, course_page

from . import policy, queries, steps, sums, whatif
from .policy import Cell, Item, Scheme
from .whatif import Others

NUMBER = re.compile(r"\d+([.,]\d*)?", re.ASCII)
THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+", re.ASCII)
FAR = 10  # times the points possible: so much is a slip of the hand, and no extra credit
CERTAIN = "certain already, whatever comes"
CHOICES = (
    (Others.TYPED, "what I typed, and 0 where I typed nothing"),
    (Others.FULL, "full points"),
    (Others.ZERO, "nothing"),
)


class Field(NamedTuple):
    """An open item's field as it stands on the page."""

    item: Item
    name: str
    text: str
    most: Decimal
    mistake: str

    @property
    def is_extra(self) -> bool:
        return bool(self.text) and not self.mistake and Decimal(self.text.replace(",", ".")) > self.item.possible


@course_page
def what_if(visit: Visit) -> HttpResponse:
    if visit.student is None:
        raise Http404
    scheme, cells = queries.own(visit.student)
    fields = [field(item, cells, visit.request.GET) for item in whatif.open_items(scheme, cells)]
    typed = {f.item.key: Decimal(f.text.replace(",", ".")) for f in fields if f.text and not f.mistake}
    supposed = whatif.supposed(scheme, cells, typed)
    template = "grading/_what_if.html" if visit.request.htmx else "grading/what_if.html"  # type: ignore[attr-defined]
    return visit.page(
        template,
        fields=fields,
        mistakes=[f for f in fields if f.mistake],
        figures=moved(policy.figures(scheme, cells), policy.figures(scheme, supposed)),
        letter=policy.figures(scheme, supposed).letter,
        sum=sums.explain(scheme, supposed),
        choices=CHOICES,
        **sought(scheme, cells, supposed, fields, visit.request.GET),
    )


def field(item: Item, cells: queries.Cells, sent: QueryDict) -> Field:
    name = f"i{item.key}"
    text = sent.get(name, "").strip()
    most = whatif.most(item, cells)
    return Field(item, name, text, most, mistake(text, item, most) if text else "")


def mistake(text: str, item: Item, most: Decimal) -> str:
    """Why this can't be counted with, in a sentence; empty when it can."""
    if text.startswith("-") and NUMBER.fullmatch(text[1:]):
        return "Points can't be below zero."
    if THOUSANDS.fullmatch(text):
        return f"{text} could be read in two ways: write it without a comma, or with a point."
    if not NUMBER.fullmatch(text):
        return "Points are a number, like 85 or 7.5."
    value = Decimal(text.replace(",", "."))
    if value > item.possible * FAR:
        return f"There are only {points(item.possible)} points here."
    if value > most and most < item.possible:
        return f"It came late, so that it can bring {points(most)} points at most."
    return "" if value == round(value, 4) else "Points have four decimals at most."


def moved(now: policy.Figures, then: policy.Figures) -> list[tuple[str, Decimal | None, Decimal | None]]:
    names = (("Guaranteed = final", "final"), ("So far", "so_far"), ("Reachable", "reachable"))
    return [(title, getattr(now, name), getattr(then, name)) for title, name in names]


def sought(
    scheme: Scheme, cells: queries.Cells, supposed: dict[int, Cell], fields: list[Field], sent: QueryDict
) -> dict[str, Any]:
    """For each letter, what the chosen item must bring."""
    items = [f.item for f in fields]
    chosen = next((item for item in items if str(item.key) == sent.get("item")), items[-1] if items else None)
    asked = sent.get("others")
    others = Others(asked) if asked in set(Others) else Others.TYPED
    rest = supposed if others == Others.TYPED else whatif.filled(scheme, cells, others)
    now = policy.figures(scheme, cells).final
    answers = [
        (name, minimum, CERTAIN if sure(now, minimum) else answer(whatif.needed(scheme, cells, rest, chosen, name)))
        for name, minimum in (scheme.cutoffs if chosen else ())
        if chosen
    ]
    return {"chosen": chosen, "others": others, "others_said": dict(CHOICES)[others], "answers": answers}


def sure(now: Decimal | None, minimum: Decimal) -> bool:
    """What is guaranteed reaches it."""
    return now is not None and now >= minimum


def answer(found: whatif.Needed) -> str:
    if found.least is None:
        with_all = f"{points(found.possible)} points give {steps.said(found.final)}"
        return f"not reachable: {with_all}{f', {found.letter}' if found.letter else ''}"
    if found.least == 0:
        return f"0 points are enough: they give {steps.said(found.final)}"
    return f"{points(found.least)} of {points(found.possible)} points: then {steps.said(found.final)}"
