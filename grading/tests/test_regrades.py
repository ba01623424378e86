"""Regrade requests: who asks when, who answers, what is kept, and what becomes of the grades."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.roster.history import events_of
from coursesite.roster.models import Letter, Membership, Role
from grading import queries
from grading.models import CourseGrade, Item, Mark, Regrade, RegradeState, Score, Split
from grading.policy import State
from grading.services import arranging, awarding, computing, marking, regrades, rubrics
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
PAGE = "/c/deep-learning/grades/{}/regrade/{}/"


@pytest.fixture
def marked(homework, ada, tom, ines, cast):
    """Ada's work, marked 10 each by Tom and released."""
    work, _ = homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)
    marking.mark(submission=work, grader=tom.user, given=[Given(n, Decimal(10)) for n in NOBODY])
    awarding.release(items=[homework.item], by=ines.user)
    Letter.objects.all().delete()
    homework.item.refresh_from_db()
    return work


def asked_by(student, work, problem=1, reason="Step two holds.", now=None):
    item = Item.objects.select_related("category__course", "assignment").get(assignment=work.assignment_id)
    found = item.assignment.problems.get(number=problem)
    return regrades.ask(item=item, problem=found, student=student, reason=reason, now=now or timezone.now())


def answered(asked, by, points, version=1, text="Looked at again."):
    given = Given(asked.problem.number, Decimal(points), "", version)
    return regrades.answer(asked=asked, by=by.user, given=given, text=text, now=timezone.now())


@pytest.fixture
def asked(marked, ada):
    return asked_by(ada, marked)


def test_a_request_goes_to_somebody_else_than_the_first_grader_who_is_written_to(asked, tom):
    staff = set(tom.course.enrollments.staff().exclude(pk=tom.pk).values_list("user", flat=True))
    assert asked.first_grader == tom.user
    assert asked.assigned_to_id in staff
    letter = Letter.objects.get()
    assert letter.to == [asked.assigned_to.email]
    assert "Ada" not in letter.subject + letter.body


def test_requests_are_spread_over_those_who_can_answer(marked, ada, tom):
    people = [asked_by(ada, marked, number).assigned_to for number in (1, 2, 3)]
    assert len(set(people)) == 3
    assert tom.user not in people


def test_once_open_at_a_time(asked, marked, ada):
    with pytest.raises(ValidationError, match="open already"):
        asked_by(ada, marked)
    asked_by(ada, marked, problem=2)
    assert Regrade.objects.open().count() == 2


def test_a06_a_mark_of_a_version_that_is_graded_by_half_is_not_told(client, marked, homework, ada, tom, cast):
    """The set is released; what is given to a newer version is told when all of it is."""
    page = PAGE.format(homework.item.pk, 1)
    client.force_login(ada.user)
    assert "It has <b>10 of" in client.get(page).content.decode()
    newer, _ = homework_services.submit(
        homework=homework,
        enrollment=ada,
        delivery=cast.delivery(written_part=samples.pdf("Better")),
        acknowledged=NOBODY,
    )
    marking.mark(submission=newer, grader=tom.user, given=[Given(1, Decimal(3), "Half of it")])
    said = client.get(page).content.decode()
    assert ("It has" in said, "Half of it" in said, "This is not graded at present." in said) == (False, False, True)
    marking.mark(submission=newer, grader=tom.user, given=[Given(n, Decimal(4)) for n in (2, 3, 4)])
    assert "It has <b>3 of" in client.get(page).content.decode()


def test_a_page_is_enough_to_say_why(client, marked, ada):
    """A browser holds it to that; whoever writes the request by hand is held to it too."""
    client.force_login(ada.user)
    page = PAGE.format(marked.assignment.item.pk, 1)
    answer = client.post(page, {"act": "ask", "text": "x" * 4001})
    assert (answer.status_code, Regrade.objects.count()) == (400, 0)
    assert "4000 characters are the most" in answer.content.decode()
    assert client.post(page, {"act": "ask", "text": "x" * 4000}).status_code == 302


def test_the_database_holds_one_open_request_too(asked):
    from django.db import IntegrityError

    asked.pk = None
    with pytest.raises(IntegrityError, match="regrade_open_once"):
        asked.save()


