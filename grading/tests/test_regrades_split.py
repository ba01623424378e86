"""Regrade requests where the problems of a set are given to graders alone: who sees, counts and answers which."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.roster.models import Course, Letter, Role, Section, User
from grading import progress
from grading.models import Item, Regrade, Score, Split
from grading.services import arranging, awarding, marking, regrades
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
LIST = "/admin/grading/regrade/"


@pytest.fixture
def marked(homework, ada, ines, cast):
    """Ada's work, marked by the instructor and released."""
    work, _ = homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)
    marking.mark(submission=work, grader=ines.user, given=[Given(n, Decimal(10)) for n in NOBODY])
    awarding.release(items=[homework.item], by=ines.user)
    Letter.objects.all().delete()
    return work


def arranged(work, tom, tina, ines, *, only=True):
    """Tom has problem 1 alone, Tina the others."""
    first, *rest = work.assignment.problems.values_list("pk", flat=True)
    duties = {tom.user_id: [first], tina.user_id: rest}
    plan = arranging.Plan(split=Split.PROBLEM, only=only, problems=duties)
    arranging.arrange(item=work.assignment.item, by=ines.user, plan=plan)


def asked_for(work, student, number, to):
    item = Item.objects.select_related("category__course", "assignment").get(assignment=work.assignment_id)
    problem = item.assignment.problems.get(number=number)
    row = regrades.ask(item=item, problem=problem, student=student, reason="Step two holds.", now=timezone.now())
    Regrade.objects.filter(pk=row.pk).update(assigned_to=to.user)
    return row


@pytest.fixture
def two(marked, ada, tina):
    """Requests on problems 1 and 2, both with Tina."""
    return [asked_for(marked, ada, number, tina) for number in (1, 2)]


def page_of(row):
    return f"{LIST}{row.pk}/change/"


def found(client, who, rows):
    """What this person gets: each page, each line of the list, and the count of the set."""
    client.force_login(who.user)
    pages = [client.get(page_of(row)).status_code for row in rows]
    listed = client.get(LIST).content.decode()
    lines = progress.todo(Course.objects.staffed_by(who.user), who.user)
    return pages, [page_of(row) in listed for row in rows], sum(line.regrades for line in lines)


def test_a03_a_ta_finds_requests_on_their_problems_alone_and_the_instructor_all(client, marked, two, tom, tina, ines):
    arranged(marked, tom, tina, ines)
    assert found(client, tom, two) == ([200, 404], [True, False], 1)
    assert found(client, ines, two) == ([200, 200], [True, True], 2)


@pytest.mark.parametrize("act", ["answer", "write", "escalate", "hand"])
def test_a03_nothing_is_done_to_a_request_on_the_problem_of_others(client, marked, two, tom, tina, ines, act):
    arranged(marked, tom, tina, ines)
    client.force_login(tom.user)
    form = {"act": act, "text": "Mine now.", "points": "20", "version": "1", "to": ines.user.pk}
    assert client.post(page_of(two[1]), form).status_code == 404
    row = Regrade.objects.get(pk=two[1].pk)
    assert (row.is_open, row.assigned_to, row.escalated_at, row.messages.count()) == (True, tina.user, None, 1)


def test_a_request_that_waits_for_a_ta_is_there_whoever_has_the_problem(client, marked, two, tom, tina, ines):
    """It was given to them before the problems were split."""
    arranged(marked, tom, tina, ines)
    Regrade.objects.filter(pk=two[1].pk).update(assigned_to=tom.user)
    assert found(client, tom, two) == ([200, 200], [True, True], 2)
    assert "1 regrade request</a>" in client.get("/admin/").content.decode()


def test_whoever_gave_the_mark_sees_what_is_asked_about_it(client, marked, two, tom, tina, ines):
    arranged(marked, tom, tina, ines)
    Regrade.objects.filter(pk=two[1].pk).update(first_grader=tom.user)
    assert found(client, tom, two) == ([200, 200], [True, True], 2)


@pytest.mark.parametrize("act", ["escalate", "hand"])
def test_after_passing_on_what_is_others_the_list_comes_and_else_the_page(client, marked, two, tom, tina, ines, act):
    arranged(marked, tom, tina, ines)
    Regrade.objects.update(assigned_to=tom.user)
    client.force_login(tom.user)
    form = {"act": act, "text": "Not mine any more.", "to": ines.user.pk}
    told = [client.post(page_of(row), form)["Location"] for row in two]
    assert told == [page_of(two[0]), LIST]
    assert client.get(LIST).status_code == 200


@pytest.mark.parametrize("split", [False, True])
def test_where_nobody_has_a_problem_alone_every_ta_sees_every_request(client, marked, two, tom, tina, ines, split):
    """Without a split, and where theirs just comes first."""
    if split:
        arranged(marked, tom, tina, ines, only=False)
    assert found(client, tom, two) == ([200, 200], [True, True], 2)


