"""The gradebook as of a moment: the numbers that stood then, from history."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from coursesite.roster.models import Enrollment, Status
from grading import past
from grading.models import Category, CourseGrade, Cutoff, Item, Score
from grading.policy import State
from grading.services import awarding, computing

from .test_gradebook import BOOK, names, row

pytestmark = pytest.mark.django_db
EVENTS = [
    "grading_scoreevent",
    "grading_itemevent",
    "grading_categoryevent",
    "grading_cutoffevent",
    "grading_overrideevent",
    "roster_enrollmentevent",
]
NOW = timezone.now()


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


@pytest.fixture
def items(course):
    return list(Item.objects.filter(category__course=course).order_by("position"))


def days_ago(days):
    return NOW - timedelta(days=days)


def happened(days):
    """What was written so far and not dated yet was written then: a test is one transaction, so its rows have one
    moment."""
    with connection.cursor() as cursor:
        for table in EVENTS:
            cursor.execute(
                f"UPDATE {table} SET pgh_created_at = %s WHERE pgh_created_at > %s",
                [days_ago(days), NOW - timedelta(hours=9)],
            )


def as_of(days):
    return f"?at={days_ago(days):%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.fixture
def story(course, ada, alan, items, ines):
    """Nine days ago everybody is there; 7: 80 points; 5: 60 instead; 3: the scheme changes; 1: Ada drops, raw SQL."""
    happened(9)
    give = lambda points: awarding.award(  # noqa: E731
        item=items[0], enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(points), reason="Oral"
    )
    give(80)
    happened(7)
    give(60)
    happened(5)
    category = items[0].category
    Category.objects.filter(pk=category.pk).update(keep_best=1)
    Cutoff.objects.filter(course=course, letter="F").delete()
    Item.objects.filter(pk=items[0].pk).update(points_possible=80)
    happened(3)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM grading_score")
    ada.status = Status.DROPPED
    ada.save()
    happened(1)


def grade(course, ada, days):
    rows = past.computed(course, days_ago(days))
    return next(row for row in rows if row["enrollment_id"] == ada.pk)


def test_the_numbers_that_stood_then(as_ines, story, ada, alan, course):
    cell = lambda days: row(as_ines.get(BOOK + as_of(days)), ada)[-9]  # noqa: E731
    assert [cell(days) for days in (8, 6, 4, 2)] == ["open", "80 by hand", "60 by hand", "60 by hand"]
    assert names(as_ines.get(BOOK + as_of(2))) == ["Lovelace, Ada", "Turing, Alan"]
    assert names(as_ines.get(BOOK + as_of(0.5))) == names(as_ines.get(BOOK)) == ["Turing, Alan"]
    assert names(as_ines.get(BOOK + as_of(20))) == []


def test_course_grades_are_computed_from_the_scores_and_the_scheme_of_then(story, ada, course):
    assert [grade(course, ada, days)["so_far"] for days in (8, 6, 4, 2)] == [None, 80, 60, 75]
    assert [grade(course, ada, days)["final"] for days in (6, 2)] == [Decimal("12.00"), Decimal("45.00")]


def test_what_stands_now_is_what_the_past_says_of_now(course, ada, alan, items, ines):
    for student, points in ((ada, 80), (alan, 33)):
        awarding.award(
            item=items[0], enrollment=student, by=ines.user, state=State.GRADED, points=Decimal(points), reason="x"
        )
    computing.compute_course(course)
    fields = ("enrollment_id", "final", "so_far", "reachable", "letter")
    stored = list(CourseGrade.objects.order_by("pk").values(*fields))
    found = sorted(past.computed(course, timezone.now() + timedelta(minutes=1)), key=lambda row: row["enrollment_id"])
    assert found == stored


def test_nothing_can_be_changed_there_and_sorting_stays_in_the_past(as_ines, story):
    page = as_ines.get(BOOK + as_of(6)).content.decode()
    assert "data-edits" not in page
    assert 'type="checkbox"' not in page
    assert page.count("&amp;at=") >= 9
    assert "mean 80.00" in page


def test_the_file_of_a_moment(as_ines, client, story, ada, tom):
    answer = as_ines.get(f"{BOOK}as-of.csv{as_of(6)}")
    found = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [line["Student"] for line in found] == ["Lovelace, Ada", "Turing, Alan"]
    assert (found[0]["Homework 1"], found[0]["Homework 1 state"], found[0]["So far percent"]) == (
        "80",
        "graded",
        "80.00",
    )
    assert (found[1]["Homework 1"], found[1]["Homework 1 state"]) == ("", "ungraded")
    assert as_ines.get(f"{BOOK}as-of.csv").status_code == 404
    client.force_login(tom.user)
    assert client.get(f"{BOOK}as-of.csv{as_of(6)}").status_code == 403


def test_columns_are_those_of_then(as_ines, story, items, course):
    Item.objects.filter(pk=items[1].pk).update(title="Renamed")
    Item.objects.create(category=items[0].category, title="Later", points_possible=5, position=1)
    page = as_ines.get(BOOK + as_of(6)).content.decode()
    assert ("Later" in page, "Renamed" in page, "of 80" in page) == (False, False, False)
    assert "of 80" in as_ines.get(BOOK + as_of(2)).content.decode()


def test_a_moment_that_is_none_is_now(as_ines, story):
    for text in ("yesterday", "2026-99-99T00:00", ""):
        assert names(as_ines.get(f"{BOOK}?at={text}")) == ["Turing, Alan"]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_past_takes_the_same_number_of_queries(as_ines, course, items, count, django_assert_num_queries):
    from coursesite.roster.models import User

    users = User.objects.bulk_create([User(email=f"s{n}@example.org", name=f"S {n}") for n in range(count)])
    students = Enrollment.objects.bulk_create([Enrollment(course=course, user=user) for user in users])
    Score.objects.bulk_create([Score(item=items[0], enrollment=s, state="graded", points=5) for s in students])
    happened(9)
    with django_assert_num_queries(9):
        assert len(names(as_ines.get(BOOK + as_of(8)))) == count
