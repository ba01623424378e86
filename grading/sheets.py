"""The work as sheets: each page, or a whole notebook, with what graders drew and wrote on it. For the desk and for the
student alike; whoever asks has decided already who may see it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from coursesite.files.models import Format
from coursesite.handin import queries as handin
from coursesite.handin.models import Problem, Submission, SubmittedFile

from .models import Annotation, Shape

Tagged = tuple[int, int, int]  # which file, which page of it, and the number of the problem
ACROSS, DOWN = ("left", "middle", "right"), ("top", "middle", "bottom")


@dataclass(frozen=True)
class Note:
    """One annotation, numbered through the whole of the work."""

    row: Annotation
    number: int

    @property
    def is_box(self) -> bool:
        return self.row.shape == Shape.BOX

    @property
    def is_stroke(self) -> bool:
        return self.row.shape == Shape.STROKE

    @property
    def is_pinned(self) -> bool:
        """Whether its number stands on the page: where it says something, or is a box."""
        return self.row.shape in (Shape.BOX, Shape.TEXT) or (self.is_stroke and bool(self.row.text))

    @cached_property
    def at(self) -> tuple[str, str]:
        """Where its number stands, in percent of the page."""
        x, y = self.row.points[0] if self.row.points else (0, 0)
        return percent(x), percent(y)

    @cached_property
    def size(self) -> tuple[str, str]:
        (left, top), (right, bottom) = self.row.points
        return percent(right - left), percent(bottom - top)

    @property
    def line(self) -> str:
        return " ".join(f"{x},{y}" for x, y in self.row.points)

    @property
    def place(self) -> str:
        """In words, for whoever does not see the page: `top left`."""
        if not self.row.points:
            return f"cell {self.row.page}"
        xs, ys = zip(*self.row.points, strict=True)
        across, down = third(min(xs) + max(xs), ACROSS), third(min(ys) + max(ys), DOWN)
        return "middle" if across == down else f"{down} {across}"


def percent(value: int) -> str:
    return f"{value / 100:.2f}"


def third(doubled: int, names: tuple[str, str, str]) -> str:
    return names[min(2, doubled * 3 // 20_000)]


@dataclass(eq=False)
class Sheet:
    """A page that has an image, or a notebook (page 0). `answers`: it is tagged with the problem asked for."""

    used: SubmittedFile
    page: int
    notes: list[Note] = field(default_factory=list)
    answers: bool = False
    cells: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.used.pk}-{self.page}"

    @property
    def is_notebook(self) -> bool:
        return self.page == 0

    @property
    def name(self) -> str:
        """`Written part, page 3`; photos of one part are its pages."""
        if self.is_notebook:
            return str(self.used.part)
        return f"{self.used.part}, page {self.used.position + self.page}"

    @property
    def cell_names(self) -> list[str]:
        """What each cell of a notebook begins with, so that it is found in a list."""
        outlines = {number: cell.get("text", "") for number, cell in enumerate(self.used.file.cells, 1)}
        return [f"{number} {outlines.get(number, '')[:50]}".strip() for number in range(1, self.last_page + 1)]

    @property
    def first_cell(self) -> int | None:
        """Where the notebook is opened: at what answers the problem, else at the first note."""
        return next(iter([*self.cells, *(note.row.page for note in self.notes)]), None)

    @property
    def last_page(self) -> int:
        return self.used.file.pages or 0

    @property
    def said(self) -> list[Note]:
        """What stands in the list beside it: all but strokes without words."""
        return [note for note in self.notes if note.row.text or not note.is_stroke]

    @property
    def wordless(self) -> int:
        return len(self.notes) - len(self.said)


Hides = Callable[[Annotation], bool]


def nothing(note: Annotation) -> bool:
    return False


def sheets(
    submission: Submission,
    problem: Problem | None = None,
    *,
    hides: Hides = nothing,
    within: Collection[int] | None = None,
) -> list[Sheet]:
    """In the order of the work; those that answer the problem first; without the notes that are hidden, or with those
    on some problems alone. Three queries, however much there is."""
    return sheets_of(submission, files(submission), problem, hides=hides, within=within)


def sheets_of(
    submission: Submission,
    used_files: Iterable[SubmittedFile],
    problem: Problem | None,
    *,
    with_notes: bool = True,
    hides: Hides = nothing,
    within: Collection[int] | None = None,
    tags: Sequence[Tagged] | None = None,
) -> list[Sheet]:
    found = {(sheet.used.pk, sheet.page): sheet for used in used_files for sheet in of_file(used)}
    for note in notes(submission, within) if with_notes else []:
        page = 0 if note.row.shape == Shape.CELL else note.row.page
        if (note.row.used_id, page) in found and not hides(note.row):
            found[note.row.used_id, page].notes.append(note)
    if problem:
        by_problem = handin.tagged(submission) if tags is None else placed(used_files, tags)
        point_out(found, by_problem.get(problem.number, []))
    return sorted(found.values(), key=lambda sheet: not sheet.answers)


@dataclass(frozen=True)
class Pane:
    """What the desk shows: pages for the problem, the rest of the work folded away, files whose preview is to come."""

    shown: list[Sheet]
    rest: list[Sheet]
    files: list[SubmittedFile]

    @property
    def waiting(self) -> list[SubmittedFile]:
        return [used for used in self.files if used.file.inspected_at is None]


def pane(
    submission: Submission,
    problem: Problem | None = None,
    *,
    with_notes: bool = True,
    hides: Hides = nothing,
    within: Collection[int] | None = None,
    tags: Sequence[Tagged] | None = None,
) -> Pane:
    """`tags` are those of the whole work, where they are read already."""
    used_files = list(files(submission))
    seen: dict[str, Any] = {"with_notes": with_notes, "hides": hides, "within": within}
    every = sheets_of(submission, used_files, problem, tags=tags, **seen)
    tagged = problem is not None and any(sheet.answers for sheet in every)
    shown = [sheet for sheet in every if not tagged or sheet.answers or speaks_of(sheet, problem)]
    return Pane(shown, [sheet for sheet in every if sheet not in shown], used_files)


def placed(used_files: Iterable[SubmittedFile], tags: Sequence[Tagged]) -> dict[int, list[handin.Place]]:
    """By the problem's number, as `handin.tagged` finds them."""
    by_key = {used.pk: used for used in used_files}
    return handin.by_problem([(by_key[key], page, number, False) for key, page, number in tags if key in by_key])


def speaks_of(sheet: Sheet, problem: Problem | None) -> bool:
    return any(note.row.problem_id == problem.pk for note in sheet.notes) if problem else False


def files(submission: Submission) -> Iterable[SubmittedFile]:
    return submission.files.select_related("part", "file")


def of_file(used: SubmittedFile) -> list[Sheet]:
    if used.file.format == Format.NOTEBOOK:
        return [Sheet(used, 0)] if used.file.pages else []
    return [Sheet(used, number) for number in used.file.page_numbers]


def notes(submission: Submission, within: Collection[int] | None = None) -> list[Note]:
    """Each with the number that it has among all, on these problems alone."""
    rows = Annotation.objects.filter(submission=submission).select_related("problem", "grader")
    found = [Note(row, number) for number, row in enumerate(rows, 1)]
    return [note for note in found if within is None or note.row.problem_id in within]


def point_out(found: dict[tuple[int, int], Sheet], places: list[handin.Place]) -> None:
    cells = defaultdict(list)
    for place in places:
        key = (place.used.pk, 0 if place.is_cell else place.page)
        if key in found:
            found[key].answers = True
            cells[key].append(place.page)
    for key, numbers in cells.items():
        found[key].cells = numbers if found[key].is_notebook else []
