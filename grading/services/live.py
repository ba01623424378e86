"""Talks scored while they are held: each of the staff on a sheet of one's own, taken over into marks by a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Membership, User
from projects.models import Combining, Presentation, Talk

from .. import permissions, team_policy
from ..models import Item, LivePoints, LiveSheet, Mark, Score
from ..policy import State
from . import awarding, marking, scoring

NEWER = "A newer state of this sheet is stored, from another window or phone of yours. Load the page again."
CHANGED = "The marks of team {team} have changed since this page was shown. Look again."
BY_LEADER = "Team {team} has handed nothing in, so the score is set by hand: an instructor takes it over."
REASON = "Scored live during the talk; nothing was handed in"


@dataclass(frozen=True)
class Entry:
    """One problem on a sheet; `points` None leaves it open."""

    points: Decimal | None
    comment: str = ""


@transaction.atomic
def save(*, talk: Talk, grader: User, revision: int, entries: Mapping[int, Entry]) -> LiveSheet:
    """Safe to repeat: the same revision again changes nothing, an older one is refused. Keys are problems' numbers."""
    permissions.check_marks(grader, talk.team.course)
    problems = {problem.number: problem for problem in talk.presentation.milestone.problems.all()}
    check(problems, entries)
    LiveSheet.objects.get_or_create(talk=talk, grader=grader)
    # Locked: a retry may arrive while the first try is still being stored.
    sheet = LiveSheet.objects.select_for_update(no_key=True).get(talk=talk, grader=grader)
    there = {line.problem_id: line for line in sheet.lines.all()}
    changed = [line for line in (put(sheet, problems[n], there, one) for n, one in entries.items()) if line]
    if changed and revision <= sheet.revision:
        raise ValidationError(NEWER, code="newer")
    for line in changed:
        line.full_clean(exclude=["sheet", "problem"])
        line.save()
    sheet.revision = max(revision, sheet.revision)
    sheet.save()
    return sheet


def check(problems: Mapping[int, Problem], entries: Mapping[int, Entry]) -> None:
    mistakes = {}
    for number, one in entries.items():
        problem = problems.get(number)
        if problem is None:
            mistakes[str(number)] = f"There is no problem {number}."
        elif one.points is not None and not 0 <= one.points <= problem.points:
            mistakes[str(number)] = f"{problem.title}: between 0 and {problem.points.normalize():f} points."
    if mistakes:
        raise ValidationError(mistakes)


def put(sheet: LiveSheet, problem: Problem, there: Mapping[int, LivePoints], one: Entry) -> LivePoints | None:
    """The line as it is to be stored, or None when it is so already."""
    line = there.get(problem.pk) or LivePoints(sheet=sheet, problem=problem)
    if (line.points, line.comment) == (one.points, one.comment):
        return None
    line.points = one.points  # type: ignore[assignment]
    line.comment = one.comment
    return line


@dataclass
class Result:
    """One talk on the overview: who gave what, what that makes, and the marks that are there."""

    talk: Talk
    work: Submission | None
    sheets: list[LiveSheet]
    points: dict[int, Decimal] | None
    marks: dict[int, Mark] = field(default_factory=dict)
    scores: list[Decimal | None] = field(default_factory=list)

    @property
    def total(self) -> Decimal | None:
        return None if self.points is None else sum(self.points.values(), Decimal(0))

    @property
    def seen(self) -> str:
        """The marks that a decision about this row is made on."""
        return ",".join(f"{key}:{mark.version}" for key, mark in sorted(self.marks.items()))

    @property
    def taken_over(self) -> bool:
        """Into the marks, or without a hand-in into every member's score."""
        if self.work is None:
            return self.total is not None and bool(self.scores) and set(self.scores) == {self.total}
        return self.points is not None and {key: mark.points for key, mark in self.marks.items()} == self.points


