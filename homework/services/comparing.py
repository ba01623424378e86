"""Similar work: compares the works of a set, for people to look at. Nothing is decided here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from coursesite.files import reading
from coursesite.files import services as files
from coursesite.files import tasks as files_tasks
from coursesite.files.models import StoredFile
from coursesite.handin.models import Submission, SubmittedFile
from coursesite.roster.models import User

from .. import tasks, winnowing
from ..models import Comparison, Homework, Likeness, Matter

TRIES = 3
LOST_AFTER = timedelta(minutes=2)
TOKENS = {Matter.CODE: winnowing.code_tokens, Matter.TEXT: winnowing.word_tokens}
SIZES = {Matter.CODE: winnowing.CODE, Matter.TEXT: winnowing.WORDS}


@transaction.atomic
def ask(*, homework: Homework, by: User, now: datetime) -> Comparison:
    """A comparison, to be made by the worker. While one is under way, that one; one that was given up begins anew."""
    Homework.objects.select_for_update().get(pk=homework.pk)  # two click at once
    running = homework.comparisons.filter(finished_at=None).first()
    if running and not given_up(running, now):
        return running
    asked = running or Comparison(homework=homework)
    asked.asked_by, asked.asked_at, asked.tries, asked.claimed_until = by, now, 0, None
    asked.full_clean()
    asked.save()
    transaction.on_commit(lambda: files_tasks.later(tasks.compare, asked.pk))
    return asked


def compare(comparison_id: int, *, now: datetime) -> None:
    """All or nothing: who reads meanwhile sees the comparison before. Safe to run twice, and not while another does."""
    asked = Comparison.objects.select_related("homework").filter(pk=comparison_id).first()
    if asked is None or not claim(asked, now):
        return
    try:
        works, given = works_of(asked.homework), given_with(asked.homework)
        found = [row for matter in Matter for row in likenesses(asked, matter, works, given)]
        asked.works = sum(any(work.values()) for work in works.values())
        asked.unread = len(works) - asked.works
        keep(asked, found, now)
    finally:
        mine(asked).update(claimed_until=None)


def claim(asked: Comparison, now: datetime) -> bool:
    """As with slow files: one worker at a time. Void once the time of a task is over, in case the worker died."""
    asked.claimed_until = now + timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    free = Comparison.objects.filter(files.unclaimed(now), pk=asked.pk, finished_at=None)
    return bool(free.update(tries=F("tries") + 1, claimed_until=asked.claimed_until))


def mine(asked: Comparison) -> QuerySet[Comparison]:
    return Comparison.objects.filter(pk=asked.pk, claimed_until=asked.claimed_until)


@transaction.atomic
def keep(asked: Comparison, found: Sequence[Likeness], now: datetime) -> None:
    """In the place of the one before; nothing, where somebody else has taken it over."""
    if mine(asked).filter(finished_at=None).update(works=asked.works, unread=asked.unread, finished_at=now):
        Likeness.objects.bulk_create(found)
        asked.homework.comparisons.exclude(pk=asked.pk).delete()


def given_up(asked: Comparison, now: datetime) -> bool:
    """Begun so often that nobody begins it again; the last try may still be under way."""
    under_way = asked.claimed_until is not None and asked.claimed_until >= now
    return asked.tries >= TRIES and not under_way


Texts = Mapping[str, Sequence[str]]  # by matter


def works_of(homework: Homework) -> dict[str, Texts]:
    """What is written in the versions that count, by the submission's id."""
    rows = Submission.objects.current().filter(assignment=homework, enrollment__status="active")
    used = SubmittedFile.objects.filter(submission__in=rows).select_related("file")
    owners, read = [str(use.submission_id) for use in used], reading.contents([use.file for use in used])
    return merged(zip(owners, read, strict=True))


def merged(read: Iterable[tuple[str, reading.Content]]) -> dict[str, Texts]:
    found = defaultdict[str, dict[str, list[str]]](lambda: {Matter.CODE: [], Matter.TEXT: []})
    for owner, content in read:
        found[owner][Matter.CODE] += [text for _, text in content.code]
        found[owner][Matter.TEXT] += [text for _, text in content.text]
    return dict(found)


def given_with(homework: Homework) -> Texts:
    """Statements, templates and solutions: they are in everybody's work by right."""
    handed = [handout.file for handout in homework.handouts.select_related("file")]
    names = {file.pk: known_format(file) for file in handed}
    for file in handed:
        file.format = names[file.pk]
    statements = [problem.statement for problem in homework.problems.all()]
    handed_out = merged(("all", content) for content in reading.contents(handed)).get("all", {})
    return {
        Matter.CODE: handed_out.get(Matter.CODE, []),
        Matter.TEXT: [*statements, *handed_out.get(Matter.TEXT, [])],
    }


def known_format(file: StoredFile) -> str:
    """What staff hand out is stored as it is; its name says what to read it as, and a wrong name reads as nothing."""
    ending = file.name.rpartition(".")[2].lower()
    return ending if ending in ("ipynb", "pdf", "docx") else file.format


def likenesses(
    asked: Comparison, matter: Matter, works: Mapping[str, Texts], given: Texts
) -> Iterator[Likeness]:  # fmt: skip
    tokens, size = TOKENS[matter], SIZES[matter]
    marks = {name: winnowing.fingerprints(tokens(work[matter]), size) for name, work in works.items()}
    known = set(winnowing.hashes(tokens(given[matter]), size.noise))
    for pair in winnowing.alike(marks, known):
        yield Likeness(
            comparison=asked,
            matter=matter,
            one_id=pair.one,
            other_id=pair.other,
            shared=pair.shared,
            of_one=pair.of_one,
            of_other=pair.of_other,
        )


def compare_waiting(*, now: datetime) -> None:
    """What broker or worker lost is made up for; what fails again and again is given up, and the page says so."""
    waiting = Comparison.objects.filter(files.unclaimed(now), finished_at=None, asked_at__lt=now - LOST_AFTER)
    for pk in waiting.filter(tries__lt=TRIES).values_list("pk", flat=True):
        compare(pk, now=now)