@pytest.mark.parametrize(("days", "allowed"), [(7, True), (0, False)])
def test_the_window_is_the_course_s_own(marked, ada, days, allowed):
    type(ada.course).objects.filter(pk=ada.course_id).update(regrade_days=days)
    last = marked.assignment.item.released_at + timedelta(days=7)
    if allowed:
        assert asked_by(ada, marked, now=last).is_open
    with pytest.raises(ValidationError):
        asked_by(ada, marked, problem=2, now=last + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("points", "state", "final"), [("25", "changed", "55"), ("3", "changed", "33"), ("10", "kept", "40")]
)
def test_g13_both_marks_are_kept_and_the_score_follows(asked, ada, ines, points, state, final):
    done = answered(asked, ines, points)
    assert (done.state, done.old_points, done.new_points) == (state, 10, Decimal(points))
    assert Score.objects.get(enrollment=ada).points == Decimal(final)
    mark = Mark.objects.get(submission=asked.submission, problem=asked.problem)
    told = events_of(Mark).objects.filter(pgh_obj=mark.pk).order_by("pgh_id").values_list("points", flat=True)
    assert list(told) == [10] if state == "kept" else [10, Decimal(points)]


@pytest.mark.parametrize(("points", "best"), [("25", [1, 2, 3, 4]), ("1", [2, 3, 4, 5])])
def test_g13_up_and_down_the_best_four_are_chosen_anew(asked, ada, ines, points, best):
    """Sets 2 to 5 have 50, 45, 41 and 38; the first goes from 40 to 55, or to 31."""
    items = {n: Item.objects.get(category__course=ada.course, title=f"Homework {n}") for n in range(1, 6)}
    for number, given in ((2, 50), (3, 45), (4, 41), (5, 38)):
        awarding.award(
            item=items[number], enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(given), reason="x"
        )
    computing.compute_stale()
    assert CourseGrade.objects.get(enrollment=ada).counted[:4] == [items[n].pk for n in (1, 2, 3, 4)]
    answered(asked, ines, points)
    computing.compute_stale()
    grade = CourseGrade.objects.get(enrollment=ada)
    assert grade.counted[:4] == [items[n].pk for n in best]
    # 60 % of the mean of the best four: (55 + 50 + 45 + 41) / 4, or (50 + 45 + 41 + 38) / 4
    assert grade.final == (Decimal("28.65") if points == "25" else Decimal("26.10"))


def test_the_first_grader_does_not_answer(asked, tom):
    with pytest.raises(ValidationError, match="first grader"):
        answered(asked, tom, 12)
    assert Regrade.objects.get().is_open


def test_the_first_grader_answers_where_nobody_else_is_there(marked, ada, tom):
    tom.course.enrollments.staff().exclude(pk=tom.pk).update(status="dropped")
    asked = asked_by(ada, marked)
    assert asked.assigned_to == tom.user
    assert answered(asked, tom, 12).state == RegradeState.CHANGED


def test_a_ta_passes_a_request_on_and_then_instructors_alone_answer(asked, ada, tom, ines, cast):
    second = cast.enroll(ada.course, "Tina Tutor", "ta")
    regrades.escalate(asked=asked, by=second.user, text="A matter of principle.", now=timezone.now())
    with pytest.raises(ValidationError):
        answered(asked, second, 12)
    assert answered(asked, ines, 12).state == RegradeState.CHANGED


def test_a_student_passes_an_answer_on_once_and_then_it_is_final(asked, marked, ada, ines):
    now = timezone.now()
    answered(asked, ines, 10)
    regrades.escalate(asked=asked, by=ada.user, text="Still.", now=now, student=ada)
    asked.refresh_from_db()
    assert asked.is_open
    assert asked.assigned_to in [row.user for row in ada.course.enrollments.filter(role="instructor")]
    answered(asked, ines, 11)
    asked.refresh_from_db()
    with pytest.raises(ValidationError):
        regrades.escalate(asked=asked, by=ada.user, text="Still!", now=now, student=ada)
    with pytest.raises(ValidationError, match="final"):
        asked_by(ada, marked)


def test_after_an_answer_one_may_ask_again_within_the_window(asked, marked, ada, ines):
    answered(asked, ines, 11)
    again = asked_by(ada, marked)
    assert (again.old_points, again.first_grader) == (11, ines.user)


def test_who_asked_withdraws_and_an_answer_comes_too_late_then(asked, ada, ines):
    regrades.withdraw(asked=asked, student=ada, now=timezone.now())
    with pytest.raises(ValidationError, match="closed"):
        answered(asked, ines, 12)
    assert Mark.objects.get(problem=asked.problem).points == 10


def test_a_mark_that_somebody_saved_meanwhile_is_not_overwritten(asked, tom, ines):
    marking.mark(submission=asked.submission, grader=tom.user, given=[Given(1, Decimal(9), "", 1)])
    with pytest.raises(ValidationError, match="meanwhile"):
        answered(asked, ines, 12)
    assert Mark.objects.get(problem=asked.problem).points == 9
    assert Regrade.objects.get().is_open


