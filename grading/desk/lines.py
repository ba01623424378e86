"""The items of a rubric as they stand where it is written: under their groups, as at the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coursesite.look.templatetags.look import points

from ..models import RubricGroup, RubricItem
from . import rubric


@dataclass(frozen=True)
class Line:
    """An item in its form: what was typed and refused, else what is stored. `used` is by how many marks."""

    row: RubricItem
    number: int
    used: int
    points: str
    text: str
    group: str
    refused: bool


@dataclass
class Section:
    """Items of one group; those of none come first."""

    group: RubricGroup | None
    lines: list[Line] = field(default_factory=list)


def sections(
    rows: Sequence[RubricItem], groups: Sequence[RubricGroup], used: Mapping[int, int], sent: Mapping[str, str]
) -> list[Section]:
    """`sent`: a change that was refused, or nothing. Numbers run through all of them, as the keys of the desk do."""
    found = {group.pk: Section(group) for group in groups}
    first = Section(None)
    for number, row in enumerate(sorted(rows, key=rubric.place), 1):
        section = found.get(row.group_id, first) if row.group_id else first
        section.lines.append(line(row, number, used.get(row.pk, 0), sent))
    return [first, *found.values()] if first.lines else list(found.values())


def line(row: RubricItem, number: int, used: int, sent: Mapping[str, str]) -> Line:
    refused = sent.get("act") == "change" and sent.get("item") == str(row.pk)
    stored = {"points": points(row.points), "text": row.text, "group": str(row.group_id or "")}
    shown = {name: sent.get(name, "") if refused else value for name, value in stored.items()}
    return Line(row, number, used, **shown, refused=refused)
