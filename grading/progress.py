"""How far grading is, and what of it falls to one grader: a problem, a section or a share that was given to them, what
was handed to them, or everything where nothing is split."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Course, User

from .models import Claim, Duty, Item, Mark, Referral, Regrade, Split, closed, open_problems, to_read_again

Counts = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Todo:
    """One column of the desk, as far as it falls to this person: how many current versions there are, are marked in
    full, and were marked by them; how many marks lack, and how long those take at their present pace, if they have one.
    `others` is what else waits that they may grade, `handed` what a colleague handed to them, `first` the number of the
    problem to go on with (0: none). `again` is how many marks of others they may read a second time, from problem
    `again_first` on."""

    item: Item
    handed_in: int = 0
    done: int = 0
    mine: int = 0
    lacking: int = 0
    others: int = 0
    handed: int = 0
    first: int = 0
    _: KW_ONLY
    regrades: int = 0
    regrades_for_me: int = 0
    again: int = 0
    again_first: int = 0
    takes: timedelta | None = None

    @property
    def left(self) -> int:
        return self.handed_in - self.done

    @property
    def go(self) -> str:
        return f"{'Grade' if self.left else 'Help with'} problem {self.first}"

    @property
    def is_split(self) -> bool:
        plan = getattr(self.item, "arrangement", None)
        return plan is not None and plan.split != Split.NONE


@dataclass(frozen=True)
class ProblemProgress:
    """How far this person's part of one problem of a set is; `others` is what else of it waits that they may grade, and
    `again` how many marks of others they may read a second time."""

    problem: Problem
    handed_in: int = 0
    done: int = 0
    mine: int = 0
    others: int = 0
    again: int = 0

    @property
    def left(self) -> int:
        return self.handed_in - self.done


def pairs(assignments: Collection[int], me: User) -> QuerySet[Submission]:
    """A row for each problem of each current version: is it marked, by me, open to me, handed to me, and mine to do?"""
    here = {"submission": OuterRef("pk"), "problem": OuterRef("problem")}
    given, handed = Mark.objects.given().filter(**here), Referral.objects.open().filter(**here)
    led = Q(assignment__course__in=Course.objects.led_by(me))
    to_me = Exists(handed.filter(Q(to=me) | Q(to=None, submission__assignment__course__in=Course.objects.led_by(me))))
    duties = Duty.objects.filter(grader=me, arrangement__item__assignment=OuterRef("assignment"))
    whole = Q(assignment__item__arrangement=None) | Q(assignment__item__arrangement__split=Split.NONE)
    part = whole | Q(Exists(Duty.objects.covering(me, OuterRef("problem")))) | (led & ~Q(Exists(duties)))  # type: ignore[arg-type]
    rows = (
        Submission.objects.current()
        .filter(assignment__in=assignments)
        .annotate(problem=F("assignment__problems"), problem_number=F("assignment__problems__number"))
    )
    return rows.filter(problem__isnull=False).annotate(
        marked=Exists(given),
        own=Exists(given.filter(grader=me)),
        is_open=~closed(me, OuterRef("problem")),  # type: ignore[arg-type]
        handed=to_me,
        part=ExpressionWrapper(Q(to_me) | (part & ~Q(Exists(handed))), BooleanField()),
    )


BY_SET = """
    WITH work AS (
        SELECT assignment_id, bool_or(part) AS part, bool_or(part AND NOT marked) AS lacks, bool_or(own) AS own,
            count(*) FILTER (WHERE part AND NOT marked) AS lacking, bool_or(handed) AS handed,
            min(problem_number) FILTER (WHERE part AND NOT marked) AS first,
            min(problem_number) FILTER (WHERE NOT part AND NOT marked AND is_open) AS first_of_others
        FROM ({pairs} OFFSET 0) AS pair GROUP BY assignment_id, id
    )
    SELECT assignment_id, count(*) FILTER (WHERE part), count(*) FILTER (WHERE part AND NOT lacks),
        count(*) FILTER (WHERE own), sum(lacking)::int, count(first_of_others), count(*) FILTER (WHERE handed),
        coalesce(min(first), min(first_of_others), 0)
    FROM work GROUP BY assignment_id
"""
BY_PROBLEM = """
    SELECT problem, count(*) FILTER (WHERE part), count(*) FILTER (WHERE part AND marked), count(*) FILTER (WHERE own),
        count(*) FILTER (WHERE NOT part AND NOT marked AND is_open)
    FROM ({pairs} OFFSET 0) AS pair GROUP BY problem
