"""What graders will see of a version, page by page, and which of it answers which problem."""

from dataclasses import dataclass

from coursesite.files.models import Format

from . import queries
from .models import Problem, Scan, Submission, SubmittedFile


@dataclass(frozen=True)
class Sheet:
    """One page, or one cell of a notebook; `text` is what a cell begins with."""

    number: int
    title: str
    chips: list[tuple[Problem, bool]]
    text: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Card:
    """One file of a version, with its sheets once the worker has made them."""

    used: SubmittedFile
    sheets: list[Sheet]

    @property
    def waiting(self) -> bool:
        return self.used.file.inspected_at is None

    @property
    def is_notebook(self) -> bool:
        return self.used.file.format == Format.NOTEBOOK

    @property
    def is_photo(self) -> bool:
        return self.used.file.format == Format.IMAGE


@dataclass(frozen=True)
class Check:
    """The whole version. `found` says for each problem where it is answered; there is nothing to say with one problem
    alone."""

    cards: list[Card]
    found: list[tuple[Problem, list[queries.Place]]]
    scans: list[Scan]

    @property
    def waiting(self) -> bool:
        return any(card.waiting for card in self.cards)

    @property
    def taggable(self) -> bool:
        return len(self.found) > 1 and any(card.sheets or card.waiting for card in self.cards)

    @property
    def has_notebook(self) -> bool:
        return any(card.is_notebook for card in self.cards)

    @property
    def carried(self) -> bool:
        return any(place.carried for _, places in self.found for place in places)

    @property
    def untagged(self) -> list[Problem]:
        return [problem for problem, places in self.found if not places]


def check(submission: Submission) -> Check:
    problems = list(submission.assignment.problems.all())
    tagged = queries.tagged(submission)
    files = submission.files.select_related("part", "file")
    there = {(place.used.pk, place.page, number) for number, places in tagged.items() for place in places}
    chips = problems if len(problems) > 1 else []
    cards = [Card(used, sheets(used, chips, there)) for used in files]
    bound = list(submission.scans.exclude(made_at=None).filter(pages__gt=0).select_related("part"))
    return Check(cards, [(problem, tagged.get(problem.number, [])) for problem in problems], bound)


def sheets(used: SubmittedFile, problems: list[Problem], there: set[tuple[int, int, int]]) -> list[Sheet]:
    is_notebook = used.file.format == Format.NOTEBOOK
    numbers = range(1, (used.file.pages or 0) + 1) if is_notebook else used.file.page_numbers
    cells = used.file.cells if is_notebook else []
    found = []
    for number in numbers:
        cell = cells[number - 1] if number <= len(cells) else {}
        title = f"Cell {number}" if is_notebook else f"Page {used.position + number}"
        chips = [(problem, (used.pk, number, problem.number) in there) for problem in problems]
        found.append(Sheet(number, title, chips, cell.get("text", ""), cell.get("kind", "")))
    return found
