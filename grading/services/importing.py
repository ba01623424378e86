"""Scores from a CSV in Canvas's form: read as a whole, checked as a whole, written as a whole."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster.models import Course, Enrollment
from coursesite.roster.services import Progress

from ..models import Item, Score, Source
from ..policy import State
from . import computing
from .export import HEAD

ID = re.compile(r"^(?P<title>.*?)\s*\((?P<id>\d+)\)$")
NUMBER = re.compile(r"^[+-]?(\d{1,9}([.,]\d{0,20})?|[.,]\d{1,20})$", re.ASCII)
BLANK = {"", "N/A"}
BATCH = 1000


@dataclass(frozen=True)
class Change:
    """A cell that would be written; points None with state ungraded clears it."""

    enrollment: Enrollment
    item: Item
    state: str
    points: Decimal | None


@transaction.atomic
def scores_import(*, course: Course, file: Path, progress: Progress = iter) -> list[Change]:
    changes = preview(course=course, file=file, progress=progress)
    now = timezone.now()
    for start in range(0, len(changes), BATCH):
        Score.objects.bulk_create(
            [score(change, now) for change in changes[start : start + BATCH]],
            update_conflicts=True,
            unique_fields=["enrollment", "item"],
            update_fields=["state", "points", "raw_points", "source", "changed_at"],
        )
    computing.soon()
    return changes


def score(change: Change, now: datetime) -> Score:
    """What is cleared belongs to the marks again, and to the deadline job."""
    source = Source.MARKS if change.state == State.UNGRADED else Source.IMPORT
    found = Score(enrollment=change.enrollment, item=change.item, state=change.state, source=source, changed_at=now)
    found.points = found.raw_points = change.points  # type: ignore[assignment]
    return found


def preview(*, course: Course, file: Path, progress: Progress = iter) -> list[Change]:
    """Every cell that would change; ValidationError lists every mistake with its line."""
    lines = read(file)
    if not lines or lines[0][1][0] != "Student":
        raise ValidationError(f"{file.name}:1: the first column must be “Student”, as in a Canvas export.")
    items = columns(course, file.name, lines[0][1])
    possible, students = {}, lines[1:]
    if students and students[0][1][0].strip() == "Points Possible":
        possible, students = dict(enumerate(students[0][1])), students[1:]
    people, stored, mistakes, changes = Students(course), Stored(course), list[str](), list[Change]()
    for line, row in progress(students):
        try:
            changes += row_changes(people.find(row, line), stored, items, possible, row)
        except ValidationError as problem:
            mistakes += [f"{file.name}:{line}: {message}" for message in problem.messages]
    if mistakes:
        raise ValidationError(mistakes)
    return changes


def read(file: Path) -> list[tuple[int, list[str]]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        head = text.readline()
        text.seek(0)
        reader = csv.reader(text, delimiter=";" if head.count(";") > head.count(",") else ",")
        return [(reader.line_num, [unescaped(cell) for cell in row]) for row in reader if row]


def unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@", "'\t", "'\r")) else cell


def columns(course: Course, name: str, head: list[str]) -> dict[int, Item]:
    """Column number to item: by the trailing (id), then by exact title."""
    items = list(Item.objects.filter(category__course=course))
    ids, titles = {i.canvas_id: i for i in items if i.canvas_id}, {i.title: i for i in items}
    found, unknown = dict[int, Item](), list[str]()
    for at, title in enumerate(head):
        match = ID.match(title)
        item = (ids.get(match["id"]) or titles.get(match["title"])) if match else titles.get(title)
        if item and item in found.values():
            raise ValidationError(f"{name}:1: “{title}” stands there twice.")
        if item:
            found[at] = item
        elif title not in HEAD:
            unknown.append(title)
    if unknown:
        raise ValidationError(f"{name}:1: there is no item {', '.join(f'“{t}”' for t in unknown)} in {course.slug}.")
    return found


class Students:
    """Finds a line's student by ID, SIS User ID, SIS Login ID (the e-mail), then name."""

    def __init__(self, course: Course) -> None:
        self.lines: dict[int, int] = {}
        self.by: list[dict[str, list[Enrollment]]] = [{}, {}, {}, {}]
        for student in Enrollment.objects.filter(course=course).students().select_related("user"):
            user = student.user
            for index, key in zip(self.by, (user.canvas_id, user.sis_id, user.email, user.sort_name), strict=True):
                index.setdefault(key.lower(), []).append(student)

    def find(self, row: list[str], line: int) -> Enrollment:
        student = self.match(row)
        first = self.lines.setdefault(student.pk, line)
        if first != line:
            raise ValidationError(f"{student.user} stands in line {first} already.")
        return student

    def match(self, row: list[str]) -> Enrollment:
        name, *ids = [*row, "", "", "", ""][:4]
        for index, key in zip(self.by, (*ids, name), strict=True):
            matches = index.get(key.strip().lower(), []) if key.strip() else []
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise ValidationError(f"“{key}” fits {len(matches)} students; give an ID.")
        raise ValidationError(f"“{name}” is no student of this course.")


class Stored:
    """State and points of every score of the course, by student and item."""

    def __init__(self, course: Course) -> None:
        rows = Score.objects.filter(item__category__course=course)
        self.cells = {
            (enrollment, item): (state, points)
            for enrollment, item, state, points in rows.values_list("enrollment", "item", "state", "points")
        }

    def differs(self, change: Change) -> bool:
        """A blank over missing, and 0.00 over missing, leave missing as it is."""
        there = self.cells.get((change.enrollment.pk, change.item.pk))
        if there is None:
            return change.state != State.UNGRADED
        if there[0] == State.MISSING and not change.points and change.state != State.EXCUSED:
            return False
        return (change.state, change.points) != there


def row_changes(
    student: Enrollment, stored: Stored, items: dict[int, Item], possible: dict[int, str], row: list[str]
) -> Iterator[Change]:
    mistakes = []
    for at, item in items.items():
        try:
            change = read_cell(student, item, possible.get(at, ""), row[at] if at < len(row) else "")
        except ValidationError as problem:
            mistakes += problem.messages
            continue
        if stored.differs(change):
            yield change
    if mistakes:
        raise ValidationError(mistakes)


def read_cell(student: Enrollment, item: Item, possible: str, text: str) -> Change:
    text = text.strip()
    if text in BLANK:
        return Change(student, item, State.UNGRADED.value, None)
    if text.upper() == "EX":
        return Change(student, item, State.EXCUSED.value, None)
    points = number(text, item)
    if possible.strip():
        points = points * item.points_possible / number(possible, item)
    return Change(student, item, State.GRADED.value, points.quantize(Decimal("0.0001")))


def number(text: str, item: Item) -> Decimal:
    if not NUMBER.match(text.strip()):
        raise ValidationError(f"{item.title}: “{text}” is not a number, EX or blank.")
    value = Decimal(text.strip().replace(",", "."))
    if not 0 <= value < 100_000:
        raise ValidationError(f"{item.title}: {text} is not between 0 and 99,999.")
    return value
