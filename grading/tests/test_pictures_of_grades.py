"""Pictures of a course: staff see all, students what is released and of five at least."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coursesite.handin.models import Assignment
from grading.models import Item
from grading.policy import State
from grading.services import awarding, computing

pytestmark = pytest.mark.django_db
STAFF, OWN = "/c/deep-learning/gradebook/statistics/", "/c/deep-learning/grades/statistics/"


@pytest.fixture
def scored(course, cast, ines, ada, alan, grace):
    """So many students have 10, 20, ... points in the first set and in the proposal."""

    def build(count, *, release=True):
        students = [ada, alan, grace, *(cast.enroll(course, f"S{n} Student") for n in range(max(0, count - 3)))][:count]
        items = Item.objects.filter(category__course=course)
        chosen = [items.get(title="Homework 1"), items.filter(assignment__kind="milestone").first()]
        for item in chosen:
            for place, student in enumerate(students, start=1):
                awarding.award(
                    item=item,
                    enrollment=student,
                    by=ines.user,
                    state=State.GRADED,
                    points=Decimal(10 * place),
                    reason="x",
                )
        if release:
            awarding.release(items=chosen[:1], by=ines.user)
        computing.compute_course(course)
        return students

    return build


def page(client, user, address):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_see_every_picture_with_its_numbers(client, ines, scored, course):
    scored(6)
    told = page(client, ines.user, STAFF)
    for title in ("Course grades so far", "Homework against project", "Over the weeks", "<b>Homework 1</b>"):
        assert title in told
    assert "6 students, Homework, % across and Project, % upwards." in told
    assert told.count("The same as a table") == 6


def test_students_see_their_place_in_what_is_released(client, scored):
    ada, *_ = scored(5)
    told = page(client, ada.user, OWN)
    assert "<b>Homework 1</b> <span>5 values" in told
    assert "Yours is 10 %." in told
    assert "roposal" not in told
    assert "You, Mean of all" not in told, "one week makes no line"


def test_students_see_their_weeks_beside_everybodys(client, scored, ines, course):
    ada, *_ = scored(5)
    awarding.release(items=list(Item.objects.filter(category__course=course)), by=ines.user)
    assert "You, Mean of all" in page(client, ada.user, OWN)


@pytest.mark.parametrize(("count", "release"), [(4, True), (5, False)])
def test_never_of_fewer_than_five_nor_before_the_release(client, scored, count, release):
    ada, *_ = scored(count, release=release)
    told = page(client, ada.user, OWN)
    assert "<svg" not in told
    assert "Nothing to show yet" in told


def test_who_has_dropped_counts_for_nobody(client, scored):
    ada, *_, last = scored(5)
    last.status = "dropped"
    last.save()
    assert "<svg" not in page(client, ada.user, OWN)


def test_the_weeks_are_those_of_the_course(client, ines, scored, course):
    course.first_day = timezone.localdate() - timedelta(days=15)
    course.last_day = timezone.localdate() + timedelta(days=100)
    course.save()
    scored(3)
    Assignment.objects.filter(item__title="Homework 1").update(due_at=timezone.now() - timedelta(days=15))
    Assignment.objects.filter(item__isnull=False).exclude(item__title="Homework 1").update(due_at=timezone.now())
    assert "from Week 1 to Week 3" in page(client, ines.user, STAFF)


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_take_the_same_number_of_queries(client, ines, scored, count, django_assert_num_queries):
    ada, *_ = scored(count)
    for user, address, expected in ((ines.user, STAFF, 9), (ada.user, OWN, 7)):
        client.force_login(user)
        with django_assert_num_queries(expected):
            client.get(address)