def test_the_rubric_s_items_stay_and_the_difference_goes_on_top(marked, ada, tom, ines):
    problem = marked.assignment.problems.first()
    item = rubrics.add_item(problem=problem, by=tom.user, text="A sign is wrong.", points=Decimal(5))
    given = Given(1, None, "", 1, frozenset({item.pk}))
    marking.mark(submission=marked, grader=tom.user, given=[given])
    asked = asked_by(ada, marked)
    assert asked.old_points == 20
    answered(asked, ines, 22, version=2)
    mark = Mark.objects.get(submission=marked, problem=problem)
    assert (mark.points, mark.by_rubric, mark.adjustment) == (22, True, 2)
    assert [row.item for row in mark.applied.all()] == [item]


def test_any_member_at_the_due_moment_asks_and_all_of_them_are_told(proposal, team, ada, alan, grace, tom, ines, cast):
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now() - timedelta(days=2))
    work, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))
    given = [Given(p.number, Decimal(5)) for p in proposal.problems.all()]
    cast.opened(proposal, due=-timedelta(hours=1))
    marking.mark(submission=work, grader=tom.user, given=given)
    awarding.release(items=[proposal.item], by=ines.user)
    with pytest.raises(PermissionDenied):
        asked_by(grace, work)
    asked = asked_by(alan, work)
    Letter.objects.all().delete()
    answered(asked, ines, 7)
    assert sorted(to for letter in Letter.objects.all() for to in letter.to) == ["ada@example.org", "alan@example.org"]
    assert {s.enrollment: s.points for s in Score.objects.filter(item=proposal.item)} == {ada: 17, alan: 17}


def test_an_answer_is_told_by_mail_without_points(asked, ada, ines):
    Letter.objects.all().delete()
    answered(asked, ines, 25)
    letter = Letter.objects.get()
    assert letter.to == [ada.user.email]
    assert "25" not in letter.subject + letter.body


