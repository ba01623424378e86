"""What a row of each export holds. No rule of grading lives here."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, NamedTuple

from ..models import Item

HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
SIGNED = "Signed letter"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Texts = tuple[str, ...]  # points and state of each item in turn


class Student(NamedTuple):
    """One row's student, and their grade once it is computed (`counted` is None before); figures as texts."""

    pk: int
    sort_name: str
    canvas_id: str
    sis_id: str
    email: str
    section: str
    pseudonym: str
    final: str
    so_far: str
    reachable: str
    letter: str
    counted: list[int] | None
    by_hand: str | None
    status: str
    official: str


class Shape(ABC):
    """A form of the gradebook; `named` says whether it tells who the students are."""

    named: ClassVar[bool] = True

    def __init__(self, items: Sequence[Item], *, dropped: bool = False, sign_off: int | None = None) -> None:
        self.items, self.dropped, self.sign_off = items, dropped, sign_off
        self.known: dict[tuple[int, ...], str] = {}

    def points(self, item: Item) -> str:
        """Of the row `score`, in SQL."""
        return "score.points"

    @abstractmethod
    def head(self) -> Iterator[list[str]]: ...

    @abstractmethod
    def row(self, student: Student, cells: Texts) -> list[str]: ...

    def counted(self, student: Student) -> str:
        """Titles of the sets that count, in the order of the items; most students share them with others."""
        if student.counted is None:
            return ""
        keys = tuple(student.counted)
        if keys not in self.known:
            self.known[keys] = safe(";".join(item.title for item in self.items if item.pk in keys))
        return self.known[keys]

    def titles(self) -> list[str]:
        return [title for item in self.items for title in (item.title, f"{item.title} state")]


class Canvas(Shape):
    """As Canvas reads it."""

    def possible(self, item: Item) -> Decimal:
        return item.points_possible

    def head(self) -> Iterator[list[str]]:
        yield HEAD + [heading(item) for item in self.items]
        yield ["    Points Possible", "", "", "", "", *(two(self.possible(item)) for item in self.items)]

    def row(self, student: Student, cells: Texts) -> list[str]:
        shown = ["EX" if state == "excused" else text for text, state in zip(cells[::2], cells[1::2], strict=True)]
        return [*student[1:6], *shown]


class Percent(Canvas):
    """Every column out of 100, so that Canvas, which weighs points, agrees with sets that count equally. Importing it
    again scales it back."""

    def points(self, item: Item) -> str:
        return f"score.points * 100 / {item.points_possible}"

    def possible(self, item: Item) -> Decimal:
        return Decimal(100)


class Complete(Shape):
    """Every state, the figures, the letter and the sets that count; with who dropped, also who did.

    Letters are those of the scores as they are now. Once grades are signed, the one that counts for the registrar,
    signed or amended, stands beside it, so that a difference is seen.
    """

    def head(self) -> Iterator[list[str]]:
        yield [
            *HEAD, *self.titles(), "Final percent", "So far percent", "Letter", "Counted", *self.more("Status", SIGNED)
        ]  # fmt: skip

    def row(self, student: Student, cells: Texts) -> list[str]:
        letter, more = safe(student.by_hand or student.letter), self.more(student.status, safe(student.official))
        return [*student[1:6], *cells, student.final, student.so_far, letter, self.counted(student), *more]

    def more(self, status: str, official: str) -> list[str]:
        return [status] * self.dropped + [official] * (self.sign_off is not None)


class Anonymous(Shape):
    """For analysis: nothing that names a student, in the order of the pseudonyms; every figure."""

    named = False

    def head(self) -> Iterator[list[str]]:
        figures = ["Final percent", "So far percent", "Reachable percent", "Letter", "Counted"]
        yield ["Pseudonym", *self.titles(), *figures]

    def row(self, student: Student, cells: Texts) -> list[str]:
        letter = safe(student.by_hand or student.letter)
        figures = [student.final, student.so_far, student.reachable, letter, self.counted(student)]
        return [student.pseudonym, *cells, *figures]


SHAPES: dict[str, type[Shape]] = {
    "canvas": Canvas, "percent": Percent, "complete": Complete, "anonymous": Anonymous,
}  # fmt: skip


def heading(item: Item) -> str:
    """A column's title as Canvas writes it."""
    return f"{item.title} ({item.canvas_id})" if item.canvas_id else item.title


def two(value: Decimal | None) -> str:
    return "" if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def safe(text: str) -> str:
    """A spreadsheet would run a cell that starts like a formula (battery G17)."""
    return f"'{text}" if text.startswith(FORMULA) else text
