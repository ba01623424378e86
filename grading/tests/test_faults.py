"""Faults with a real worker process on the test's database: after each, stored grades equal a fresh computation."""

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from coursesite.embedded.workers import environ, until, worker
from grading import tasks
from grading.models import CourseGrade, Item, Score, Stale
from grading.services import computing

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def score(ada, broker):
    item = Item.objects.get(category__course=ada.course, title="Homework 1")
    found = Score.objects.create(item=item, enrollment=ada, state="graded", points=90, raw_points=90)
    Stale.objects.all().delete()
    return found


@pytest.fixture
def broker():
    found = redis.Redis.from_url(settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://"))
    found.flushall()
    yield found
    found.flushall()


def change(score, points):
    score.points = score.raw_points = Decimal(points)
    score.save()


def computed(score):
    """The stored grade is what these points give alone, and nothing is waiting."""
    grade = CourseGrade.objects.filter(enrollment=score.enrollment).first()
    return grade and grade.so_far == score.points and not Stale.objects.exists()


def waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0]


def hold(student):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [computing.LOCKS, student.pk])


def let_go(student):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [computing.LOCKS, student.pk])


def test_f01_a_task_whose_process_is_killed_is_done_once_and_at_once(score, ada):
    """The pool's child dies in the middle; the worker's parent hands the message to another at once."""
    hold(ada)
    change(score, 70)
    with worker() as process:
        tasks.reconcile.delay()
        until(waiting_for_a_lock)
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        let_go(ada)
        until(lambda: computed(score))
    assert CourseGrade.objects.count() == 1
    assert list(computing.differences(ada.course)) == []


def test_f01_a_worker_that_is_killed_leaves_its_work_to_the_next(score, ada):
    """The message is lost for an hour; the row in the queue is not, and beat asks again."""
    hold(ada)
    change(score, 60)
    with worker() as process:
        tasks.reconcile.delay()
        until(waiting_for_a_lock)
        os.killpg(process.pid, signal.SIGKILL)
    let_go(ada)
    until(lambda: Stale.objects.exists())
    with worker():
        tasks.reconcile.delay()  # as beat does
        until(lambda: computed(score))
    assert list(computing.differences(ada.course)) == []


def children(parent):
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in told.stdout.split()]


def test_f02_a_broker_that_was_flushed_loses_no_work(score, ada, broker):
    computing.soon()
    change(score, 50)
    broker.flushall()
    with worker():
        tasks.reconcile.delay()  # as beat does
        until(lambda: computed(score))


DIES = """
import os
import random
from coursesite.files import tasks as files
from grading.services import computing
from grading.models import Score
computing.later = lambda task: os._exit(9)
from django.db import transaction
with transaction.atomic():
    score = Score.objects.get()
    score.points = score.raw_points = 40
    score.save()
    computing.soon()
"""


def test_f03_a_process_killed_between_commit_and_enqueue_loses_no_work(score, ada):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", DIES], cwd=ROOT, env=environ(), timeout=60
    )
    assert done.returncode == 9
    score.refresh_from_db()
    assert score.points == 40
    assert Stale.objects.exists()
    tasks.reconcile()  # what beat sends
    assert computed(score)


def test_f04_ten_messages_in_parallel_have_one_effect(score, ada, broker):
    change(score, 30)
    with worker():
        for _ in range(10):
            tasks.reconcile.delay()
        until(lambda: computed(score))
        until(lambda: not broker.llen("celery") and not broker.hlen("unacked"))
    assert CourseGrade.objects.count() == 1
    assert list(computing.differences(ada.course)) == []


def test_workers_that_die_at_random_while_scores_change_leave_no_wrong_grade(ada, alan, grace, broker):
    """Three workers are killed with all their children, each at a moment that nobody chose; some messages are lost
    with them. What the next one and beat find makes every grade right."""
    dice = random.Random(20)
    items = list(Item.objects.filter(category__course=ada.course))
    scores = [
        Score(item=item, enrollment=student, state="graded", points=50, raw_points=50)
        for item in items
        for student in (ada, alan, grace)
    ]
    Score.objects.bulk_create(scores)
    for _ in range(3):
        with worker() as process:
            until(lambda: children(process.pid))
            end = time.monotonic() + dice.uniform(2, 5)
            while time.monotonic() < end:
                change(dice.choice(scores), dice.randrange(101))
                computing.soon()
                time.sleep(dice.uniform(0, 0.05))
            os.killpg(process.pid, signal.SIGKILL)
        change(dice.choice(scores), dice.randrange(101))  # while nobody works
    with worker():
        tasks.reconcile.delay()  # as beat does
        until(lambda: not Stale.objects.exists())
        until(lambda: not list(computing.differences(ada.course)))
    assert CourseGrade.objects.filter(enrollment__course=ada.course, so_far__isnull=False).count() == 3
