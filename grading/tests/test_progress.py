"""What the admin's first page counts is what this person has to do: their part of a set, and what was handed to them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.roster.models import Course, Section
from grading import progress
from grading.desk import order
from grading.models import Item, Referral, Split
from grading.services import arranging, awarding, claiming, marking, second_reading
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


def hand_in(homework, student, cast):
    return homework_services.submit(
        homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
    )[0]


@pytest.fixture
def works(homework, ada, alan, grace, cast):
    """Ada and Grace are on campus, Alan is in UNITE."""
    return {student: hand_in(homework, student, cast) for student in (ada, alan, grace)}


def arranged(homework, ines, **plan):
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(**plan))
    return Item.objects.select_related("assignment__course", "arrangement").get(pk=homework.item.pk)


def by_problem(homework, tom, tina):
    keys = list(homework.problems.values_list("pk", flat=True))
    return {tom.user_id: keys[:1], tina.user_id: keys[1:]}


def give(work, who, *numbers):
    marking.mark(submission=work, grader=who.user, given=[Given(n, Decimal(5)) for n in numbers])


def line(who):
    found = progress.todo(Course.objects.filter(pk=who.course_id), who.user)
    return found[0] if found else None


def counts(who):
    found = line(who)
    return found and (found.handed_in, found.done, found.lacking, found.others)


def test_unsplit_the_whole_set_is_everybodys(works, tom, tina, ada):
    give(works[ada], tom, 1, 2, 3, 4)
    assert counts(tom) == counts(tina) == (3, 1, 8, 0)
    assert (line(tom).mine, line(tina).mine) == (1, 0)


@pytest.mark.parametrize(("only", "rest"), [(False, 3), (True, 0)])
def test_by_problem_ones_own_problems_are_counted(works, homework, tom, tina, ines, ada, only, rest):
    arranged(homework, ines, split=Split.PROBLEM, only=only, problems=by_problem(homework, tom, tina))
    assert counts(tom) == (3, 0, 3, rest)
    assert counts(tina) == (3, 0, 9, rest)
    give(works[ada], tom, 1)
    assert counts(tom) == (3, 1, 2, rest)
    assert counts(tina) == (3, 0, 9, 0 if only else 2)


@pytest.mark.parametrize(("only", "rest"), [(False, 1), (True, 0)])
def test_by_section_ones_own_section_is_counted(works, homework, tom, tina, ines, only, rest):
    campus, unite = (Section.objects.get(course=homework.course, name=name) for name in ("On-campus", "UNITE"))
    sections = {tom.user_id: [campus.pk], tina.user_id: [unite.pk]}
    arranged(homework, ines, split=Split.SECTION, only=only, sections=sections)
    assert counts(tom) == (2, 0, 8, rest)
    assert counts(tina) == (1, 0, 4, 2 if rest else 0)


def test_by_share_the_parts_sum_to_the_set(homework, course, tom, tina, ines, cast):
    for n in range(12):
        hand_in(homework, cast.enroll(course, f"S{n} Student"), cast)
    item = arranged(homework, ines, split=Split.SHARE, only=True, weights={tom.user_id: 1, tina.user_id: 2})
    first, second = line(tom), line(tina)
    assert first.handed_in + second.handed_in == 12
    assert 0 < first.handed_in < 12
    problem = item.assignment.problems.first()
    assert first.left == order.waiting(item, problem, tom.user).count()


@pytest.mark.parametrize("split", ["none", "problem", "section", "share"])
@pytest.mark.parametrize("only", [False, True])
def test_what_is_counted_is_what_the_queue_serves(works, homework, tom, tina, ines, ada, grace, split, only):
    """Problem by problem: theirs and the rest together are what waits."""
    campus, unite = (Section.objects.get(course=homework.course, name=name) for name in ("On-campus", "UNITE"))
    item = arranged(
        homework, ines, split=Split(split), only=only and split != "none", problems=by_problem(homework, tom, tina),
        sections={tom.user_id: [campus.pk], tina.user_id: [unite.pk]}, weights={tom.user_id: 1, tina.user_id: 1},
    )  # fmt: skip
    give(works[ada], ines, 1, 3)
    problems = list(homework.problems.all())
    claiming.refer(work=works[grace], problems=problems[:1], by=ines.user, to=None, note="Odd.", now=timezone.now())
    for who in (tom, tina, ines):
        for row in progress.problem_progress(item, problems, who.user):
            waits = order.waiting(item, row.problem, who.user)
            mine = waits.filter(theirs=True).count()
            assert row.left + row.others >= waits.count()
            assert waits.filter(pk=works[grace].pk, for_me=True).exists() == (
                who == ines and row.problem == problems[0]
            )
            if who != ines:
                assert row.left == mine


def test_who_has_no_part_has_nothing_to_do(client, works, homework, tom, tina, ines):
    arranged(homework, ines, split=Split.PROBLEM, problems={tom.user_id: [homework.problems.first().pk]})
    assert counts(tina) == (0, 0, 0, 3)
    client.force_login(tina.user)
    page = client.get("/admin/").content.decode()
    assert "none of yours" in page
    assert 'aria-label="Help with problem 1 of Homework 1"' in page
    arranged(
        homework,
        ines,
        split=Split.PROBLEM,
        only=True,
        problems={tom.user_id: list(homework.problems.values_list("pk", flat=True))},
    )
    assert line(tina) is None
    assert "Homework 1" not in client.get("/admin/").content.decode().split("Everything else")[0]


def test_an_instructor_without_a_part_sees_the_whole_set(works, homework, tom, tina, ines):
    arranged(homework, ines, split=Split.PROBLEM, only=True, problems=by_problem(homework, tom, tina))
    assert counts(ines) == (3, 0, 12, 0)


def test_what_is_handed_on_is_counted_with_whom_it_was_handed_to(client, works, homework, tom, tina, ines, ada, grace):
    problem, now = homework.problems.first(), timezone.now()
    claiming.refer(work=works[ada], problems=[problem], by=tom.user, to=tina.user, note="", now=now)
    claiming.refer(work=works[grace], problems=[problem], by=tom.user, to=None, note="Odd.", now=now)
    assert [(line(who).lacking, line(who).handed) for who in (tom, tina, ines)] == [(10, 0), (11, 1), (11, 1)]
    client.force_login(tina.user)
    assert "1 handed to you" in client.get("/admin/").content.decode()
    give(works[ada], tina, 1)
    assert line(tina).handed == 0


def test_work_is_handed_to_nobody_to_whom_it_is_closed(client, works, homework, tom, tina, ines, ada):
    item = arranged(homework, ines, split=Split.PROBLEM, only=True, problems=by_problem(homework, tom, tina))
    told = {
        "work": works[ada],
        "problems": [homework.problems.first()],
        "by": tom.user,
        "note": "",
        "now": timezone.now(),
    }
    with pytest.raises(ValidationError, match="Tina Tutor has no part in this"):
        claiming.refer(to=tina.user, **told)
    client.force_login(tom.user)
    answer = client.post(
        f"/admin/grading/item/{item.pk}/desk/1/{works[ada].pk}/refer/", {"to": tina.user_id}, follow=True
    )
    assert "has no part in this" in answer.content.decode()
    assert not Referral.objects.exists()
    claiming.refer(to=ines.user, **told)


def test_the_page_of_a_set_counts_ones_own_part_of_each_problem(client, works, homework, tom, tina, ines):
    campus, unite = (Section.objects.get(course=homework.course, name=name) for name in ("On-campus", "UNITE"))
    item = arranged(
        homework, ines, split=Split.SECTION, only=True, sections={tom.user_id: [campus.pk], tina.user_id: [unite.pk]}
    )
    client.force_login(tom.user)
    page = client.get(f"/admin/grading/item/{item.pk}/desk/").content.decode()
    assert "0 of 2 graded" in page
    assert page.count("0 of 2</progress>") == 5
    assert "0 of 3" not in page


@pytest.mark.parametrize("who", ["tom", "ines"])
def test_the_first_page_takes_as_many_queries_for_one_work_as_for_many(
    client, homework, course, ada, tom, tina, ines, cast, who, request
):
    hand_in(homework, ada, cast)
    problems = by_problem(homework, tom, tina)
    arranged(homework, ines, split=Split.PROBLEM, only=True, problems=problems)
    client.force_login(request.getfixturevalue(who).user)
    client.get("/admin/")
    asked = []
    for n in (0, 1, 2):
        if n:
            hand_in(homework, cast.enroll(course, f"S{n} Student"), cast)
        with CaptureQueriesContext(connection) as found:
            assert f"0 of {n + 1}" in client.get("/admin/").content.decode()
        asked.append(len(found))
    assert asked[0] == asked[1] == asked[2] <= 25


def test_a_course_without_sets_has_nothing_to_do(course, tom):
    assert progress.todo(Course.objects.none(), tom.user) == []


def test_one_click_opens_the_desk_on_the_first_problem_with_work_of_ones_own(client, works, homework, tom, tina, ines):
    arranged(homework, ines, split=Split.PROBLEM, only=True, problems=by_problem(homework, tom, tina))
    for who, number in ((tom, 1), (tina, 2)):
        client.force_login(who.user)
        start = f"/admin/grading/item/{homework.item.pk}/desk/{number}/"
        assert f'href="{start}"' in client.get("/admin/").content.decode()
        opened = client.get(start, follow=True)
        assert f'name="points-{number}"' in opened.content.decode()


def test_second_readings_are_counted_where_they_may_be_served_and_one_click_opens_them(
    client, works, homework, tom, tina, ines, ada, alan
):
    for work in works.values():
        give(work, tom, 1, 2, 3, 4)
    item = arranged(homework, ines, second_percent=100)
    assert (line(tom).again, line(tina).again, line(tina).again_first) == (0, 12, 1)
    assert line(tina).left == 0
    second_reading.give(submission=works[ada], grader=tina.user, given=[Given(1, Decimal(4))])
    problem = homework.problems.first()
    order.next_work(item=item, problem=problem, grader=ines.user)
    # One is read, and one lies open before the instructor.
    assert line(tina).again == 10
    client.force_login(tina.user)
    start = f"/admin/grading/item/{homework.item.pk}/desk/1/"
    shown = client.get("/admin/").content.decode()
    assert "10 to read a second time" in shown
    assert f'href="{start}"' in shown
    assert "You read it a second time" in client.get(start, follow=True).content.decode()
    queue = client.get(f"/admin/grading/item/{homework.item.pk}/desk/").content.decode()
    assert "1 to read a second time" in queue
    assert queue.count("3 to read a second time") == 3
    client.force_login(tom.user)
    assert "to read a second time" not in client.get("/admin/").content.decode()


def test_second_readings_of_problems_that_are_others_alone_and_of_what_is_handed_on_are_not_counted(
    works, homework, tom, tina, ines, cast, ada
):
    for work in works.values():
        give(work, tom, 1, 2, 3, 4)
    keys = list(homework.problems.values_list("pk", flat=True))
    problems = {tom.user_id: keys, tina.user_id: keys[:1]}
    arranged(homework, ines, split=Split.PROBLEM, only=True, problems=problems, second_percent=100)
    assert line(tina).again == 3
    first = homework.problems.first()
    claiming.refer(work=works[ada], problems=[first], by=tom.user, to=None, note="", now=timezone.now())
    assert line(tina).again == 2


def test_with_the_release_nothing_is_left_to_read_a_second_time(works, homework, tom, tina, ines):
    for work in works.values():
        give(work, tom, 1, 2, 3, 4)
    arranged(homework, ines, second_percent=100)
    awarding.release(items=[homework.item], by=ines.user)
    assert line(tina).again == 0
