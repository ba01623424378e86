"""The desk in the admin, release and export: who may, and what happens."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from coursesite.roster.models import Course
from grading import progress
from grading.desk import order
from grading.models import Item, Mark, Score
from grading.services import computing, marking
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def works(homework, ada, alan, cast):
    """Submissions of Ada and Alan, in the desk's order."""
    for student in (ada, alan):
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    return list(order.ordered(homework.item))


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def page(work):
    return reverse("admin:grading_item_grade", args=[work.assignment.item.pk, work.pk])


def sent(*points, version=0, **more):
    found = {f"points-{n}": p for n, p in enumerate(points, 1)} | {f"version-{n}": version for n in range(1, 5)}
    return found | more


def test_saving_goes_on_to_the_next_and_then_back_to_the_queue(as_tom, works):
    first, second = works
    answer = as_tom.post(page(first), sent("20", "15", "10", "2.5"))
    assert answer["Location"] == page(second)
    answer = as_tom.post(page(second), sent("1", "2", "3", "4"))
    assert answer["Location"] == reverse("admin:grading_item_desk", args=[first.assignment.item.pk])
    assert Score.objects.get(enrollment=first.enrollment).points == 47.5


def test_the_page_says_whose_entries_may_wait_in_the_tab(as_tom, works, tom, ines):
    for who in (tom, ines):
        as_tom.force_login(who.user)
        assert f'id="marks" data-by="{who.user_id}"' in as_tom.get(page(works[0])).content.decode()


def test_g14_the_second_grader_sees_the_conflict_on_the_page(as_tom, works, ines):
    as_tom.post(page(works[0]), sent("20", "20", "20", "20"))
    as_tom.force_login(ines.user)
    answer = as_tom.post(page(works[0]), sent("5", "20", "20", "20"))
    assert answer.status_code == 409
    assert "Tom Tutor has saved 1. Problem 1 meanwhile: 20 points" in answer.content.decode()
    assert Mark.objects.get(submission=works[0], problem__number=1).points == 20


def test_enter_in_a_field_saves_what_was_typed_and_never_gives_full_marks(as_tom, works):
    """A browser presses the first button of the form."""
    shown = as_tom.get(page(works[0])).content.decode()
    form = shown[shown.index('id="marks"') :]
    first = re.search(r"<button[^>]*>", form).group()
    assert 'type="submit"' in first
    assert "name=" not in first


@pytest.mark.parametrize("points", ["x", "26", "-1", "NaN", "1e400", "1.00001"])
def test_points_that_are_none_are_refused_beside_the_problem(as_tom, works, points):
    answer = as_tom.post(page(works[0]), sent(points, "1", "1", "1"))
    assert answer.status_code == 409
    assert not Mark.objects.exists()


PATHS = [
    "/admin/",
    "/admin/grading/item/",
    "/admin/grading/score/",
    "/admin/handin/submission/",
    "/admin/roster/enrollment/",
]


@pytest.mark.parametrize("path", PATHS)
def test_a01_the_admin_is_for_staff(client, works, ada, tom, ines, path):
    assert client.get(path).status_code == 302
    client.force_login(ada.user)
    assert client.get(path, follow=True).status_code == 404
    for person in (tom, ines):
        client.force_login(person.user)
        assert client.get(path).status_code == 200


def test_a02_staff_of_another_course_find_nothing_of_ours(client, works, other):
    item = works[0].assignment.item
    for person in (other["ta"], other["instructor"]):
        client.force_login(person.user)
        assert client.get(page(works[0])).status_code == 404
        assert client.get(reverse("admin:grading_item_desk", args=[item.pk])).status_code == 404
        assert client.get("/admin/grading/export/deep-learning/canvas.csv").status_code == 404
        assert client.get(reverse("admin:grading_export", args=["deep-learning", "canvas"])).status_code == 404
        listed = client.get("/admin/handin/submission/").content.decode()
        assert str(works[0].enrollment.user) not in listed


def test_a03_a_forged_admin_form_changes_nothing(as_tom, ada, ines):
    as_tom.post(f"/admin/roster/enrollment/{ada.pk}/change/", {"role": "instructor", "status": "dropped"})
    ada.refresh_from_db()
    assert (ada.role, ada.status) == ("student", "active")
    as_tom.force_login(ines.user)
    honest = {"status": "dropped", "section": ada.section_id}
    answer = as_tom.post(f"/admin/roster/enrollment/{ada.pk}/change/", honest | {"role": "instructor"})
    ada.refresh_from_db()
    assert (answer.status_code, ada.role, ada.status) == (403, "student", "active")
    as_tom.post(f"/admin/roster/enrollment/{ada.pk}/change/", honest)
    ada.refresh_from_db()
    assert (ada.role, ada.status) == ("student", "dropped")


def test_an_instructor_releases_and_a_ta_has_no_such_action(client, tom, ines, homework):
    act = {"action": "release", "_selected_action": homework.item.pk}
    client.force_login(tom.user)
    client.post("/admin/grading/item/", act)
    assert Item.objects.get(pk=homework.item.pk).released_at is None
    client.force_login(ines.user)
    asked = client.post("/admin/grading/item/", act)
    assert Item.objects.get(pk=homework.item.pk).released_at is None
    client.post(asked["Location"], {"when": "now"})
    assert Item.objects.get(pk=homework.item.pk).released_at <= timezone.now()