def results(presentation: Presentation, talks: Sequence[Talk]) -> list[Result]:
    """The same number of queries for any number of talks."""
    problems = list(presentation.milestone.problems.values_list("pk", flat=True))
    sheets: dict[int, list[LiveSheet]] = {}
    for sheet in LiveSheet.objects.filter(talk__in=talks).select_related("grader").prefetch_related("lines"):
        sheets.setdefault(sheet.talk_id, []).append(sheet)
    current = Submission.objects.current().filter(assignment=presentation.milestone_id, team__isnull=False)
    works = {work.team_id: work for work in current.prefetch_related("marks__grader")}
    found = [result(presentation, talk, works.get(talk.team_id), sheets.get(talk.pk, []), problems) for talk in talks]
    by_hand = scores_without_work(presentation, [one.talk.team_id for one in found if one.work is None])
    for one in found:
        one.scores = by_hand.get(one.talk.team_id, [])
    return found


def scores_without_work(presentation: Presentation, teams: Sequence[int]) -> dict[int, list[Decimal | None]]:
    """What each member of these teams has in the column."""
    milestone = presentation.milestone
    members = Membership.objects.at(min(timezone.now(), milestone.due_at)).filter(team__in=teams)
    rows = Score.objects.filter(item__assignment=milestone, enrollment__in=members.values("enrollment"))
    points = dict(rows.values_list("enrollment", "points"))
    found: dict[int, list[Decimal | None]] = {}
    for team, enrollment in members.values_list("team", "enrollment"):
        found.setdefault(team, []).append(points.get(enrollment))
    return found


def result(
    presentation: Presentation, talk: Talk, work: Submission | None, sheets: list[LiveSheet], problems: list[int]
) -> Result:
    marks = {mark.problem_id: mark for mark in work.marks.all()} if work else {}
    return Result(talk, work, sheets, team_policy.averaged(counting(presentation, sheets), problems), marks)


def counting(presentation: Presentation, sheets: Sequence[LiveSheet]) -> list[dict[int, Decimal | None]]:
    """All sheets, or the one of whoever decides."""
    alone = presentation.combining == Combining.DECIDER
    heard = [sheet for sheet in sheets if not alone or sheet.grader_id == presentation.decider_id]
    return [{line.problem_id: line.points for line in sheet.lines.all()} for sheet in heard]


@transaction.atomic
def take_over(*, talk: Talk, by: User, seen: str) -> None:
    """The combined points become the team's marks, or without a hand-in the score of each member by hand."""
    permissions.check_marks(by, talk.team.course)
    found = results(talk.presentation, [talk])[0]
    if found.points is None:
        raise ValidationError(f"Nobody whose score counts has scored every part of team {talk.team} yet.")
    if found.seen != seen:
        raise ValidationError(CHANGED.format(team=talk.team))
    if found.work:
        marking.mark(submission=found.work, grader=by, given=given(talk, found))
    else:
        award(talk, found, by)


def given(talk: Talk, found: Result) -> list[marking.Given]:
    assert found.points is not None
    rows = []
    for problem in talk.presentation.milestone.problems.all():
        mark = found.marks.get(problem.pk)
        said = comments(found.sheets, problem.pk)
        rows.append(marking.Given(problem.number, found.points[problem.pk], said, mark.version if mark else 0))
    return rows


def comments(sheets: Sequence[LiveSheet], problem: int) -> str:
    said = [line.comment for sheet in sheets for line in sheet.lines.all() if line.problem_id == problem]
    return "\n\n".join(text for text in said if text)


def award(talk: Talk, found: Result, by: User) -> None:
    """Who was a member when the milestone was due, or is one now if that is still to come."""
    milestone = talk.presentation.milestone
    if not permissions.may_lead(by, talk.team.course):
        raise ValidationError(BY_LEADER.format(team=talk.team))
    item = Item.objects.get(assignment=milestone)
    for member in scoring.due_members(milestone, talk.team, timezone.now()):
        awarding.award(
            item=item, enrollment=member, by=by, state=State.GRADED, points=found.total, reason=REASON
        )  # fmt: skip
