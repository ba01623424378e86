"""Canvas's gradebook import as its documentation describes it, for tests: who is matched how, and what is left out.

Written from the documented rules alone; it shares no code with the export.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal

LEFT_OUT = ("Current Score", "Current Points", "Current Grade", "Final Score", "Final Points", "Final Grade")
FIXED = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


@dataclass
class Gradebook:
    """What Canvas knows: students as (name, id, sis id, login), assignments by id, and scores by (student, assignment)."""

    students: list[tuple[str, str, str, str]]
    assignments: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    scores: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class Import:
    created: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    changed: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    possible: dict[str, str] = field(default_factory=dict)


def read(text: str, canvas: Gradebook) -> Import:
    assert not text.startswith("\ufeff")
    head, *lines = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(head[:5]) == FIXED
    found, columns = Import(), {}
    for at, title in enumerate(head[5:], 5):
        if any(phrase in title for phrase in LEFT_OUT):
            found.left_out.append(title)
            continue
        columns[at] = assignment(title, canvas, found)
    if lines and lines[0][0].strip() == "Points Possible":
        points = lines.pop(0)
        found.possible = {key: points[at] for at, key in columns.items() if points[at] != "(read only)"}
    for line in lines:
        student = match(line, canvas)
        if student is None:
            found.unmatched.append(line[0])
            continue
        for at, key in columns.items():
            before, after = canvas.scores.get((student, key), ""), line[at]
            assert re.fullmatch(r"(\d+\.\d\d|EX|N/A|)", after), after
            if after != before:
                found.changed[student, key] = before, after
    return found


def assignment(title: str, canvas: Gradebook, found: Import) -> str:
    told = re.fullmatch(r"(.*) \((\d+)\)", title)
    if told and told[2] in canvas.assignments:
        return told[2]
    for key, (name, _) in canvas.assignments.items():
        if name == title:
            return key
    found.created.append(title)
    return title


def match(line: list[str], canvas: Gradebook) -> str | None:
    """By ID, then SIS User ID, then SIS Login ID, then name."""
    name, key, sis, login = line[:4]
    for said, at in ((key, 1), (sis, 2), (login, 3), (name, 0)):
        for student in canvas.students:
            if said and student[at] == said:
                return student[1]
    return None
