"""Similar work, as staff read it: who shares what with whom, and whether they said so."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from coursesite.files import reading
from coursesite.handin.models import Submission
from coursesite.roster.models import type_user

from .. import winnowing
from ..models import Acknowledgement, Comparison, Likeness

NOBODY, ONE, BOTH = 0, 1, 2


@dataclass(frozen=True)
class Line:
    row: Likeness
    declared: int  # by how many of the two

    @property
    def outdated(self) -> bool:
        """One of them has handed in again since."""
        return not (self.row.one.is_current and self.row.other.is_current)


def lines(comparison: Comparison, reader: type_user | None = None) -> list[Line]:
    """Pairs of which neither names the other come first, then the most alike; those that the reader gets to see."""
    people = ("one__enrollment__user", "other__enrollment__user")
    rows = comparison.likenesses.select_related(*people)
    rows = rows.filter(seen_by(reader)) if reader else rows
    named = declarations(comparison)
    found = [Line(row, declared(row, named)) for row in rows]
    return sorted(found, key=lambda line: (line.declared, -line.row.percent, -line.row.shared, line.row.pk))


def seen_by(reader: type_user) -> Q:
    """Of pairs: both works, of which one may be given to other graders alone."""
    seen = Submission.objects.visible_to(reader).values("pk")
    return Q(one__in=seen, other__in=seen)


def declarations(comparison: Comparison) -> set[tuple[int | None, int | None]]:
    """Who names whom, for any problem, in the versions that count."""
    rows = Acknowledgement.objects.filter(
        submission__assignment=comparison.homework_id, submission__is_current=True, classmates__isnull=False
    )
    return set(rows.values_list("submission__enrollment", "classmates"))


def declared(row: Likeness, named: set[tuple[int | None, int | None]]) -> int:
    one, other = row.one.enrollment_id, row.other.enrollment_id
    return ((one, other) in named) + ((other, one) in named)


@dataclass(frozen=True)
class Side:
    work: Submission
    places: list[tuple[str, list[winnowing.Piece]]]


@dataclass(frozen=True)
class SideBySide:
    left: Side
    right: Side
    passages: int


def side_by_side(row: Likeness, given: Sequence[str]) -> SideBySide:
    """Both works in full, with the passages that they share numbered."""
    left, right = written(row.one, row.matter), written(row.other, row.matter)
    read = winnowing.code_tokens if row.matter == "code" else winnowing.word_tokens
    size = winnowing.CODE if row.matter == "code" else winnowing.WORDS
    one, other = read([text for _, text in left]), read([text for _, text in right])
    runs = winnowing.passages(one, other, read(given), size)
    ours = [(run.one, run.length, number) for number, run in enumerate(runs, start=1)]
    theirs = [(run.other, run.length, number) for number, run in enumerate(runs, start=1)]
    return SideBySide(side(row.one, left, one, ours), side(row.other, right, other, theirs), len(runs))


def side(
    work: Submission, places: reading.Places, tokens: list[winnowing.Token], runs: list[tuple[int, int, int]]
) -> Side:
    cut = winnowing.pieces([text for _, text in places], tokens, runs)
    return Side(work, [(name, pieces) for (name, _), pieces in zip(places, cut, strict=True)])


def written(work: Submission, matter: str) -> reading.Places:
    files = [use.file for use in work.files.select_related("file")]
    return [place for content in reading.contents(files) for place in getattr(content, matter)]
