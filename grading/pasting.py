"""A pasted column, line by line: whose score each line is and what it says. Pure but for the students it is given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from . import written
from .written import Wanted

LINES = 20_000


@dataclass(frozen=True)
class Line:
    """`student` is an enrolment; without one, or with `refused`, nothing comes of it."""

    said: str
    student: int | None = None
    wanted: Wanted | None = None
    refused: str = ""


def lines(text: str, order: Sequence[int], known: Mapping[str, int], possible: Decimal, title: str = "") -> list[Line]:
    """With a tab the line names its student by e-mail or ID; without one it stands for the next student in `order`.

    A blank leaves its student as they are. A first line that is the column's title was copied along and is none.
    """
    found, seen = list[Line](), set[int]()
    for row in read(text, order, known, title):
        line = judged(row, possible)
        if line.student in seen and not line.refused:
            line = Line(line.said, line.student, refused="This student stands in an earlier line already.")
        if line.student is not None and (line.wanted or line.refused):
            seen.add(line.student)
        if line.wanted or line.refused:
            found.append(line)
    return found


def read(
    text: str, order: Sequence[int], known: Mapping[str, int], title: str
) -> Iterator[tuple[str, str, int | None, str]]:
    """What was said, the value, the student, and why there is none."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")[:LINES]
    if title and rows[0].rpartition("\t")[2].strip().lower() == title.lower():
        del rows[0]  # else every score would go to the student below
    for place, row in enumerate(rows):
        if "\t" in row:
            name, _, value = row.rpartition("\t")
            student = known.get(name.split("\t")[0].strip().lower())
            yield row, value, student, "" if student else f"“{name.strip()[:60]}” is nobody here."
        elif place < len(order):
            yield row, row, order[place], ""
        else:
            yield row, row, None, "There is no student left for this line."


def judged(row: tuple[str, str, int | None, str], possible: Decimal) -> Line:
    said, value, student, refused = row
    if not value.strip():
        return Line(said)
    if refused or student is None:
        return Line(said, refused=refused)
    try:
        return Line(said, student, written.read(value, possible))
    except ValueError as problem:
        return Line(said, student, refused=str(problem))