"""


def counted(statement: str, rows: QuerySet[Submission]) -> Counts:
    """Each pair is looked up once (OFFSET keeps it so), and then counted; the ORM would look its mark up anew for each
    count."""
    names = ("id", "assignment_id", "problem", "problem_number", "marked", "own", "is_open", "handed", "part")
    inner, values = rows.order_by().values(*names).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(pairs=inner), values)
        return {key: tuple(counts) for key, *counts in cursor.fetchall()}


# Seconds for each of a grader's latest marks. What is longer than half an hour was a break; marks of one save come
# together, and so count as one stretch of work.
PACE = """
    SELECT count(*), sum(EXTRACT(EPOCH FROM gap)) FROM (
        SELECT marked_at - lag(marked_at) OVER (ORDER BY marked_at) AS gap FROM (
            SELECT marked_at FROM grading_mark WHERE grader_id = %s ORDER BY marked_at DESC LIMIT 200
        ) AS latest
    ) AS gaps WHERE gap <= interval '30 minutes'
"""
ENOUGH = 10  # marks; fewer are no pace
QUICKEST = 2  # seconds; what came faster was no person's reading


def pace(me: User) -> float | None:
    """Seconds for one mark."""
    with connection.cursor() as cursor:
        cursor.execute(PACE, [me.pk])
        count, seconds = cursor.fetchone()
    each = float(seconds or 0) / max(count, 1)
    return each if count >= ENOUGH and each >= QUICKEST else None


def todo(courses: QuerySet[Course], me: User) -> list[Todo]:
    """What is to grade in these courses, what is left first; five queries, whatever their size."""
    items = Item.objects.filter(category__course__in=courses, assignment__isnull=False)
    rows = items.select_related("category__course", "assignment", "arrangement")
    by_set = {row.assignment_id: row for row in rows.order_by("category__course", "position") if row.assignment_id}
    counts = counted(BY_SET, pairs(list(by_set), me)) if by_set else {}
    found = list(lines(by_set, counts, asked_again(by_set, me), to_read(by_set, me), pace(me)))
    return sorted(found, key=lambda line: (line.left == 0, line.others == 0, line.again == 0))


def lines(
    by_set: Mapping[int, Item], counts: Counts, asked: Counts, twice: Counts, each: float | None
) -> Iterator[Todo]:
    """`each` is seconds for a mark. What concerns this person in nothing is left out."""
    for key in filter(counts.__contains__, by_set):
        seen, waiting = asked.get(key, (0, 0))
        again, number = twice.get(key, (0, 0))
        more: dict[str, Any] = {"regrades": seen, "regrades_for_me": waiting, "again": again, "again_first": number}
        line = Todo(by_set[key], *counts[key], **more)
        takes = timedelta(seconds=each * line.lacking) if each is not None else None
        if line.handed_in or line.others or line.mine or line.regrades or line.again:
            yield replace(line, takes=takes)


def second_readings(assignments: Collection[int], me: User) -> QuerySet[Mark]:
    """Marks of others that the queue may serve to this person to be read a second time: nobody has it open, and it is
    not handed to somebody else."""
    here = {"submission": OuterRef("submission"), "problem": OuterRef("problem")}
    held = Claim.objects.filter(expires_at__gt=Now(), **here).exclude(grader=me)
    handed = Referral.objects.open().filter(**here).exclude(to=me)
    rows = to_read_again().exclude(grader=me).filter(submission__assignment__in=assignments)
    return rows.filter(~Exists(held), ~Exists(handed), problem__in=open_problems(me))


def to_read(assignments: Collection[int], me: User) -> Counts:
    """Of each set: how many, and the number of the first problem that has some."""
    rows = second_readings(assignments, me).order_by().values("submission__assignment")
    told = rows.annotate(all=Count("pk"), first=Min("problem__number"))
    return {row["submission__assignment"]: (row["all"], row["first"]) for row in told}


def asked_again(assignments: Collection[int], me: User) -> Counts:
    """Open regrade requests of each set: those that this person sees, and those that wait for them."""
    seen = Regrade.objects.open().visible_to(me).filter(submission__assignment__in=assignments)
    rows = seen.order_by().values("submission__assignment")
    told = rows.annotate(all=Count("pk"), mine=Count("pk", Q(pk__in=Regrade.objects.mine(me).values("pk"))))
    return {row["submission__assignment"]: (row["all"], row["mine"]) for row in told}


def problem_progress(item: Item, problems: Sequence[Problem], me: User) -> list[ProblemProgress]:
    """One query, however many problems and submissions, and one where something is read twice."""
    assert item.assignment_id
    counts = counted(BY_PROBLEM, pairs([item.assignment_id], me))
    plan = getattr(item, "arrangement", None)
    rows = second_readings([item.assignment_id], me) if plan and plan.second_percent else Mark.objects.none()
    twice = Counter(rows.values_list("problem", flat=True))
    found = [ProblemProgress(problem, *counts.get(problem.pk, ())) for problem in problems]
    return [replace(one, again=twice[one.problem.pk]) for one in found]
