"""G12: released now, at a set time, taken back; one letter whatever happens, and nothing to see in between."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.roster.models import Enrollment, Letter, Membership
from grading import tasks
from grading.models import Item
from grading.policy import State
from grading.services import awarding, marking
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

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


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


def page(*items):
    return "/admin/grading/item/release/?" + "&".join(f"item={item.pk}" for item in items)


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_page_says_who_sees_what_who_waits_and_who_has_nothing(as_ines, item, alan, grace, cast, ines):
    homework_services.submit(
        homework=item.assignment,
        enrollment=alan,
        delivery=cast.delivery(),
        acknowledged={n: Credit() for n in range(1, 5)},
    )
    excused = cast.enroll(item.category.course, "Emil Excused")
    awarding.award(item=item, enrollment=excused, by=ines.user, state=State.EXCUSED, reason="Ill")
    dropped = cast.enroll(item.category.course, "Dora Dropped")
    Enrollment.objects.filter(pk=dropped.pk).update(status="dropped")
    told = words(as_ines.get(page(item)))
    assert "1 student sees points and comments (1 set by hand); from 81.00 % to 81.00 %" in told
    assert "1 handed in and is not graded" in told
    assert "Alan Turing" in told
    assert "1 has handed in nothing and has no points" in told
    assert "Grace Hopper" in told
    assert "1 is excused" in told
    assert "Dora Dropped" not in told
    assert "That student gets one e-mail, without points in it." in told


def test_the_page_releases_now_at_a_time_and_takes_back(as_ines, item):
    as_ines.post(page(item), {"when": "at", "at": "2099-01-01T10:00"})
    assert as_ines.post(page(item), {"when": "at"}).status_code == 400
    item.refresh_from_db()
    assert (item.released_at, item.release_at) == (None, None)
    ahead = timezone.now().astimezone(item.category.course.zone) + timedelta(days=3)
    as_ines.post(page(item), {"when": "at", "at": ahead.strftime("%Y-%m-%dT%H:%M")})
    item.refresh_from_db()
    assert item.release_at == ahead.replace(second=0, microsecond=0)
    planned = as_ines.get(page(item))
    assert (planned.context["when"], planned.context["at"]) == ("at", ahead.strftime("%Y-%m-%dT%H:%M"))
    assert "Release Homework 1?" in words(planned)
    as_ines.post(page(item), {"when": "back"})
    as_ines.post(page(item), {"when": "now"})
    item.refresh_from_db()
    assert (item.released_at is None, item.release_at) == (False, None)
    assert "no second mail goes out" in words(as_ines.get(page(item)))
    assert "Homework 1 is released" in words(as_ines.get(page(item)))
    as_ines.post(page(item), {"when": "back"})
    item.refresh_from_db()
    assert item.released_at is None


def test_a01_the_page_is_the_instructors(client, item, ada, tom, other, as_ines):
    elsewhere = Item.objects.filter(category__course=other["course"]).first()
    for address in (page(elsewhere), page(item, elsewhere), "/admin/grading/item/release/", page(item) + "x"):
        assert as_ines.get(address).status_code == 404
    for person in (ada, tom, other["instructor"]):
        client.force_login(person.user)
        assert client.post(page(item), {"when": "now"}, follow=True).status_code == 404
    item.refresh_from_db()
    assert item.released_at is None


def test_the_members_of_a_team_when_it_was_due_are_those_who_see(as_ines, proposal, team, ada, grace, tom, cast):
    made, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now())
    column = Item.objects.get(assignment=proposal)
    assert "2 handed in and are not graded" in words(as_ines.get(page(column)))
    given = [marking.Given(problem.number, problem.points) for problem in proposal.problems.all()]
    marking.mark(submission=made, grader=tom.user, given=given)
    assert "2 students see points and comments" in words(as_ines.get(page(column)))


def test_the_page_costs_the_same_for_one_student_and_for_three(as_ines, item, cast, ines):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert as_ines.get(page(item)).status_code == 200
        return len(asked)

    queries()
    one = queries()
    for name in ("Zoe One", "Yan Two"):
        student = cast.enroll(item.category.course, name)
        awarding.award(
            item=item, enrollment=student, by=ines.user, state=State.GRADED, points=Decimal(5), reason="Oral"
        )
    assert queries() == one


def test_a_token_releases_by_the_same_service(client, item, ines):
    client.force_login(ines.user)
    sent = {"item": "Homework 1", "released": True}
    answer = client.post("/api/v1/courses/deep-learning/release/", sent, content_type="application/json")
    item.refresh_from_db()
    assert (answer.status_code, item.released_at is None) == (200, False)
    assert Letter.objects.filter(subject="Homework 1 is graded").count() == 1
