"""Similar work: compares the works of a set, for people to look at. Nothing is decided here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from coursesite.files import reading
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
    if running and running.tries < TRIES:
        return running
    asked = running or Comparison(homework=homework)
    asked.asked_by, asked.asked_at, asked.tries = by, now, 0
    asked.full_clean()
    asked.save()
    transaction.on_commit(lambda: files_tasks.later(tasks.compare, asked.pk))
    return asked


def compare(comparison_id: int, *, now: datetime) -> None:
    """All or nothing: who reads meanwhile sees the comparison before. Safe to run twice, also at once."""
    Comparison.objects.filter(pk=comparison_id, finished_at=None).update(tries=F("tries") + 1)
    with transaction.atomic():
        waiting = Comparison.objects.select_for_update(skip_locked=True).filter(finished_at=None)
        asked = waiting.filter(pk=comparison_id).first()
        if asked is None:
            return
        works = works_of(asked.homework)
        given = given_with(asked.homework)
        for matter in Matter:
            record(asked, matter, works, given)
        asked.works = sum(any(work.values()) for work in works.values())
        asked.unread = len(works) - asked.works
        asked.finished_at = now
        asked.save()
        asked.homework.comparisons.exclude(pk=asked.pk).delete()


Texts = Mapping[str, Sequence[str]]  # by matter


def works_of(homework: Homework) -> dict[str, Texts]:
    """What is written in the versions that count, by the submission's id."""
    rows = Submission.objects.current().filter(assignment=homework, enrollment__status="active")
    used = SubmittedFile.objects.filter(submission__in=rows).select_related("file")
    owners, files = [str(use.submission_id) for use in used], [use.file for use in used]
    return merged(zip(owners, reading.contents(files), strict=True))


def merged(read: Iterable[tuple[str, reading.Content]]) -> dict[str, Texts]:
    found = defaultdict[str, dict[str, list[str]]](lambda: {Matter.CODE: [], Matter.TEXT: []})
    for owner, content in read:
        found[owner][Matter.CODE] += [text for _, text in content.code]
        found[owner][Matter.TEXT] += [text for _, text in content.text]
    return dict(found)


def given_with(homework: Homework) -> Texts:
    """Statements, templates and solutions: they are in everybody's work by right."""
    files = [handout.file for handout in homework.handouts.select_related("file")]
    names = {file.pk: known_format(file) for file in files}
    for file in files:
        file.format = names[file.pk]
    statements = [problem.statement for problem in homework.problems.all()]
    handed_out = merged(("all", content) for content in reading.contents(files)).get("all", {})
    return {
        Matter.CODE: handed_out.get(Matter.CODE, []),
        Matter.TEXT: [*statements, *handed_out.get(Matter.TEXT, [])],
    }


def known_format(file: StoredFile) -> str:
    """What staff hand out is stored as it is; its name says what to read it as, and a wrong name reads as nothing."""
    ending = file.name.rpartition(".")[2].lower()
    return ending if ending in ("ipynb", "pdf", "docx") else file.format


def record(asked: Comparison, matter: Matter, works: Mapping[str, Texts], given: Texts) -> None:
    tokens, size = TOKENS[matter], SIZES[matter]
    marks = {name: winnowing.fingerprints(tokens(work[matter]), size) for name, work in works.items()}
    known = set(winnowing.hashes(tokens(given[matter]), size.noise))
    Likeness.objects.bulk_create(
        Likeness(
            comparison=asked,
            matter=matter,
            one_id=pair.one,
            other_id=pair.other,
            shared=pair.shared,
            of_one=pair.of_one,
            of_other=pair.of_other,
        )
        for pair in winnowing.alike(marks, known)
    )


def compare_waiting(*, now: datetime) -> None:
    """What broker or worker lost is made up for; what fails again and again is given up, and the page says so."""
    waiting = Comparison.objects.filter(finished_at=None, asked_at__lt=now - LOST_AFTER)
    for pk in waiting.filter(tries__lt=TRIES).values_list("pk", flat=True):
        compare(pk, now=now)