@pytest.mark.parametrize("count", [1, 3])
def test_a_ta_s_list_and_page_ask_the_same_number_of_queries(client, marked, ada, tom, tina, ines, count):
    row, *_ = [asked_for(marked, ada, number, tom) for number in range(1, count + 1)]
    arranged(marked, tom, tina, ines)
    client.force_login(tom.user)
    assert [queries_of(client, page) for page in (LIST, page_of(row))] == [7, 12]


def queries_of(client, page):
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    return len(asked)


# Given to somebody before the work was split


@pytest.fixture
def with_tom(marked, two, tom, tina, ines):
    """The second request, on a problem that Tina has alone by now."""
    arranged(marked, tom, tina, ines)
    Regrade.objects.filter(pk=two[1].pk).update(assigned_to=tom.user)
    return Regrade.objects.get(pk=two[1].pk)


def desk_of(row, number, act=""):
    item = row.submission.assignment.item.pk
    return f"/admin/grading/item/{item}/desk/{number}/{row.submission_id}/{act}"


def test_whom_a_request_waits_for_opens_that_mark_and_answers_whoever_has_the_problem(client, with_tom, tom):
    client.force_login(tom.user)
    page = client.get(page_of(with_tom)).content.decode()
    assert 'value="answer"' in page
    assert desk_of(with_tom, 2) in page
    assert [client.get(desk_of(with_tom, number)).status_code for number in (1, 2, 3)] == [200, 200, 404]
    held = {"page": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}
    assert [client.post(desk_of(with_tom, n, "leave/"), held).status_code for n in (2, 3)] == [204, 404]
    form = {"act": "answer", "text": "You are right.", "points": "12", "version": "1"}
    assert client.post(page_of(with_tom), form).status_code == 302
    with_tom.refresh_from_db()
    assert (with_tom.new_points, with_tom.answered_by) == (12, tom.user)
    assert with_tom.submission.marks.get(problem=with_tom.problem).points == 12
    assert client.get(desk_of(with_tom, 2)).status_code == 404


def test_it_opens_that_problem_of_that_work_alone(client, homework, with_tom, tom, alan, cast):
    other, _ = homework_services.submit(
        homework=homework, enrollment=alan, delivery=cast.delivery(), acknowledged=NOBODY
    )
    client.force_login(tom.user)
    item = with_tom.submission.assignment.item
    assert client.get(f"/admin/grading/item/{item.pk}/desk/2/{other.pk}/").status_code == 404
    assert client.get(f"/admin/grading/item/{item.pk}/rubric/2/").status_code == 404
    assert (
        "points-2" not in client.get(f"/admin/grading/item/{item.pk}/desk/{with_tom.submission_id}/").content.decode()
    )


@pytest.mark.parametrize("split", [Split.SECTION, Split.SHARE])
def test_work_that_others_have_is_open_for_the_request_and_its_score_is_not(
    client, marked, two, ada, tom, tina, ines, split
):
    parts = {"sections": {tina.user_id: list(Section.objects.filter(course=ada.course).values_list("pk", flat=True))}}
    parts = {"weights": {tina.user_id: 1}} if split == Split.SHARE else parts
    arranging.arrange(item=marked.assignment.item, by=ines.user, plan=arranging.Plan(split=split, only=True, **parts))
    client.force_login(tom.user)
    row, work = two[1], f"/submissions/{marked.pk}/"
    assert [client.get(page).status_code for page in (page_of(row), desk_of(row, 2), work)] == [404, 404, 404]
    Regrade.objects.filter(pk=row.pk).update(assigned_to=tom.user)
    pages = (page_of(row), desk_of(row, 2), work, page_of(two[0]), desk_of(row, 1), desk_of(row, 1)[:-39] + work[13:])
    assert [client.get(page).status_code for page in pages] == [200, 200, 200, 404, 404, 404]
    assert not Score.objects.visible_to(tom.user).exists()
    form = {"act": "answer", "text": "You are right.", "points": "12", "version": "1"}
    assert client.post(page_of(row), form)["Location"] == LIST
    assert client.get(work).status_code == 404


def test_who_could_answer_is_one_query_however_many_they_are(marked, two, tom, tina, ines, cast):
    counts = []
    for more in range(2):
        for n in range(3 * more):
            cast.enroll(tom.course, f"T{n} Tutor", Role.TA)
        arranged(marked, tom, tina, ines)
        with CaptureQueriesContext(connection) as asked:
            found = regrades.able(marked, two[1].problem, escalated=False)
        counts.append((len(asked), set(User.objects.filter(pk__in=found, enrollments__role=Role.TA))))
    assert counts == [(1, {tina.user})] * 2


def test_a03_statistics_of_requests_are_of_those_that_one_sees(client, marked, two, tom, tina, ines):
    arranged(marked, tom, tina, ines)
    told = {}
    for who in (tom, tina, ines):
        client.force_login(who.user)
        page = client.get(f"{LIST}statistics/").content.decode()
        told[who.user.name] = [f"{number}. Problem {number}" in page for number in (1, 2)]
    assert told == {"Tom Tutor": [True, False], "Tina Tutor": [True, True], "Ines Instructor": [True, True]}