def test_page_and_csv_agree_and_the_student_sees_nothing_before_release(as_tom, works, ines, homework):
    as_tom.post(page(works[0]), sent("20", "20", "20", "20.5"))
    computing.compute_stale()
    student = works[0].enrollment
    as_tom.force_login(student.user)
    assert "80.5" not in as_tom.get("/c/deep-learning/grades/").content.decode()
    as_tom.force_login(ines.user)
    as_tom.post(f"/admin/grading/item/release/?item={homework.item.pk}", {"when": "now"})
    csv = b"".join(
        as_tom.get(reverse("admin:grading_export", args=["deep-learning", "complete"])).streaming_content
    ).decode()
    # 60 * 80.5 / 400 = 12.075, half up 12.08
    assert f"{student.user.email},{student.section},80.50,graded" in csv
    assert ",12.08,80.50,F," in csv
    as_tom.force_login(student.user)
    shown = as_tom.get("/c/deep-learning/grades/").content.decode()
    assert '<span class="small good">✓ ' in shown
    assert "&lt;" not in shown  # no tag is shown as text
    assert "12.08 %" in shown
    assert "80.5 of 100" in shown


def test_feedback_is_there_once_it_is_released(client, works, tom, ines, homework):
    client.force_login(tom.user)
    client.post(page(works[0]), sent("20", "20", "20", "20", **{"comment-1": "Well put."}))
    client.force_login(works[0].enrollment.user)
    address = f"/c/deep-learning/grades/{homework.item.pk}/"
    assert client.get(address).status_code == 404
    Item.objects.update(released_at=timezone.now())
    assert "Well put." in client.get(address).content.decode()


def test_half_of_the_marks_are_no_feedback(client, works, tom, homework):
    client.force_login(tom.user)
    work = works[0]
    client.post(page(work), sent("20", "20", "20", "20", **{"comment-1": "Well put."}))
    client.post(page(work), sent("20", "20", "20", "", version=1, **{"comment-1": "Well put."}))
    Item.objects.update(released_at=timezone.now())
    client.force_login(work.enrollment.user)
    shown = client.get(f"/c/deep-learning/grades/{homework.item.pk}/").content.decode()
    assert "This is not graded" in shown
    assert "Well put." not in shown


def test_the_admin_opens_on_what_there_is_to_do(client, works, tom, other):
    client.force_login(tom.user)
    page = client.get("/admin/").content.decode()
    assert f"0 of {len(works)}</progress>" in page
    assert "At my pace" in page
    assert 'aria-label="Grade problem 1 of Homework 1"' in page
    work = works[0]
    given = [Given(n, Decimal(20)) for n in (1, 2, 3, 4)]
    marking.mark(submission=work, grader=tom.user, given=given)
    (line,) = progress.todo(Course.objects.filter(pk=tom.course_id), tom.user)
    assert (line.handed_in, line.done, line.mine, line.left) == (len(works), 1, 1, len(works) - 1)
    client.force_login(other["ta"].user)
    assert "Nothing is handed in yet" in client.get("/admin/").content.decode()


def test_the_desk_of_a_problem_goes_on_until_that_problem_is_done(as_tom, works, homework):
    start = reverse("admin:grading_problem_start", args=[homework.item.pk, 2])
    seen = []
    address = as_tom.get(start)["Location"]
    while "/desk/2/" in address:
        shown = as_tom.get(address).content.decode()
        assert 'name="points-2"' in shown
        assert 'name="points-1"' not in shown
        seen.append(address)
        address = as_tom.post(address, {"points-2": "5", "version-2": "0"})["Location"]
    assert len(seen) == len(set(seen)) == 2
    assert Mark.objects.filter(problem__number=2).count() == 2
    assert as_tom.get(start)["Location"] == reverse("admin:grading_item_desk", args=[homework.item.pk])


def test_each_problem_has_an_order_of_its_own_that_stays(homework, cast, course, tom):
    for n in range(12):
        student = cast.enroll(course, f"S{n} Student")
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    orders = [tuple(order.ordered(homework.item, problem)) for problem in homework.problems.all()]
    assert len(set(orders)) == 4
    assert orders == [tuple(order.ordered(homework.item, problem)) for problem in homework.problems.all()]
    for problem, works in zip(homework.problems.all(), orders, strict=True):
        places = [order.place(homework.item, problem, work) for work in works]
        assert [place.at for place in places] == list(range(1, 13))
        assert [place.following for place in places[:-1]] == [work.pk for work in works[1:]]
        for work, following in zip(works, [*works[1:], works[0]], strict=True):
            found = order.next_work(item=homework.item, problem=problem, grader=tom.user, after=work)
            assert found == following


def test_how_long_it_takes_follows_from_ones_own_marks(works, tom, ines, course):
    from datetime import timedelta

    now = timezone.now()
    for number in (1, 2, 3, 4):
        for work in works:
            Mark.objects.create(
                submission=work, problem=work.assignment.problems.get(number=number), points=5, grader=tom.user
            )
    assert progress.pace(tom.user) is None
    for at, mark in enumerate(Mark.objects.all()):
        Mark.objects.filter(pk=mark.pk).update(marked_at=now + timedelta(seconds=90 * at))
    progress.ENOUGH, was = 5, progress.ENOUGH
    try:
        assert progress.pace(tom.user) == 90
        Mark.objects.filter(problem__number=4).delete()
        (line,) = progress.todo(Course.objects.filter(pk=course.pk), tom.user)
        assert (line.lacking, line.takes) == (2, timedelta(seconds=2 * progress.pace(tom.user)))
        assert progress.pace(ines.user) is None
    finally:
        progress.ENOUGH = was


def test_the_sheet_of_keys_says_how_boxes_texts_and_strokes_are_drawn_without_a_mouse(client, works, homework, tom):
    client.force_login(tom.user)
    page = client.get(reverse("admin:grading_item_grade", args=[homework.item.pk, works[0].pk])).content.decode()
    sheet = page[page.index('id="keys"') : page.index("</dialog>", page.index('id="keys"'))]
    for words in ("With a box or a text", "With the pen: put it down, draw, end the stroke", "Draw with the pen"):
        assert words in sheet