def test_the_student_s_page_from_asking_to_the_answer(client, marked, ada, ines):
    client.force_login(ada.user)
    page = PAGE.format(marked.assignment.item.pk, 1)
    assert "Ask for a regrade" in client.get(page).content.decode()
    assert client.post(page, {"act": "ask", "text": " "}).status_code == 400
    assert client.post(page, {"act": "ask", "text": "Step two <b>holds</b>."}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Step two &lt;b&gt;holds&lt;/b&gt;." in shown
    assert "Withdraw the request" in shown
    assert client.post(page, {"act": "write", "text": "See page 2."}).status_code == 302
    answered(Regrade.objects.get(), ines, 12)
    shown = client.get(page).content.decode()
    assert "10 points when you asked, <b>12</b> with the answer" in shown
    assert "Pass it to the instructor" in shown
    feedback = client.get(f"/c/deep-learning/grades/{marked.assignment.item.pk}/").content.decode()
    assert "Regrade request: points changed" in feedback
    assert client.post(page, {"act": "delete"}).status_code == 404


def test_a06_a_release_that_is_taken_back_takes_the_thread_back(client, asked, ada, ines):
    client.force_login(ada.user)
    page = PAGE.format(asked.submission.assignment.item.pk, 1)
    assert client.get(page).status_code == 200
    awarding.unrelease(items=[asked.submission.assignment.item], by=ines.user)
    assert client.get(page).status_code == 404
    assert client.post(page, {"act": "write", "text": "Hello?"}).status_code == 404


def test_a03_a_classmate_reaches_nobody_s_thread_but_their_own(client, asked, alan):
    client.force_login(alan.user)
    page = PAGE.format(asked.submission.assignment.item.pk, 1)
    assert client.get(page).status_code == 404
    assert client.post(page, {"act": "withdraw"}).status_code == 404
    assert Regrade.objects.get().is_open


def test_staff_answer_on_the_page_and_a_mistake_stands_there(client, asked, ines):
    client.force_login(ines.user)
    page = f"/admin/grading/regrade/{asked.pk}/change/"
    assert "Step two holds." in client.get(page).content.decode()
    sent = {"act": "answer", "points": "26", "comment": "", "text": "Yes.", "version": 1}
    refused = client.post(page, sent)
    assert refused.status_code == 400
    assert "between 0 and 25 points" in refused.content.decode()
    assert client.post(page, sent | {"points": "x"}).status_code == 400
    assert client.post(page, sent | {"points": "12,5"}).status_code == 302
    assert Mark.objects.get(problem=asked.problem).points == Decimal("12.5")
    assert "What came of the requests" in client.get("/admin/grading/regrade/").content.decode()


def test_staff_hand_a_request_to_a_colleague_and_to_nobody_else(client, asked, ada, tom, ines):
    client.force_login(ines.user)
    page = f"/admin/grading/regrade/{asked.pk}/change/"
    assert client.post(page, {"act": "hand", "to": ada.user.pk}).status_code == 404
    assert client.post(page, {"act": "hand", "to": tom.user.pk}).status_code == 302
    asked.refresh_from_db()
    assert asked.assigned_to == tom.user


def test_a02_staff_of_another_course_find_no_request_of_ours(client, asked, other):
    for person in (other["ta"], other["instructor"]):
        client.force_login(person.user)
        assert client.get(f"/admin/grading/regrade/{asked.pk}/change/").status_code == 404
        assert (
            client.post(f"/admin/grading/regrade/{asked.pk}/change/", {"act": "write", "text": "x"}).status_code == 404
        )
        assert "Homework 1" not in client.get("/admin/grading/regrade/statistics/").content.decode()
        assert str(asked.enrollment.user) not in client.get("/admin/grading/regrade/").content.decode()


def test_the_admin_opens_on_the_requests_that_wait_for_me(client, asked):
    client.force_login(asked.assigned_to)
    assert "1 regrade request</a>" in client.get("/admin/").content.decode()
    client.force_login(asked.first_grader)
    assert "regrade request</a>" not in client.get("/admin/").content.decode()


def test_statistics_count_requests_and_what_came_of_them(asked, marked, ada, ines):
    answered(asked, ines, 14)
    answered(asked_by(ada, marked, 2), ines, 7)
    regrades.withdraw(asked=asked_by(ada, marked, 3), student=ada, now=timezone.now())
    first, second, third = queries.second_looks(Regrade.objects.visible_to(ines.user))
    assert (first.asked, first.up, first.down, first.kept, first.change, first.days) == (1, 1, 0, 0, 4, 0)
    assert (second.down, second.change) == (1, -3)
    assert (third.withdrawn, third.change, third.days) == (1, None, None)


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_ask_the_same_number_of_queries_for_one_request_and_for_three(client, marked, ada, ines, count):
    row, *_ = [asked_by(ada, marked, number) for number in range(1, count + 1)]
    pages = {
        f"/admin/grading/regrade/{row.pk}/change/": (ines, 12),
        "/admin/grading/regrade/": (ines, 7),
        "/admin/grading/regrade/statistics/": (ines, 4),
        PAGE.format(marked.assignment.item.pk, 1): (ada, 10),
    }
    assert {page: (who, queries_of(client, who, page)) for page, (who, _) in pages.items()} == pages


def queries_of(client, who, page):
    client.force_login(who.user)
    client.get(page)
    with CaptureQueriesContext(connection) as found:
        client.get(page)
    return len(found)


def test_the_page_leads_from_each_item_of_the_mark_to_who_else_got_it(client, marked, ada, ines):
    problem = marked.assignment.problems.get(number=1)
    item = rubrics.add_item(problem=problem, by=ines.user, text="Wrong sign", points=Decimal(2), group=None)
    mark = Mark.objects.get(submission=marked, problem=problem)
    given = Given(1, items=frozenset({item.pk}), version=mark.version)
    marking.mark(submission=marked, grader=mark.grader, given=[given])
    row = asked_by(ada, marked, 1)
    client.force_login(ines.user)
    page = client.get(f"/admin/grading/regrade/{row.pk}/change/").content.decode()
    assert f'/{marked.assignment.item.pk}/rubric/items/{item.pk}/"' in page
    assert "Wrong sign" in page


def test_a_request_goes_to_nobody_to_whom_the_work_is_closed(marked, ada, tom, ines, cast):
    """The problem is given to one TA alone: a second one, who would be the first choice, can't open it."""
    other = cast.enroll(ada.course, "Tina Tutor", Role.TA)
    problem = marked.assignment.problems.get(number=1)
    assert other.user_id in regrades.able(marked, problem, escalated=False)
    every = list(marked.assignment.problems.values_list("pk", flat=True))
    plan = arranging.Plan(split=Split.PROBLEM, only=True, problems={tom.user_id: every})
    arranging.arrange(item=marked.assignment.item, by=ines.user, plan=plan)
    able = regrades.able(marked, problem, escalated=False)
    assert other.user_id not in able
    assert {tom.user_id, ines.user_id} <= set(able)
