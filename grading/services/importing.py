"""Scores from a CSV in Canvas's form: looked at as a whole, and written as a whole.

Three sides meet in a cell: what the file says, what stands here now, and what stood here when the file was exported.
Where only one side has moved, it wins; where both have, somebody decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from re import compile as pattern

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from coursesite.roster.models import Course, Enrollment, User
from coursesite.roster.services import Progress

from .. import permissions
from ..models import Item, Score, Source
from ..policy import State
from . import computing, sheets
from .sheets import Cell

BATCH = 1000
STAMP = pattern(r"-(\d{8}T\d{6}Z)\b")
Held = tuple[str, Decimal | None]  # state and points
HUNDREDTH = Decimal("0.01")
EMPTY: Held = (State.UNGRADED.value, None)
# What each cell was at a moment, by the history that triggers write.
THEN = """
    SELECT DISTINCT ON (pgh_obj_id) enrollment_id, item_id, pgh_label, state, points FROM grading_scoreevent
    WHERE item_id = ANY(%s) AND pgh_created_at <= %s ORDER BY pgh_obj_id, pgh_id DESC
"""


class Side(StrEnum):
    """Whose word counts where file and gradebook have both moved since the export."""

    FILE = "file"
    HERE = "here"


@dataclass(frozen=True)
class Change:
    """A cell in which file and gradebook differ: what the file says, what stands here, what stood here then."""

    cell: Cell
    now: Held
    then: Held | None

    @property
    def key(self) -> str:
        return f"{self.cell.enrollment.pk}-{self.cell.item.pk}"

    @property
    def wanted(self) -> Held:
        return self.cell.state, self.cell.points

    @property
    def only_here(self) -> bool:
        """The file says what was exported; somebody has changed it here since."""
        return self.then is not None and says(self.cell, self.then)

    @property
    def conflict(self) -> bool:
        return self.then is not None and not self.only_here and self.now != self.then


@dataclass(frozen=True)
class Preview:
    """What an import would do. `seen` is the same as long as file and gradebook are."""

    changes: list[Change]
    conflicts: list[Change]
    kept: list[Change]
    sheet: sheets.Sheet

    @property
    def seen(self) -> str:
        told = [(c.key, c.wanted, c.now, c.then) for c in (*self.changes, *self.conflicts, *self.kept)]
        return sha256(repr(told).encode()).hexdigest()


def exported_at(name: str) -> datetime | None:
    """The moment that an export of ours has in its name."""
    found = STAMP.search(name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None


def preview(
    *, course: Course, text: str, name: str, exported: datetime | None = None, progress: Progress = iter
) -> Preview:
    """Every cell that would change; ValidationError lists every mistake with its line."""
    now = held_now(course)
    then = held_then(course, exported) if exported else None

    def differs(cell: Cell) -> bool:
        return not says(cell, now.get((cell.enrollment.pk, cell.item.pk), EMPTY))

    sheet, found = sheets.read(course, text, name, differs, progress), []
    for cell in sheet.cells:
        place = cell.enrollment.pk, cell.item.pk
        found.append(Change(cell, now.get(place, EMPTY), then.get(place, EMPTY) if then is not None else None))
    return Preview(
        changes=[c for c in found if not c.only_here and not c.conflict],
        conflicts=[c for c in found if c.conflict],
        kept=[c for c in found if c.only_here],
        sheet=sheet,
    )


def says(cell: Cell, held: Held) -> bool:
    """Whether the file says just this, in two decimals. A blank or 0.00 over missing leaves missing as it is."""
    state, points = held
    if state == State.MISSING:
        return not cell.points and cell.state != State.EXCUSED
    if state != cell.state or points is None or cell.said is None:
        return state == cell.state
    return bool((points * cell.out_of / cell.item.points_possible).quantize(HUNDREDTH, ROUND_HALF_UP) == cell.said)


def held_now(course: Course) -> dict[tuple[int, int], Held]:
    """Equal results are one object: a course of 100,000 students has a million."""
    rows = Score.objects.filter(item__category__course=course)
    found, known = rows.values_list("enrollment", "item", "state", "points"), dict[Held, Held]()
    return {(row[0], row[1]): known.setdefault(row[2:], row[2:]) for row in found.iterator(chunk_size=10_000)}


def held_then(course: Course, moment: datetime) -> dict[tuple[int, int], Held]:
    items = list(Item.objects.filter(category__course=course).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(THEN, [items, moment])
        rows = cursor.fetchall()
    return {(who, item): (state, points) for who, item, label, state, points in rows if label != "delete"}


@transaction.atomic
def scores_import(*, course: Course, file: Path, side: Side | None = None, progress: Progress = iter) -> list[Change]:
    """From a file at hand, by whoever runs the site; a conflict refuses the file unless `side` decides them all."""
    exported = exported_at(file.name)
    text = sheets.decoded(file.read_bytes(), file.name)
    found = preview(course=course, text=text, name=file.name, exported=exported, progress=progress)
    if found.conflicts and side is None:
        raise ValidationError([f"{told(change)}; say which side counts." for change in found.conflicts])
    changes = found.changes + (found.conflicts if side == Side.FILE else [])
    store(changes, found.sheet, file.name)
    return changes


@transaction.atomic
def confirm(
    *, course: Course, text: str, name: str, exported: datetime | None, by: User, seen: str, sides: Mapping[str, Side],
    rest: Side = Side.HERE,
) -> list[Change]:  # fmt: skip
    """After a look at the preview `seen`; `sides` decides the conflicts by their keys, `rest` all others. All or
    nothing."""
    permissions.check_leads(by, course)
    # Locked: nobody marks or enters a score of these students between our look and our writing.
    list(Enrollment.objects.filter(course=course).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found = preview(course=course, text=text, name=name, exported=exported)
    if found.seen != seen:
        raise ValidationError("Scores have changed here meanwhile; nothing was imported. Look at the preview again.")
    changes = found.changes + [change for change in found.conflicts if sides.get(change.key, rest) == Side.FILE]
    store(changes, found.sheet, name)
    return changes


def told(change: Change) -> str:
    return f"{change.cell.enrollment.user}, {change.cell.item}: changed here and in the file since the export"


def store(changes: list[Change], sheet: sheets.Sheet, name: str) -> None:
    now = timezone.now()
    with pghistory.context(reason=f"Imported from {name}"):
        for start in range(0, len(changes), BATCH):
            Score.objects.bulk_create(
                [score(change.cell, now) for change in changes[start : start + BATCH]],
                update_conflicts=True,
                unique_fields=["enrollment", "item"],
                update_fields=["state", "points", "raw_points", "source", "reason", "changed_at"],
            )
        for item, canvas_id in sheet.item_ids.items():
            Item.objects.filter(pk=item, canvas_id="").update(canvas_id=canvas_id)
    learn(sheet)
    computing.soon()


def learn(sheet: sheets.Sheet) -> None:
    people = User.objects.filter(pk__in=sheet.people_ids).order_by("pk")
    for person in people:
        for name, value in sheet.people_ids[person.pk].items():
            setattr(person, name, value)
    User.objects.bulk_update(people, ["canvas_id", "sis_id"], batch_size=BATCH)


def score(cell: Cell, now: datetime) -> Score:
    """What is cleared belongs to the marks again, and to the deadline job."""
    source = Source.MARKS if cell.state == State.UNGRADED else Source.IMPORT
    found = Score(enrollment=cell.enrollment, item=cell.item, state=cell.state, source=source, changed_at=now)
    found.points = found.raw_points = cell.points  # type: ignore[assignment]
    return found
