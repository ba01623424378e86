"""Who enrols after something was due is proposed as excused there; nothing happens before an instructor decides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coursesite.roster.models import Enrollment
from grading.late_adds import proposals
from grading.models import Item, Score
from grading.policy import State
from grading.services import awarding, deadlines, marking
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
PAGE = "/admin/grading/score/late-adds/"


@pytest.fixture
def late(course, homework, cast):
    """Lena came today; Homework 1 was due yesterday."""
    cast.opened(homework, due=-timedelta(days=1))
    lena = cast.enroll(course, "Lena Late")
    Enrollment.objects.filter(pk=lena.pk).update(enrolled_at=timezone.now())
    return lena


def told(course):
    return [(str(p.student.user), [i.title for i in p.items]) for p in proposals([course], now=timezone.now())]


def test_late_adds_alone_are_proposed_and_the_deadline_job_leaves_them(course, ada, late):
    deadlines.write_missing(now=timezone.now())
    assert told(course) == [("Lena Late", ["Homework 1"])]
    assert list(Score.objects.values_list("enrollment", "state")) == [(ada.pk, "missing")]


def test_one_click_excuses_them_with_the_reason_and_the_proposal_is_gone(client, course, homework, late, ines):
    client.force_login(ines.user)
    assert "1 student enrolled after something was due" in client.get("/admin/").content.decode()
    item = Item.objects.get(assignment=homework)
    assert f'value="{late.pk}-{item.pk}" checked' in client.get(PAGE).content.decode()
    client.post(PAGE, {"pick": [f"{late.pk}-{item.pk}"], "excuse": ""})
    score = Score.objects.get(enrollment=late)
    assert (score.state, score.source, score.reason) == ("excused", "entry", "Enrolled after it was due")
    assert told(course) == []
    assert "enrolled after something" not in client.get("/admin/").content.decode()


def test_they_can_be_counted_as_missing_instead(client, homework, late, ines):
    client.force_login(ines.user)
    client.post(PAGE, {"pick": [f"{late.pk}-{Item.objects.get(assignment=homework).pk}"], "missing": ""})
    assert Score.objects.get(enrollment=late).state == "missing"


@pytest.mark.parametrize("forged", ["x", "1-", "-1", "²-1", "99999-1", ""])
def test_what_is_not_proposed_can_not_be_excused(client, homework, late, ada, ines, forged):
    client.force_login(ines.user)
    item = Item.objects.get(assignment=homework)
    client.post(PAGE, {"pick": [forged, f"{ada.pk}-{item.pk}"], "excuse": ""})
    assert not Score.objects.exists()


def test_who_handed_in_all_the_same_or_has_a_score_is_not_proposed(course, homework, late, ines, tom, cast):
    awarding.award(
        item=Item.objects.get(assignment=homework), enrollment=late, by=ines.user, state=State.GRADED,
        points=Decimal(50), reason="Came from another section",
    )  # fmt: skip
    assert told(course) == []


def test_other_courses_and_tas_decide_nothing(client, late, tom, other):
    for stranger, status in ((tom, 404), (other["instructor"], 200)):
        client.force_login(stranger.user)
        answer = client.get(PAGE)
        assert answer.status_code == status
        assert b"Lena" not in answer.content


def test_its_queries_do_not_grow(
    client, course, late, ines, cast, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(ines.user)
    with django_assert_max_num_queries(30) as first:
        client.get(PAGE)
    asked = len(first)
    for name in ("Mia Late", "Noa Late"):
        row = cast.enroll(course, name)
        Enrollment.objects.filter(pk=row.pk).update(enrolled_at=timezone.now())
    with django_assert_num_queries(asked):
        client.get(PAGE)


# A new version after marking


def test_the_marker_is_told_of_a_new_version_and_the_marks_stay_with_the_old(client, homework, ada, alan, tom, cast):
    def hand_in(student, **parts):
        return homework_services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(**parts),
            acknowledged={n: Credit() for n in (1, 2, 3, 4)},
        )[0]  # fmt: skip

    first, other = hand_in(ada), hand_in(alan)
    for work in (first, other):
        given = [marking.Given(number, Decimal(20)) for number in (1, 2, 3, 4)]
        marking.mark(submission=work, grader=tom.user, given=given)
    client.force_login(tom.user)
    item = Item.objects.get(assignment=homework)
    assert "new version" not in client.get(f"/admin/grading/item/{item.pk}/desk/").content.decode()
    from coursesite.files.tests import samples

    second = hand_in(ada, notebook=samples.notebook("print(2)"))
    listed = client.get(f"/admin/grading/item/{item.pk}/desk/").content.decode()
    assert listed.count("▲ new version") == 1
    page = client.get(f"/admin/grading/item/{item.pk}/desk/{second.pk}/").content.decode()
    assert "A new version since the marks: Tom Tutor gave" in page
    assert "80 points for 4 problems" in page
    assert first.marks.count() == 4
    assert "since the marks" not in client.get(f"/admin/grading/item/{item.pk}/desk/{other.pk}/").content.decode()
