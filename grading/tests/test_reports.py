"""One student's report, and the letter set by hand."""

from decimal import Decimal

import pytest

from coursesite.roster.history import events_of
from grading.models import Item, Override, Score
from grading.policy import State
from grading.services import awarding

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


@pytest.fixture
def scored(course, ada, ines):
    """One score that is released, and one that isn't."""
    shown, hidden = Item.objects.filter(category__course=course).order_by("position")[:2]
    for item, points in ((shown, 80), (hidden, 40)):
        awarding.award(
            item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(points), reason="Oral"
        )
    awarding.release(items=[shown], by=ines.user)
    return ada


def of(student):
    return f"/c/deep-learning/gradebook/students/{student.pk}/"


def test_staff_see_every_score_and_the_student_those_released(as_ines, client, scored):
    assert "60.00 %" in as_ines.get(of(scored)).content.decode()
    client.force_login(scored.user)
    page = client.get("/c/deep-learning/grades/report/").content.decode()
    assert "80.00 %" in page
    assert "60.00 %" not in page
    assert ">40<" not in page


def test_a_report_says_which_version_of_the_data_it_was_computed_from(as_ines, scored):
    newest = events_of(Score).objects.filter(enrollment=scored.pk).latest("pgh_id").pgh_id
    first = as_ines.get(of(scored)).context["report"].version
    assert first.scores == newest
    assert str(first) in as_ines.get(of(scored)).content.decode()
    Score.objects.filter(enrollment=scored).update(reason="Another")
    second = as_ines.get(of(scored)).context["report"].version
    assert (second.scores > first.scores, second.items) == (True, first.items)
    Item.objects.filter(category__course=scored.course).update(points_possible=99)
    assert as_ines.get(of(scored)).context["report"].version.items > first.items


def test_a_letter_is_set_with_a_reason_and_taken_back(as_ines, scored):
    assert as_ines.post(of(scored), {"letter": "A", "reason": " ", "seen": ""}).status_code == 409
    assert as_ines.post(of(scored), {"letter": "Q", "reason": "Oral", "seen": ""}).status_code == 409
    assert not Override.objects.exists()
    assert as_ines.post(of(scored), {"letter": "I", "reason": "Ill since May", "seen": ""}).status_code == 302
    page = as_ines.get(of(scored)).content.decode()
    assert "incomplete (I)" in page
    assert "Ill since May" in page
    as_ines.post(of(scored), {"act": "back", "reason": "Has come", "seen": "I"})
    assert not Override.objects.exists()
    page = as_ines.get(of(scored)).content.decode()
    assert "I → <b>deleted</b>" in page
    assert "“Has come”" in page


def test_the_second_who_sets_a_letter_is_told(as_ines, scored, ines):
    as_ines.post(of(scored), {"letter": "A", "reason": "Oral", "seen": ""})
    answer = as_ines.post(of(scored), {"letter": "B", "reason": "Project", "seen": ""})
    assert answer.status_code == 409
    assert "Ines Instructor has set A meanwhile: Oral" in answer.content.decode()
    assert Override.objects.get().letter == "A"
    as_ines.post(of(scored), {"letter": "B", "reason": "Project", "seen": "A"})
    assert Override.objects.get().letter == "B"


def test_the_student_reads_the_letter_that_was_set(client, scored, ines):
    Override.objects.create(enrollment=scored, letter="AU", reason="Audits", set_by=ines.user)
    client.force_login(scored.user)
    assert "auditor, no grade (AU)" in client.get("/c/deep-learning/grades/report/").content.decode()


def test_a03_tas_and_students_set_no_letter(client, scored, tom, alan, other):
    for user, expected in ((tom, 403), (alan, 404), (scored, 404), (other["instructor"], 404)):
        client.force_login(user.user)
        assert client.post(of(scored), {"letter": "A", "reason": "x", "seen": ""}).status_code == expected
    assert not Override.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_report_takes_the_same_number_of_queries(as_ines, ada, course, ines, count, django_assert_num_queries):
    for item in Item.objects.filter(category__course=course).order_by("position")[:count]:
        awarding.award(item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(5), reason="x")
    with django_assert_num_queries(14):
        as_ines.get(of(ada))
