"""Claims: never the same work to two graders at once; leases, skips, works handed on or flagged."""

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, User
from grading.desk import order
from grading.models import Claim, Mark, Referral
from grading.services import claiming, marking
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


def hand_in(homework, students, cast):
    for student in students:
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    return list(order.ordered(homework.item, homework.problems.first()))


@pytest.fixture
def problem(homework):
    return homework.problems.first()


@pytest.fixture
def works(db, homework, ada, alan, grace, cast):
    return hand_in(homework, (ada, alan, grace), cast)


def next_for(grader, problem, after=None):
    return order.next_work(item=problem.assignment.item, problem=problem, grader=grader.user, after=after)


def at(monkeypatch, **later):
    moment = timezone.now() + timedelta(**later)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def give(work, problem, grader, version=0):
    given = [Given(problem.number, Decimal(5), "", version)]
    marking.mark(submission=work, grader=grader.user, given=given)


def test_two_graders_are_served_different_work_and_the_same_grader_their_own_again(works, problem, tom, ines):
    assert [next_for(tom, problem), next_for(ines, problem), next_for(tom, problem)] == [works[0], works[1], works[0]]


def test_work_on_another_problem_may_be_graded_at_the_same_time(works, problem, tom, ines, homework):
    second = homework.problems.get(number=2)
    first_of_second = next(iter(order.ordered(homework.item, second)))
    next_for(tom, problem)
    assert next_for(ines, second) == first_of_second


def test_all_problems_of_a_work_are_held_together_or_not_at_all(works, problem, tom, ines, homework):
    whole = list(order.ordered(homework.item))
    held = next_for(tom, problem)
    served = order.next_work(item=homework.item, problem=None, grader=ines.user)
    assert served == next(work for work in whole if work != held)
    assert Claim.objects.filter(grader=ines.user).count() == 4
    assert not claiming.hold(
        work=held, problems=list(homework.problems.all()), grader=ines.user, now=timezone.now(), page=uuid4()
    )
    assert Claim.objects.filter(submission=held).count() == 1


def test_a_lease_runs_out_and_the_work_is_served_to_somebody_else(works, problem, tom, ines, monkeypatch):
    next_for(tom, problem)
    at(monkeypatch, minutes=10, seconds=1)
    assert next_for(ines, problem) == works[0]


def test_an_open_page_renews_the_lease_until_it_is_left(client, works, problem, tom, ines, monkeypatch):
    client.force_login(tom.user)
    next_for(tom, problem)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    page = client.get(here).context["page"]
    at(monkeypatch, minutes=9)
    assert client.post(f"{here}keep/", {"page": page}).json() == {"held": True}
    at(monkeypatch, minutes=9)
    assert next_for(ines, problem) == works[1]
    assert client.post(f"{here}leave/", {"page": page}).status_code == 204
    Claim.objects.filter(grader=ines.user).delete()
    assert next_for(ines, problem) == works[0]
    answer = client.post(f"{here}keep/", {"page": page})
    assert (answer.status_code, answer.json()) == (409, {"held": False, "by": "Ines Instructor"})


def test_the_word_that_a_page_is_shown_renews_and_takes_nothing_back(client, works, problem, tom, ines):
    """It may come after the word that the page was left."""
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    page = client.get(here, headers={"HX-Request": "true"}).context["page"]
    shown = {"page": page, "shown": "1"}
    assert Claim.objects.get().expires_at - Claim.objects.get().taken_at == claiming.AHEAD
    assert client.post(f"{here}keep/", shown).json() == {"held": True}
    assert Claim.objects.get().expires_at - Claim.objects.get().taken_at >= claiming.LEASE
    client.post(f"{here}leave/", {"page": page})
    answer = client.post(f"{here}keep/", shown)
    assert (answer.status_code, answer.json()) == (200, {"held": False, "by": ""})
    assert not Claim.objects.exists()
    next_for(ines, problem)
    assert client.post(f"{here}keep/", shown).json() == {"held": False, "by": "Ines Instructor"}


def test_who_has_a_work_open_is_served_it_again_without_losing_the_page_that_lets_it_go(client, works, problem, tom):
    """As when the save of the work before is answered late."""
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    page = client.get(here).context["page"]
    assert next_for(tom, problem) == works[0]
    assert Claim.objects.get().expires_at - Claim.objects.get().taken_at == claiming.LEASE
    client.post(f"{here}leave/", {"page": page})
    assert not Claim.objects.exists()


