"""Who grades what: by problem, section and share; theirs first, or theirs alone, and then at every door."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursesite.handin.models import Submission
from coursesite.roster.models import Section
from grading.desk import finding, order
from grading.models import Duty, Item, Mark, SecondMark, Split
from grading.services import arranging, marking
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
DESK = "/admin/grading/item/{}/desk/"


@pytest.fixture
def works(homework, ada, alan, grace, cast):
    """Ada and Grace are on campus, Alan is in UNITE."""
    return {
        student: homework_services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
        )[0]
        for student in (ada, alan, grace)
    }


def arranged(homework, ines, **plan):
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(**plan))
    return Item.objects.select_related("assignment__course", "arrangement").get(pk=homework.item.pk)


def next_for(item, number, grader, after=None):
    problem = item.assignment.problems.get(number=number)
    return order.next_work(item=item, problem=problem, grader=grader.user, after=after)


def give(work, number, grader, points=5, version=0):
    marking.mark(submission=work, grader=grader.user, given=[Given(number, Decimal(points), "", version)])


def all_served(item, number, grader):
    """Everything that the queue serves until nothing is left."""
    found, last = [], None
    while work := next_for(item, number, grader, last):
        give(work, number, grader)
        found.append(work)
        last = work
    return found


def by_problem(homework, tom, tina):
    keys = list(homework.problems.values_list("pk", flat=True))
    return {tom.user_id: keys[:2], tina.user_id: keys[2:]}


def test_by_problem_each_ta_is_served_theirs_alone(works, homework, tom, tina, ines):
    item = arranged(homework, ines, split=Split.PROBLEM, only=True, problems=by_problem(homework, tom, tina))
    assert len(all_served(item, 1, tom)) == 3
    assert next_for(item, 3, tom) is None
    assert len(all_served(item, 3, tina)) == 3


def test_by_problem_the_page_of_another_problem_is_not_there(client, works, homework, ada, tom, tina, ines):
    item = arranged(homework, ines, split=Split.PROBLEM, only=True, problems=by_problem(homework, tom, tina))
    client.force_login(tom.user)
    desk, work = DESK.format(item.pk), works[ada]
    assert client.get(f"{desk}1/{work.pk}/").status_code == 200
    assert client.get(f"{desk}3/{work.pk}/").status_code == 404
    shown = client.get(f"{desk}{work.pk}/").content.decode()
    assert "points-2" in shown
    assert "points-3" not in shown
    with pytest.raises(PermissionDenied):
        give(work, 3, tom)
    client.force_login(ines.user)
    assert client.get(f"{desk}3/{work.pk}/").status_code == 200


def test_by_section_a_ta_sees_the_work_of_theirs_at_no_door_another(
    client, works, homework, ada, alan, tom, tina, ines
):
    campus, unite = (Section.objects.get(course=ada.course, name=name) for name in ("On-campus", "UNITE"))
    sections = {tom.user_id: [campus.pk], tina.user_id: [unite.pk]}
    item = arranged(homework, ines, split=Split.SECTION, only=True, sections=sections)
    assert {work.enrollment for work in all_served(item, 1, tom)} == {ada, works_of(works, alan)}
    assert [work.enrollment for work in all_served(item, 1, tina)] == [alan]
    client.force_login(tom.user)
    hidden, seen = works[alan], works[ada]
    used = {work: work.files.first().pk for work in (hidden, seen)}
    for address in (
        "/submissions/{}/",
        "/submissions/{}/files/{used}/",
        DESK.format(item.pk) + "{}/",
        DESK.format(item.pk) + "1/{}/",
    ):
        assert client.get(address.format(seen.pk, used=used[seen])).status_code == 200
        assert client.get(address.format(hidden.pk, used=used[hidden])).status_code == 404
    for address in (DESK.format(item.pk), "/admin/handin/submission/", "/api/v1/courses/deep-learning/submissions/"):
        assert str(hidden.pk) not in client.get(address).content.decode()
    with pytest.raises(PermissionDenied):
        give(hidden, 2, tom)


def works_of(works, without):
    (other,) = [student for student in works if student != without and student.user.name != "Ada Lovelace"]
    return other


def test_by_share_the_work_is_divided_without_rest(course, homework, tom, tina, ines, cast):
    for n in range(24):
        student = cast.enroll(course, f"S{n} Student")
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    item = arranged(homework, ines, split=Split.SHARE, only=True, weights={tom.user_id: 1, tina.user_id: 2})
    toms, tinas = all_served(item, 1, tom), all_served(item, 1, tina)
    assert len(toms) + len(tinas) == 24
    assert not set(toms) & set(tinas)
    assert toms
    # The same division for each problem.
    assert set(all_served(item, 2, tom)) == set(toms)


def test_theirs_comes_first_and_then_the_rest(works, homework, ada, alan, grace, tom, tina, ines):
    unite = Section.objects.get(course=ada.course, name="UNITE")
    item = arranged(homework, ines, split=Split.SECTION, sections={tom.user_id: [unite.pk]})
    served = [work.enrollment for work in all_served(item, 1, tom)]
    assert served[0] == alan
    assert set(served) == {ada, alan, grace}


def test_a_part_that_nobody_would_see_is_refused(homework, tom, ines):
    first = homework.problems.first()
    with pytest.raises(ValidationError, match=r"Somebody must have 2. Problem 2, 3. Problem 3"):
        arranged(homework, ines, split=Split.PROBLEM, only=True, problems={tom.user_id: [first.pk]})
    with pytest.raises(ValidationError, match="at least one grader"):
        arranged(homework, ines, split=Split.SHARE, weights={tom.user_id: 0})


def test_duties_go_to_staff_of_the_course_and_to_its_own_parts(homework, ada, other, tom, ines):
    far = Section.objects.filter(course=other["course"]).first()
    arranged(homework, ines, split=Split.SECTION, sections={ada.user_id: [ada.section_id], tom.user_id: [far.pk]})
    arranged(homework, ines, split=Split.SHARE, weights={tom.user_id: 1, other["ta"].user_id: 5})
    assert [duty.grader for duty in Duty.objects.all()] == [tom.user]


def test_the_instructor_arranges_on_a_page_and_nobody_else_finds_it(client, homework, tom, tina, ines, other):
    page = DESK.format(homework.item.pk) + "arrange/"
    first, second, third, fourth = homework.problems.values_list("pk", flat=True)
    sent = {"split": "problem", "only": "on", "anonymous": "on", "second": "20"}
    sent |= {f"problem-{tom.user_id}": [first, second], f"problem-{tina.user_id}": [third, fourth]}
    for person in (tom, other["instructor"]):
        client.force_login(person.user)
        assert client.get(page).status_code == 404
        assert client.post(page, sent).status_code == 404
    client.force_login(ines.user)
    assert client.get(page).status_code == 200
    assert client.post(page, sent | {"second": "101"}).status_code == 400
    assert client.post(page, sent | {"second": "many"}).status_code == 400
    assert client.post(page, sent).status_code == 302
    plan = Item.objects.get(pk=homework.item.pk).arrangement
    assert (plan.split, plan.only, plan.anonymous, plan.second_percent) == ("problem", True, True, 20)
    assert plan.duties.filter(grader=tina.user).count() == 2
    shown = client.get(page).content.decode()
    assert shown.count(" checked") == 1 + 4 + 2


# Read twice, without sight of the first mark


def test_a_second_grader_reads_without_seeing_the_mark_and_theirs_is_kept_apart(
    client, works, homework, tom, tina, ines
):
    item = arranged(homework, ines, second_percent=100)
    first = all_served(item, 1, tom)
    client.force_login(tina.user)
    desk = f"{DESK.format(item.pk)}1/"
    page = client.get(desk)["Location"]
    shown = client.get(page).content.decode()
    assert "Tom Tutor, <time" not in shown
    assert 'name="points-1" value=""' in shown
    client.post(page, {"points-1": "9", "comment-1": "Fine.", "version-1": "0", "second": "1"})
    second = SecondMark.objects.get()
    assert (second.grader, second.points, second.submission in first) == (tina.user, 9, True)
    mark = Mark.objects.get(submission=second.submission)
    assert (mark.grader, mark.points) == (tom.user, 5)


def test_nobody_reads_their_own_work_again_and_nothing_is_read_three_times(works, homework, tom, tina, ines):
    item = arranged(homework, ines, second_percent=100)
    all_served(item, 1, tom)
    assert next_for(item, 1, tom) is None
    for work in works.values():
        problem = homework.problems.first()
        SecondMark.objects.create(submission=work, problem=problem, grader=ines.user, points=5, marked_at=work.began_at)
    assert next_for(item, 1, tina) is None


def test_only_so_many_percent_are_read_twice(course, homework, tom, tina, ines, cast):
    for n in range(30):
        student = cast.enroll(course, f"S{n} Student")
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    item = arranged(homework, ines, second_percent=0)
    all_served(item, 1, tom)
    assert next_for(item, 1, tina) is None
    item = arranged(homework, ines, second_percent=30)
    drawn = set(order.waiting(item, homework.problems.first(), tina.user))
    assert 0 < len(drawn) < 30
    assert set(order.waiting(item, homework.problems.first(), ines.user)) == drawn


def test_with_shares_a_second_reading_opens_the_work_for_as_long_as_it_is_held(
    client, works, homework, tom, tina, ines
):
    item = arranged(homework, ines, split=Split.SHARE, only=True, weights={tom.user_id: 1}, second_percent=100)
    all_served(item, 1, tom)
    work = next_for(item, 1, tina)
    client.force_login(tina.user)
    page = f"{DESK.format(item.pk)}1/{work.pk}/"
    assert client.get(page).status_code == 200
    client.post(page, {"points-1": "9", "version-1": "0", "second": "1"})
    assert SecondMark.objects.count() == 1
    assert client.get(page).status_code == 404


def test_the_page_on_agreement_tells_the_instructor_of_all_and_a_ta_of_themselves(
    client, works, homework, tom, tina, ines
):
    item = arranged(homework, ines, second_percent=100)
    all_served(item, 1, tom)
    for n, work in enumerate(works.values()):
        SecondMark.objects.create(
            submission=work, problem=homework.problems.first(), grader=tina.user, points=7 + n, marked_at=work.began_at
        )
    page = f"{DESK.format(item.pk)}agreement/"
    client.force_login(ines.user)
    shown = client.get(page).content.decode()
    # Tom gives 5 of 25 where Tina gives 7, 8 and 9: 8, 12 and 16 percent less; t(2) = 4.303, s = 4.
    assert "-12.0 %" in shown
    assert "-21.9 to -2.1 %" in shown
    assert "stricter" in shown
    assert "more generous" in shown
    assert "Where two differ most" in shown
    assert "No mark yet: 2. Problem 2, 3. Problem 3, 4. Problem 4." in shown
    assert "No values yet" not in shown
    client.force_login(tina.user)
    own = client.get(page).content.decode()
    assert "12.0 %" in own
    assert "-12.0 %" not in own
    assert "Where two differ most" not in own


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_ask_as_many_queries_for_three_works_as_for_one(client, works, homework, tom, tina, ines, count):
    item = arranged(homework, ines, second_percent=100)
    for work in list(works.values())[count:]:
        Submission.objects.filter(pk=work.pk).update(is_current=False)
    problem = homework.problems.first()
    for work in list(works.values())[:count]:
        give(work, 1, tom)
        SecondMark.objects.create(submission=work, problem=problem, grader=tina.user, points=7, marked_at=work.began_at)
    client.force_login(ines.user)
    pages = {"agreement/": 8, "arrange/": 7, "": 11}
    counts = {}
    for page in pages:
        client.get(DESK.format(item.pk) + page)
        with CaptureQueriesContext(connection) as found:
            client.get(DESK.format(item.pk) + page)
        counts[page] = len(found)
    assert counts == pages


def test_a_plan_of_one_set_says_nothing_about_another(works, homework, ada, tom, tina, ines):
    arranged(homework, ines, split=Split.SHARE, only=True, weights={tina.user_id: 1})
    other = Item.objects.get(category__course=ada.course, title="Homework 2")
    assert finding.plan_of(other) is None
    assert not Submission.objects.visible_to(tom.user).filter(assignment=homework).exists()
    assert Submission.objects.visible_to(ada.user).filter(assignment=homework).count() == 1
