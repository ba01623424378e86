"""What the address of the gradebook asks for: which students, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from coursesite.roster.moments import is_plausible

STATES = {
    "": "any state",
    "to-grade": "handed in, to grade",
    "ungraded": "nothing yet",
    "graded": "graded",
    "missing": "missing",
    "excused": "excused",
    "late": "late",
    "by-hand": "set by hand",
}
WHO = {"": "enrolled", "all": "dropped as well", "dropped": "dropped only", "updating": "being updated"}
FIGURES = ("name", "section", "so_far", "final", "reachable", "letter")
PAGE = 500


@dataclass(frozen=True)
class Asked:
    """`sort` is one of FIGURES or the key of an item; `column` the item in which `state` is looked for, 0 for any."""

    sort: str = "name"
    down: bool = False
    section: int = 0
    state: str = ""
    column: int = 0
    words: str = ""
    who: str = ""
    page: int = 1
    at: str = ""

    @property
    def moment(self) -> datetime | None:
        """In the time zone of the course, which is the present one."""
        try:
            found = parse_datetime(self.at)
        except ValueError:
            return None
        if found is None or not is_plausible(found):
            return None
        return timezone.make_aware(found) if timezone.is_naive(found) else found

    @property
    def limit(self) -> int | None:
        return None if self.page == 0 else PAGE

    @property
    def offset(self) -> int:
        return max(0, self.page - 1) * PAGE

    @property
    def narrows(self) -> bool:
        return bool(self.section or self.state or self.words or self.who)

    def address(self, **changes: Any) -> str:
        """As a query string, without what is usual anyway."""
        asked = replace(self, **changes)
        given = {
            "sort": "" if asked.sort == "name" else asked.sort,
            "down": "1" if asked.down else "",
            "section": asked.section or "",
            "state": asked.state,
            "column": asked.column or "",
            "q": asked.words,
            "who": asked.who,
            "at": asked.at,
            "page": {0: "all", 1: ""}.get(asked.page, asked.page),
        }
        return f"?{urlencode({name: value for name, value in given.items() if value})}"

    def sorted_by(self, sort: str) -> str:
        """Where the head of a column leads: names go upwards first, figures downwards; again turns it round."""
        down = not self.down if self.sort == sort else sort not in ("name", "section")
        return self.address(sort=sort, down=down, page=1 if self.page else 0)


def asked(given: Mapping[str, str], items: set[int]) -> Asked:
    """Whatever makes no sense is as if it weren't there."""
    sort = given.get("sort", "")
    page = given.get("page", "")
    return Asked(
        sort=sort if sort in FIGURES or number(sort) in items else "name",
        down=given.get("down") == "1",
        section=number(given.get("section", "")),
        state=known(given.get("state", ""), STATES),
        column=number(given.get("column", "")) if number(given.get("column", "")) in items else 0,
        words=" ".join(given.get("q", "").replace("\0", "").split())[:100],
        who=known(given.get("who", ""), WHO),
        page=0 if page == "all" else max(1, number(page)),
        at=given.get("at", "")[:40],
    )


def known(text: str, among: Mapping[str, str]) -> str:
    return text if text in among else ""


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
