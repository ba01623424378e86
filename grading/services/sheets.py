"""A CSV in Canvas's form, as it is written: which columns are items, which lines are students, what each cell says."""

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError

from coursesite.roster.models import Course, Enrollment
from coursesite.roster.services import Progress

from ..models import Item
from ..policy import State
from .export_shapes import HEAD, heading, safe

ID = re.compile(r"^(?P<title>.*?)\s*\((?P<id>\d{1,30})\)$", re.ASCII)
NUMBER = re.compile(r"^[+-]?(\d{1,9}([.,]\d{0,20})?|[.,]\d{1,20})$", re.ASCII)
BLANK = {"", "N/A"}
SEPARATED = re.compile(r'\s*"?Student"?[ ]*([,;\t])')
READ_ONLY = "(read only)"
# What Canvas writes beside the students, and what it takes for totals and leaves out when it reads.
BESIDE = {*HEAD, "Root Account", "Integration ID", "Notes"}
MOST = 200  # mistakes that are told
LONGEST = 50  # characters of an ID
HIGHEST = Decimal(100_000)
TEST_STUDENT = "Student, Test"
TOTALS = re.compile(
    r"\b(current|final|override) (score|grade|points|status)\b|\bunposted (current|final)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What the file says of one student in one column; points None with state ungraded clears it.

    `said` is the number that stands there, out of `out_of` points.
    """

    enrollment: Enrollment
    item: Item
    state: str
    points: Decimal | None = None
    said: Decimal | None = None
    out_of: Decimal = Decimal(1)


@dataclass
class Sheet:
    """The whole file, read; of its cells those that were asked for. Ids of Canvas and the registrar that were not known
    here are learned."""

    cells: list[Cell] = field(default_factory=list)
    item_ids: dict[int, str] = field(default_factory=dict)
    people_ids: dict[int, dict[str, str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def decoded(data: bytes, name: str) -> str:
    """UTF-8, or UTF-16 as Excel writes "Unicode text"; ValidationError says what to do with anything else."""
    if data.startswith(b"PK"):
        raise ValidationError(f"{name} is a workbook. Save it as “CSV UTF-8” in the spreadsheet, and take that file.")
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(
            f"{name} can't be read as UTF-8 text. Save it as “CSV UTF-8” in the spreadsheet, and take that file."
        ) from None
    if "\0" in text:
        raise ValidationError(f"{name} is no text.")
    return text


def read(course: Course, text: str, name: str, wanted: Callable[[Cell], bool], progress: Progress = iter) -> Sheet:
    """Keeps the cells that are `wanted`, since a file may have a million. ValidationError lists every mistake with
    its line."""
    lines = table(text, name)
    if not lines or lines[0][1][0] != "Student":
        raise ValidationError(f"{name}:1: the first column must be “Student”, as in a Canvas export.")
    head, possible, students = parts(lines)
    sheet = Sheet(left_out=[title for at, title in head.items() if possible.get(at, "").strip() == READ_ONLY])
    items = columns(course, name, {at: title for at, title in head.items() if title not in sheet.left_out}, sheet)
    people, mistakes = Students(course), list[str]()
    for line, row in progress(students):
        try:
            if any(row[len(head) :]):
                raise ValidationError("this line has more cells than the first; a comma may stand without quotes.")
            student = people.find(row, line)
            learn(sheet, student, row)
            sheet.cells += filter(wanted, row_cells(student, items, possible, row))
        except ValidationError as problem:
            mistakes += [f"{name}:{line}: {message}" for message in problem.messages]
    if mistakes:
        raise ValidationError(mistakes[:MOST] + more(len(mistakes) - MOST))
    return sheet


def more(count: int) -> list[str]:
    return [f"And {count} more."] if count > 0 else []


def table(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Lines that say anything, each with its number; commas, semicolons or tabs, as the first line has it."""
    text = text.removeprefix("\ufeff")
    found = SEPARATED.match(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=found[1] if found else ",", strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise ValidationError(f"{name}:{reader.line_num}: this is no CSV ({problem}).") from None
    return [(line, [unescaped(cell) for cell in row]) for line, row in rows if any(cell.strip() for cell in row)]


def parts(
    lines: list[tuple[int, list[str]]],
) -> tuple[dict[int, str], dict[int, str], list[tuple[int, list[str]]]]:
    """Titles by column, points possible by column, and the students' lines."""
    (_, head), rest = lines[0], lines[1:]
    possible: dict[int, str] = {}
    # Canvas writes a line of its own before the points when grades are posted by hand.
    if rest and not any(rest[0][1][:5]) and any("posting" in cell.lower() for cell in rest[0][1]):
        rest = rest[1:]
    if rest and rest[0][1][0].strip() == "Points Possible":
        possible, rest = dict(enumerate(rest[0][1])), rest[1:]
    return dict(enumerate(head)), possible, [(line, row) for line, row in rest if row[0].strip() != TEST_STUDENT]


def unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@", "'\t", "'\r")) else cell


def columns(course: Course, name: str, head: dict[int, str], sheet: Sheet) -> dict[int, Item]:
    """Column number to item: as the export titles it, by the trailing (id), then by title."""
    known = Columns(course)
    found, unknown = dict[int, Item](), list[str]()
    for at, title in head.items():
        if at < len(HEAD) and title in HEAD:
            continue
        item, canvas_id = known.find(title)
        if item and item in found.values():
            raise ValidationError(f"{name}:1: “{title}” stands there twice.")
        if item:
            found[at] = item
            if canvas_id and not item.canvas_id:
                sheet.item_ids[item.pk] = canvas_id
        elif title not in BESIDE:
            unknown.append(title)
    if unknown:
        raise ValidationError(f"{name}:1: {known.refusal(unknown)}")
    return found


class Columns:
    """Finds the item that a title means."""

    def __init__(self, course: Course) -> None:
        self.course = course
        items = list(Item.objects.filter(category__course=course))
        self.heads = {unescaped(safe(heading(i))): i for i in items}
        self.ids, self.titles = {i.canvas_id: i for i in items if i.canvas_id}, {i.title: i for i in items}

    def find(self, title: str) -> tuple[Item | None, str]:
        """With the ID that Canvas has for it, where the title tells one."""
        if title in self.heads:
            return self.heads[title], ""
        match = ID.match(title)
        if match is None:
            return self.titles.get(title), ""
        return self.ids.get(match["id"]) or self.titles.get(match["title"]), match["id"]

    def refusal(self, unknown: list[str]) -> str:
        if any(title.removesuffix(" state") in self.heads for title in unknown):
            return "this is the complete form, which is for reading. Change the scores in the form for Canvas."
        return f"there is no item {', '.join(f'“{t}”' for t in unknown)} in {self.course.slug}."


def learn(sheet: Sheet, student: Enrollment, row: list[str]) -> None:
    """Ids that the file tells and that nobody has said here."""
    _, canvas_id, sis_id = [*row, "", "", ""][:3]
    told = {"canvas_id": canvas_id.strip(), "sis_id": sis_id.strip()}
    new = {name: value for name, value in told.items() if value and not getattr(student.user, name)}
    if any(len(value) > LONGEST for value in new.values()):
        raise ValidationError(f"an ID has {LONGEST} characters at most.")
    if new:
        sheet.people_ids[student.user_id] = new


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


def row_cells(student: Enrollment, items: dict[int, Item], possible: dict[int, str], row: list[str]) -> Iterator[Cell]:
    mistakes, found = list[str](), list[Cell]()
    for at, item in items.items():
        try:
            found.append(read_cell(student, item, possible.get(at, ""), row[at] if at < len(row) else ""))
        except ValidationError as problem:
            mistakes += problem.messages
    if mistakes:
        raise ValidationError(mistakes)
    yield from found


def read_cell(student: Enrollment, item: Item, possible: str, text: str) -> Cell:
    text = text.strip()
    if text in BLANK:
        return Cell(student, item, State.UNGRADED.value)
    if text.upper() == "EX":
        return Cell(student, item, State.EXCUSED.value)
    said = number(text, item)
    out_of = above_zero(number(possible, item), item) if possible.strip() else item.points_possible
    points = (said * item.points_possible / out_of).quantize(Decimal("0.0001"))
    if points >= HIGHEST:
        raise ValidationError(f"{item.title}: {text} of {possible.strip()} would be more than 99,999 points.")
    return Cell(student, item, State.GRADED.value, points, said, out_of)


def number(text: str, item: Item) -> Decimal:
    value = parsed(text.strip())
    if value is None:
        raise ValidationError(f"{item.title}: “{text[:60]}” is not a number, EX or blank.")
    if not 0 <= value < HIGHEST:
        raise ValidationError(f"{item.title}: {text} is not between 0 and 99,999.")
    return value


@lru_cache(maxsize=20_000)
def parsed(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if NUMBER.match(text) else None


def above_zero(possible: Decimal, item: Item) -> Decimal:
    if not possible:
        raise ValidationError(f"{item.title}: its Points Possible are 0.")
    return possible


def ignored_by_canvas(course: Course) -> list[str]:
    """Titles that Canvas takes for totals: it would leave such a column out without a word."""
    titles = Item.objects.filter(category__course=course).order_by("position").values_list("title", flat=True)
    return [title for title in titles if TOTALS.search(title)]
