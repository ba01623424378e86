"""What graders draw and write on the work itself, and what they say on all of it."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.files.models import Format
from coursesite.handin import services as handin
from coursesite.handin.models import Problem, Submission, SubmittedFile
from coursesite.roster.models import User

from .. import permissions, shapes
from ..models import Annotation, Remark, Shape

MOST = 300
NEWER = "A newer version was handed in meanwhile. Notes stay with this one; open the new one."
CHANGED = "{who} has changed this meanwhile. Look again, and save again."


@dataclass(frozen=True)
class Drawn:
    """As it came from the page: which file and page, what shape, and what is said."""

    used: int
    page: int
    shape: str
    points: Any = ()
    text: str = ""


@transaction.atomic
def annotate(*, submission: Submission, problem: Problem, grader: User, drawn: Drawn) -> Annotation:
    """Puts one more on a page or a cell. ValidationError says what is wrong."""
    check_open(submission, grader)
    if problem.assignment_id != submission.assignment_id:
        raise ValidationError("This problem belongs to something else.")
    if submission.annotations.count() >= MOST:
        raise ValidationError(f"{MOST} notes on one piece of work are enough; say the rest in the comment.")
    used = submission.files.select_related("file").filter(pk=drawn.used).first()
    check_place(used, drawn)
    row = Annotation(submission=submission, problem=problem, used=used, page=drawn.page, shape=drawn.shape)
    return put(row, grader, drawn.points, drawn.text)


@transaction.atomic
def amend(*, annotation: Annotation, grader: User, points: Any, text: str, version: int) -> Annotation:
    """Moves it, or says something else."""
    row = checked(annotation, grader, version)
    row.version += 1
    return put(row, row.grader, points, text)


@transaction.atomic
def erase(*, annotation: Annotation, grader: User, version: int) -> None:
    checked(annotation, grader, version).delete()


def checked(annotation: Annotation, grader: User, version: int) -> Annotation:
    """The row as it is now, if it still is the one that was on the page."""
    check_open(annotation.submission, grader)
    row = Annotation.objects.select_related("grader").filter(pk=annotation.pk).first()
    if row is None:
        raise ValidationError("This note was deleted meanwhile.", code="conflict")
    if row.version != version:
        raise ValidationError(CHANGED.format(who="Somebody"), code="conflict")
    return row


def check_open(submission: Submission, grader: User) -> None:
    permissions.check_marks(grader, submission.assignment.course)
    # Locked: a newer version may arrive, and a colleague may save, at this moment.
    handin.lock(submission.owner)
    if not Submission.objects.current().filter(pk=submission.pk).exists():
        raise ValidationError(NEWER)


def check_place(used: SubmittedFile | None, drawn: Drawn) -> None:
    if used is None or used.file.pages is None:
        raise ValidationError("There is no such page; look at the work anew.")
    on_cell = used.file.format == Format.NOTEBOOK
    if on_cell != (drawn.shape == Shape.CELL):
        raise ValidationError("Notebooks take notes on cells, pages take drawings.")
    if not 1 <= drawn.page <= used.file.pages:
        raise ValidationError(f"There is no {'cell' if on_cell else 'page'} {drawn.page}.")


def put(row: Annotation, grader: User, points: Any, text: str) -> Annotation:
    try:
        row.points = shapes.read(row.shape, points)
    except ValueError as problem:
        raise ValidationError(str(problem)) from problem
    row.text, row.grader = written(text), grader
    row.full_clean(exclude=["submission", "problem", "used", "grader"])
    row.save()
    return row


def written(text: str) -> str:
    """PostgreSQL keeps no NUL, and nobody types one."""
    return text.replace("\x00", "").strip()


@transaction.atomic
def remark(*, submission: Submission, grader: User, text: str, version: int = 0) -> Remark | None:
    """A comment on the whole of the work; an empty one takes it away. `version` is the one that was on the page."""
    check_open(submission, grader)
    text = written(text)
    old = Remark.objects.select_related("grader").filter(submission=submission).first()
    if (old.text if old else "") == text:
        return old
    if (old.version if old else 0) != version:
        who = str(old.grader) if old else "Somebody"
        raise ValidationError(CHANGED.format(who=who), code="conflict")
    if not text:
        assert old
        old.delete()
        return None
    row = old or Remark(submission=submission)
    row.text, row.grader, row.version = text, grader, version + 1
    row.full_clean(exclude=["submission", "grader"])
    row.save()
    return row
