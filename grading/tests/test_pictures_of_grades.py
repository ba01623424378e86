"""Pictures of a course: staff see all, students what is released and of five at least."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coursesite.handin.models import Assignment
from coursesite.roster.models import Enrollment, User
from grading.models import Item, Override, Score
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


def test_a_column_of_fewer_than_five_cannot_be_worked_out_from_its_week(client, scored, ines, course):
    """Six have the first set, four the second, both due in one week, and the proposal in the next one: the week's mean is
    that of the first set alone, or else the mean of four would follow by subtraction."""
    ada, *others = scored(6)
    second = Item.objects.filter(category__course=course).order_by("position")[1]
    for student in [ada, *others][:4]:
        awarding.award(item=second, enrollment=student, by=ines.user, state=State.GRADED, points=Decimal(1), reason="x")
    for student in others[-2:]:
        awarding.award(item=second, enrollment=student, by=ines.user, state=State.MISSING, reason="x")
    awarding.release(items=list(Item.objects.filter(category__course=course)), by=ines.user)
    tasks = Assignment.objects.filter(item__category__course=course)
    tasks.update(due_at=timezone.now())
    tasks.filter(kind="milestone").update(due_at=timezone.now() + timedelta(days=7))
    told = page(client, ada.user, OWN)
    assert "<b>Homework 1</b>" in told
    assert "<b>Homework 2</b>" not in told
    assert "<td>10</td><td>35</td>" in told  # Ada's, and the mean of 10 to 60


def test_who_audits_is_in_no_picture_of_students(client, scored, ines):
    """Else one picture less another would be the auditor's score; a fifth auditor makes no cohort either."""
    ada, *_, last = scored(6)
    item = Item.objects.get(title="Homework 1")
    Override.objects.create(enrollment=last, letter="AU", reason="Audits", set_by=ines.user)
    assert "<b>Homework 1</b> <span>5 values" in page(client, ada.user, OWN)
    assert '<p class="soft">5 graded.' in page(client, ada.user, f"/c/deep-learning/grades/{item.pk}/")
    Score.objects.filter(item=item, enrollment=last).delete()
    _, second, *_ = Score.objects.filter(item=item).exclude(enrollment=ada)
    Override.objects.create(enrollment=second.enrollment, letter="AU", reason="Audits", set_by=ines.user)
    for address in (OWN, f"/c/deep-learning/grades/{item.pk}/"):
        assert "<svg viewBox" not in page(client, ada.user, address)


def test_a_section_of_four_in_a_course_of_six_has_no_picture_of_its_own(client, scored, course):
    """Students can't narrow it: the section of the address is nothing to them."""
    ada, alan, *_ = scored(6)
    assert ada.section != alan.section
    whole = page(client, ada.user, OWN)
    assert "6 values" in whole
    part = page(client, ada.user, f"{OWN}?section={ada.section_id}")
    assert part.partition("<main")[2] == whole.partition("<main")[2]


def test_who_is_being_updated_is_in_no_picture_of_course_grades(client, ines, scored):
    ada, *_ = scored(6)
    assert "being updated" not in page(client, ines.user, STAFF)
    Score.objects.filter(enrollment=ada).update(reason="again")
    told = page(client, ines.user, STAFF)
    assert "1 student is being updated" in told
    assert "<b>Course grades so far</b> <span>5 values" in told
    assert "<span>mean 40.00</span>" in page(client, ines.user, "/c/deep-learning/gradebook/")
    computing.compute_stale()
    assert "being updated" not in page(client, ines.user, STAFF)


@pytest.mark.parametrize("count", [0, 1, 300])
def test_pictures_of_nobody_one_and_three_hundred(client, ines, course, count):
    people = User.objects.bulk_create([User(email=f"s{n}@example.org", name=f"S {n}") for n in range(count)])
    students = Enrollment.objects.bulk_create([Enrollment(course=course, user=user) for user in people])
    for item in Item.objects.filter(category__course=course):
        rows = [Score(item=item, enrollment=s, state="graded", points=n % 101) for n, s in enumerate(students)]
        Score.objects.bulk_create(rows)
    computing.compute_course(course)
    told = page(client, ines.user, STAFF)
    assert told.count("<title>") >= 4
    assert told.count("<desc>") == told.count("<svg viewBox") == told.count("The same as a table")
    assert (f"{count} students, Homework" in told) == (count > 0)


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
    for user, address, expected in ((ines.user, STAFF, 8), (ada.user, OWN, 6)):
        client.force_login(user)
        with django_assert_num_queries(expected):
            client.get(address)
