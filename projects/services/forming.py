"""Teams for whoever has none: a run of the optimiser is asked for, and cancelled."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from coursesite.files.tasks import later
from coursesite.roster.models import Course, User

from .. import tasks
from ..klass import Klass, klass
from ..models import AT_WORK, Formation, Stage
from ..optimiser.values import Weights

QUIET = timedelta(seconds=90)  # without a sign of life a worker is taken for dead
WAITS = timedelta(seconds=20)


def check_leads(course: Course, by: User) -> None:
    if not Course.objects.led_by(by).filter(pk=course.pk).exists():
        raise ValidationError("Only instructors of the course form teams.")


@transaction.atomic
def form(*, course: Course, by: User, weights: Weights, seed: int = 1, extends: bool = False) -> Formation:
    """Asks for a proposal; what can't be split is told at once."""
    check_leads(course, by)
    check_feasible(klass(course), extends=extends)
    row = Formation(course=course, asked_by=by, seed=seed, extends=extends)
    row.interests, row.hours, row.sections = weights.interests, weights.hours, weights.sections
    row.full_clean()
    row.save()
    transaction.on_commit(lambda: later(tasks.form_teams, row.pk))
    return row


def check_feasible(found: Klass, *, extends: bool) -> None:
    verdict = found.verdict
    if not verdict.students:
        raise ValidationError(verdict.sentence)
    if not verdict.ok and not (extends and verdict.helped):
        raise ValidationError([verdict.sentence, *verdict.ways])


@transaction.atomic
def cancel(*, formation: Formation, by: User) -> None:
    """At once where nothing has begun; else the worker stops at its next sign of life."""
    check_leads(formation.course, by)
    rows = Formation.objects.filter(pk=formation.pk)
    if not rows.filter(state=Stage.WAITING).update(state=Stage.CANCELLED, ended_at=timezone.now()):
        rows.filter(state=Stage.RUNNING).update(stop_asked=True)


@transaction.atomic
def discard(*, formation: Formation, by: User) -> None:
    check_leads(formation.course, by)
    open_now = Formation.objects.filter(pk=formation.pk, state=Stage.PROPOSED)
    if not open_now.update(state=Stage.DISCARDED, ended_at=timezone.now()):
        raise ValidationError("There is no open proposal here.")


def form_waiting(now: datetime) -> None:
    """What a broker that was down, or a worker that died, has left over."""
    waits = Q(state=Stage.WAITING, asked_at__lt=now - WAITS) | Q(state=Stage.RUNNING, told_at__lt=now - QUIET)
    for pk in Formation.objects.filter(waits, state__in=AT_WORK).values_list("pk", flat=True):
        later(tasks.form_teams, pk)
