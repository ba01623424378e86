"""The scheme as a whole: what a change would move, and the change itself. Doors hand in a complete draft."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Course, Enrollment, User

from .. import permissions, policy, queries
from ..models import Category, Cutoff, Item
from . import computing

BATCH = 1000
CATEGORY = ("title", "weight", "keep_best", "drop_lowest", "points_weighted", "cap_percent", "position")
COLUMN = ("title", "points_possible", "position")


@dataclass(frozen=True)
class Column:
    """An item as the draft has it; `pk` is None for a new one, which is always entered by hand."""

    pk: int | None
    title: str
    points_possible: Decimal
    position: int
    is_homework: bool = False
    handed_in: bool = False  # its points are the sum of its problems


@dataclass(frozen=True)
class Group:
    """A category as the draft has it, with its columns."""

    pk: int | None
    title: str
    weight: Decimal
    keep_best: int | None
    drop_lowest: int | None
    points_weighted: bool
    cap_percent: Decimal | None
    position: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Draft:
    groups: tuple[Group, ...]
    cutoffs: tuple[tuple[str, Decimal], ...]

    @property
    def scheme(self) -> policy.Scheme:
        """New columns have keys below zero: nobody has a score there."""
        new = iter(range(-1, -1000, -1))
        groups = sorted(self.groups, key=lambda group: group.position)
        return policy.Scheme(tuple(category_of(group, new) for group in groups), self.cutoffs)


def category_of(group: Group, new: Iterator[int]) -> policy.Category:
    items = tuple(
        policy.Item(c.pk or next(new), c.title, c.points_possible, c.position, c.is_homework) for c in group.columns
    )
    rules = (group.keep_best, group.drop_lowest, group.points_weighted, group.cap_percent)
    return policy.Category(group.title, group.weight, items, *rules)


@dataclass(frozen=True)
class Move:
    """One student whose grade the change moves."""

    student: str
    final: tuple[Decimal | None, Decimal | None]
    letter: tuple[str, str]

    @property
    def moves_letter(self) -> bool:
        return self.letter[0] != self.letter[1]

    @property
    def by(self) -> Decimal:
        before, after = (value or Decimal(0) for value in self.final)
        return after - before


@dataclass(frozen=True)
class Effect:
    """What a change of the scheme does to the class, those who move furthest first."""

    students: int
    moves: tuple[Move, ...]

    @property
    def letters(self) -> int:
        return sum(move.moves_letter for move in self.moves)

    @property
    def sentence(self) -> str:
        if not self.moves:
            return f"This change moves none of {counted(self.students, 'student')}."
        return f"This change moves {counted(len(self.moves), 'student')}, {counted(self.letters, 'letter')}."


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def effect(course: Course, before: policy.Scheme, after: policy.Scheme) -> Effect:
    """Both schemes by the same policy over the same scores, in one pass over the class; nothing is stored."""
    students = Enrollment.objects.filter(course=course).students().active().order_by("pk")
    rows = list(students.values_list("pk", "user__sort_name"))
    moves = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        cells = queries.cells(pk for pk, _ in batch)
        for pk, name in batch:
            staff = cells.get(pk, ({}, {}))[0]
            old, new = policy.figures(before, staff), policy.figures(after, staff)
            if (old.final, old.letter) != (new.final, new.letter):
                moves.append(Move(name, (old.final, new.final), (old.letter, new.letter)))
    return Effect(
        len(rows), tuple(sorted(moves, key=lambda move: (not move.moves_letter, -abs(move.by), move.student)))
    )


def preview(*, course: Course, draft: Draft) -> Effect:
    """ValidationError when the draft is impossible, one sentence each."""
    check(draft)
    return effect(course, queries.scheme(course), draft.scheme)


def check(draft: Draft) -> None:
    found = list(policy.problems(draft.scheme))
    if found:
        raise ValidationError(found)


def fingerprint(course: Course) -> str:
    """Of the scheme as it stands, so that two people do not overwrite each other."""
    categories = Category.objects.filter(course=course).order_by("pk").values_list("pk", *CATEGORY)
    columns = Item.objects.filter(category__course=course).order_by("pk").values_list("pk", "category", *COLUMN)
    cutoffs = Cutoff.objects.filter(course=course).order_by("letter").values_list("letter", "minimum")
    rows = [list(categories), list(columns), list(cutoffs)]
    return sha256(json.dumps(rows, default=str).encode()).hexdigest()


@transaction.atomic
def change(*, course: Course, draft: Draft, by: User, reason: str, seen: str) -> Effect:
    """Brings the scheme to the draft; `seen` is the fingerprint of the one that was looked at."""
    permissions.check_leads(by, course)
    # Locked: two people may save at once.
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if fingerprint(course) != seen:
        raise ValidationError("Somebody has changed the scheme meanwhile. Look at what it is now, and change it again.")
    if not reason.strip():
        raise ValidationError("Say why the scheme is changed; the reason is kept.")
    moved = preview(course=course, draft=draft)
    with pghistory.context(reason=reason.strip()):
        put_cutoffs(course, draft.cutoffs)
        put_groups(course, draft.groups)
    computing.soon()
    return moved


def put_cutoffs(course: Course, cutoffs: Sequence[tuple[str, Decimal]]) -> None:
    """What differs is made anew, since two letters may exchange their minima."""
    stored = dict(Cutoff.objects.filter(course=course).values_list("letter", "minimum"))
    given = dict(cutoffs)
    same = {letter for letter, minimum in given.items() if stored.get(letter) == minimum}
    for row in Cutoff.objects.filter(course=course).exclude(letter__in=same):
        row.delete()
    for letter, minimum in given.items():
        if letter not in same:
            written(Cutoff(course=course, letter=letter, minimum=minimum), {})


def put_groups(course: Course, groups: Sequence[Group]) -> None:
    known = {row.pk: row for row in Category.objects.filter(course=course)}
    columns = {row.pk: row for row in Item.objects.filter(category__course=course)}
    keep = {column.pk for group in groups for column in group.columns}
    for pk in set(columns) - keep:
        remove(columns[pk])
    rows = [
        (written(known.get(group.pk or 0) or Category(course=course), values_of(group, CATEGORY)), group)
        for group in groups
    ]
    for category, group in rows:
        for column in group.columns:
            row = columns.get(column.pk or 0) or Item()
            if row.assignment_id and row.points_possible != column.points_possible:
                raise ValidationError(f"{row}: its points are the sum of its problems; edit those.")
            written(row, values_of(column, COLUMN) | {"category": category})
    for pk in set(known) - {group.pk for group in groups}:
        known[pk].delete()


def remove(item: Item) -> None:
    if item.assignment_id or item.scores.exists():
        raise ValidationError(f"{item}: a column with scores, or of work that is handed in, can't be removed.")
    item.delete()


def values_of(draft: Group | Column, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in names}


def written(row: Any, values: dict[str, Any]) -> Any:
    """Only what differs is saved: every row that is written is history."""
    if row.pk and all(getattr(row, name) == value for name, value in values.items()):
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


def current(course: Course) -> Draft:
    """The scheme as it stands, as a draft to be edited."""
    columns: dict[int, list[Column]] = {}
    for item in Item.objects.filter(category__course=course).select_related("assignment"):
        work = item.assignment
        kind = (work is not None and not work.by_team, work is not None)
        found = Column(item.pk, item.title, item.points_possible, item.position, *kind)
        columns.setdefault(item.category_id, []).append(found)
    groups = tuple(
        Group(row.pk, **{name: getattr(row, name) for name in CATEGORY}, columns=tuple(columns.get(row.pk, ())))
        for row in Category.objects.filter(course=course)
    )
    cutoffs = Cutoff.objects.filter(course=course).order_by("-minimum").values_list("letter", "minimum")
    return Draft(groups, tuple(cutoffs))