def test_a_script_that_has_the_next_one_is_served_no_other(client, works, problem, tom):
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    client.get(here)
    marks = {"ahead": "1", "points-1": "3"}
    answer = client.post(here, marks, headers={"HX-Request": "true"})
    assert answer.json() == {"next": "", "said": f"{works[0].owner_name}: saved."}
    assert Mark.objects.get(submission=works[0], problem=problem).points == 3
    assert not Claim.objects.exists()


def test_a_page_that_is_loaded_anew_keeps_the_work_when_the_old_one_is_left(client, works, problem, tom):
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    old, new = client.get(here).context["page"], client.get(here).context["page"]
    client.post(f"{here}leave/", {"page": old})
    assert Claim.objects.filter(submission=works[0], grader=tom.user, page=new).exists()
    assert client.post(f"{here}leave/", {"page": "none"}).status_code == 404


def test_saving_lets_the_work_go_and_it_is_not_served_again(works, problem, tom, ines):
    give(next_for(tom, problem), problem, tom)
    assert not Claim.objects.exists()
    assert next_for(ines, problem) == works[1]


def test_whoever_opens_work_that_is_held_is_told_so(client, works, problem, tom, ines):
    next_for(tom, problem)
    client.force_login(ines.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/"
    assert "Tom Tutor has this open" in client.get(here).content.decode()
    assert Claim.objects.get().grader == tom.user


def test_what_one_passes_over_comes_again_last_and_to_others_as_before(client, works, problem, tom, ines):
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/"
    next_for(tom, problem)
    answer = client.post(f"{here}{works[0].pk}/skip/")
    assert answer["Location"] == f"{here}{works[1].pk}/"
    assert next_for(ines, problem) == works[0]
    give(works[0], problem, ines)
    give(works[1], problem, tom)
    claiming.skip(work=works[2], problems=[problem], grader=tom.user, now=timezone.now())
    assert next_for(tom, problem) == works[2]


def test_what_is_handed_to_a_colleague_comes_to_them_first_and_to_nobody_else(client, works, problem, tom, ines, cast):
    tina = cast.enroll(tom.course, "Tina Tutor", "ta")
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/"
    sent = {"to": tina.user.pk, "note": "You know this proof."}
    assert client.post(f"{here}{works[2].pk}/refer/", sent)["Location"] == f"{here}{works[0].pk}/"
    give(works[0], problem, tom)
    give(works[1], problem, tom)
    assert next_for(tom, problem) is None
    client.force_login(tina.user)
    assert client.get(here)["Location"] == f"{here}{works[2].pk}/"
    assert "You know this proof." in client.get(f"{here}{works[2].pk}/").content.decode()
    give(works[2], problem, tina)
    assert Referral.objects.get().settled_at


def test_what_is_flagged_waits_for_the_instructor(works, problem, tom, ines):
    claiming.refer(work=works[0], problems=[problem], by=tom.user, to=None, note="Copied?", now=timezone.now())
    assert next_for(tom, problem) == works[1]
    assert next_for(ines, problem) == works[0]


def test_a03_work_is_handed_to_staff_of_the_course_alone(client, works, problem, ada, tom, other):
    client.force_login(tom.user)
    here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/{works[0].pk}/refer/"
    for person in (ada.user, other["ta"].user):
        assert client.post(here, {"to": person.pk}).status_code == 404
    assert not Referral.objects.exists()


@pytest.mark.parametrize("act", ["keep", "leave", "skip", "refer"])
def test_a02_acts_at_the_desk_are_for_this_course_s_staff_and_by_forms_alone(
    client, works, problem, ada, tom, other, act
):
    for level in ("1/", ""):
        here = f"/admin/grading/item/{problem.assignment.item.pk}/desk/{level}{works[0].pk}/{act}/"
        client.force_login(tom.user)
        assert client.get(here).status_code == 404
        for person in (ada, other["ta"], other["instructor"]):
            client.force_login(person.user)
            assert client.post(here, {"page": uuid4()}, follow=True).status_code == 404
    assert not Claim.objects.exists()


def test_serving_takes_as_many_queries_with_three_works_as_with_one(works, problem, tom, ines):
    counts = []
    for grader in (tom, ines):
        with CaptureQueriesContext(connection) as found:
            next_for(grader, problem)
        counts.append(len([q for q in found if "SAVEPOINT" not in q["sql"]]))
    assert counts == [3, 3]


def test_the_list_of_all_work_says_who_has_what_and_finds_by_name(client, works, problem, tom, ines):
    next_for(tom, problem)
    claiming.refer(work=works[1], problems=[problem], by=tom.user, to=None, note="", now=timezone.now())
    client.force_login(ines.user)
    page = f"/admin/grading/item/{problem.assignment.item.pk}/desk/"
    shown = client.get(page).content.decode()
    assert "open with Tom Tutor" in shown
    assert "flagged for the instructor" in shown
    found = client.get(page, {"q": "lovelace"}).content.decode()
    assert "Ada Lovelace" in found
    assert "Alan Turing" not in found


def test_whoever_finds_nothing_is_told_that_colleagues_have_some_open(client, works, problem, tom, ines, cast):
    for grader in (tom, ines, cast.enroll(tom.course, "Tina Tutor", "ta")):
        next_for(grader, problem)
    client.force_login(cast.enroll(tom.course, "Theo Tutor", "ta").user)
    answer = client.get(f"/admin/grading/item/{problem.assignment.item.pk}/desk/1/", follow=True)
    assert "Colleagues have some open" in answer.content.decode()


def many(homework, course, count):
    """Works without files, by rows alone."""
    now = timezone.now()
    users = User.objects.bulk_create(
        User(email=f"s{n}@example.org", name=f"Student {n}", sort_name=f"{n}") for n in range(count)
    )
    rows = Enrollment.objects.bulk_create(Enrollment(course=course, user=user) for user in users)
    Submission.objects.bulk_create(
        Submission(
            assignment_id=homework.pk,
            enrollment=row,
            submitted_by=row.user,
            number=1,
            began_at=now,
            completed_at=now,
            idempotency_key=uuid4(),
        )
        for row in rows
    )


def test_the_queue_page_and_serving_ask_as_much_of_300_works_as_of_three(client, works, problem, homework, course, tom):
    client.force_login(tom.user)
    page = f"/admin/grading/item/{homework.item.pk}/desk/"
    counts = []
    for count in (0, 297):
        many(homework, course, count)
        Claim.objects.all().delete()
        client.get(page)
        with CaptureQueriesContext(connection) as shown:
            client.get(page)
        with CaptureQueriesContext(connection) as served:
            next_for(tom, problem)
        counts.append((len(shown), len(served)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 13
    assert "300" in client.get(page).content.decode()


# Two graders who reach at the same moment, in threads of their own with connections of their own.


def reach(problem_pk, graders, barrier):
    """What each of them is served, from the first to the last work."""
    served = {grader.pk: [] for grader in graders}

    def grab(grader):
        from coursesite.handin.models import Problem

        problem = Problem.objects.select_related("assignment__item").get(pk=problem_pk)
        try:
            barrier.wait()
            while work := next_for(grader, problem):
                served[grader.pk].append(work.pk)
                give(work, problem, grader)
        finally:
            connection.close()

    threads = [threading.Thread(target=grab, args=[grader]) for grader in graders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return served


@pytest.fixture
def crowd(transactional_db, course, homework, cast):
    """Twelve works and four graders."""
    students = [cast.enroll(course, f"Student{n} Number{n}") for n in range(12)]
    hand_in(homework, students, cast)
    return [cast.enroll(course, f"Tutor{n} Number{n}", "ta") for n in range(4)]


def test_four_graders_at_once_never_meet_at_the_same_work(crowd, problem):
    served = reach(problem.pk, crowd, threading.Barrier(4))
    given = [pk for row in served.values() for pk in row]
    assert sorted(given) == sorted(Submission.objects.current().values_list("pk", flat=True))
    assert Mark.objects.filter(problem=problem).count() == 12


def test_without_the_lock_two_graders_are_served_the_same_work(crowd, problem, monkeypatch):
    """The control: whoever looks first and writes then hands one work to two."""
    both = threading.Barrier(2, timeout=20)

    def careless(*, work, problems, grader, now, second, lease):
        free = not Claim.objects.live(now).filter(submission=work, problem__in=problems).exists()
        both.wait()
        values = {"grader": grader, "taken_at": now, "expires_at": now + lease, "page": uuid4()}
        for one in problems:
            Claim.objects.update_or_create(submission=work, problem=one, defaults=values)
        return free

    monkeypatch.setattr(claiming, "hold", careless)
    served = []

    def grab(grader):
        try:
            served.append(next_for(grader, problem).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=grab, args=[grader]) for grader in crowd[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(served) == 2
    assert len(set(served)) == 1
