"""G12: released now, at a set time, taken back; one letter whatever happens, and nothing to see in between."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coursesite.roster.models import Letter
from grading import tasks
from grading.models import Item
from grading.policy import State
from grading.services import awarding

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def item(homework, ada, ines):
    found = Item.objects.select_related("category__course").get(assignment=homework)
    awarding.award(item=found, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(81), reason="On paper")
    return found


def plan(item, by, at=HOUR):
    now = timezone.now()
    return awarding.plan_release(items=[item], by=by.user, at=now + at, now=now)


def test_g12_what_is_planned_is_released_at_its_time_and_told_once(item, ines):
    assert plan(item, ines) == 1
    assert awarding.release_due(now=timezone.now()) == 0
    later = timezone.now() + 2 * HOUR
    assert [awarding.release_due(now=later) for _ in range(2)] == [1, 0]
    item.refresh_from_db()
    assert (item.released_at, item.release_at, item.announced_at is None) == (later, None, False)
    assert Letter.objects.filter(subject="Homework 1 is graded").count() == 1


def test_g12_a_second_planned_release_sends_no_second_letter(item, ines):
    awarding.release(items=[item], by=ines.user)
    awarding.unrelease(items=[item], by=ines.user)
    plan(item, ines)
    awarding.release_due(now=timezone.now() + 2 * HOUR)
    assert Letter.objects.filter(subject="Homework 1 is graded").count() == 1


def test_taking_back_forgets_the_plan_and_releasing_now_does_too(item, ines):
    plan(item, ines)
    assert awarding.unrelease(items=[item], by=ines.user) == 0
    assert awarding.release_due(now=timezone.now() + 2 * HOUR) == 0
    plan(item, ines)
    awarding.release(items=[item], by=ines.user)
    item.refresh_from_db()
    assert item.release_at is None


def test_a_release_is_planned_ahead_by_the_instructor_alone(item, ines, tom, other):
    for at in (-HOUR, timedelta(0), timedelta(days=400)):
        with pytest.raises(ValidationError, match="lies ahead"):
            plan(item, ines, at)
    for person in (tom, other["instructor"]):
        with pytest.raises(PermissionDenied):
            plan(item, person)
    awarding.release(items=[item], by=ines.user)
    assert plan(item, ines) == 0


def test_the_worker_releases_what_is_due(item, ines):
    Item.objects.filter(pk=item.pk).update(release_at=timezone.now() - HOUR)
    tasks.release_due()
    tasks.release_due()
    item.refresh_from_db()
    assert item.released_at is not None
    assert Letter.objects.filter(subject="Homework 1 is graded").count() == 1
