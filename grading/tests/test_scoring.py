"""From marks to scores, lateness and the deadline job; worked out by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.handin.models import Assignment
from coursesite.roster import letters
from coursesite.roster.history import events_of
from coursesite.roster.models import Membership
from grading.models import Item, Mark, Score
from grading.policy import State
from grading.services import awarding, computing, deadlines, marking
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def work(homework, ada, cast):
    return homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)[0]


def give(submission, grader, *points, version=0):
    given = [Given(n, Decimal(p), version=version) for n, p in enumerate(points, 1)]
    marking.mark(submission=submission, grader=grader.user, given=given)


def score(enrollment, title="Homework 1"):
    return Score.objects.filter(enrollment=enrollment, item__title=title).first()


def test_a_submission_is_graded_when_every_problem_is(work, ada, tom):
    give(work, tom, 20, 15, 10)
    assert score(ada) is None
    marking.mark(submission=work, grader=tom.user, given=[Given(4, Decimal("2.5"))])
    assert (score(ada).state, score(ada).points) == ("graded", Decimal("47.5"))


def test_a_mark_that_is_taken_back_opens_the_score(work, ada, tom):
    give(work, tom, 20, 15, 10, 5)
    marking.mark(submission=work, grader=tom.user, given=[Given(1, None, version=1)])
    assert (score(ada).state, score(ada).points) == ("ungraded", None)


def test_points_beyond_the_problem_are_refused(work, tom):
    with pytest.raises(ValidationError) as caught:
        give(work, tom, 26, -1, 25, 25)
    assert set(caught.value.message_dict) == {"1", "2"}
    assert not Mark.objects.exists()


def test_g14_the_second_grader_sees_the_conflict(work, tom, ines):
    give(work, tom, 20, 20, 20, 20)
    with pytest.raises(ValidationError) as caught:
        give(work, ines, 5, 20, 20, 20)
    assert "Tom Tutor has saved 1. Problem 1 meanwhile: 20 points" in caught.value.message_dict["1"][0]
    assert Mark.objects.get(problem__number=1).points == 20


def test_only_staff_mark_and_only_instructors_release(work, ada, tom, other):
    for person in (ada, other["ta"]):
        with pytest.raises(PermissionDenied):
            give(work, person, 1, 1, 1, 1)
    with pytest.raises(PermissionDenied):
        awarding.release(items=list(Item.objects.filter(title="Homework 1")), by=tom.user)


def test_a_new_version_after_marking_opens_the_score_and_keeps_the_marks(work, ada, tom, homework, cast):
    give(work, tom, 20, 20, 20, 20)
    files = cast.delivery(notebook=b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    homework_services.submit(homework=homework, enrollment=ada, delivery=files, acknowledged=NOBODY)
    assert score(ada).state == State.UNGRADED
    assert work.marks.count() == 4
    with pytest.raises(ValidationError, match="newer version"):
        give(work, tom, 1, 1, 1, 1, version=1)


def test_g08_a_late_penalty_is_taken_before_the_best_are_chosen(work, ada, tom, homework):
    homework.due_at, homework.late_days, homework.penalty_percent = work.completed_at - timedelta(hours=1), 2, 10
    homework.save()
    give(work, tom, 20, 20, 20, 20)
    found = score(ada)
    assert (found.raw_points, found.penalty, found.points) == (80, 10, 70)


def test_a_deadline_that_moves_computes_lateness_anew(work, ada, tom, homework):
    give(work, tom, 20, 20, 20, 20)
    homework.due_at, homework.late_days, homework.penalty_percent = work.completed_at - timedelta(hours=25), 3, 10
    homework.save()
    assert score(ada).points == 60
    homework.due_at = work.completed_at
    homework.save()
    assert score(ada).points == 80


def test_an_override_stands_over_marks_until_it_is_taken_back(work, ada, tom, ines):
    give(work, tom, 20, 20, 20, 20)
    item = Item.objects.get(title="Homework 1")
    with pytest.raises(ValidationError, match="Say why"):
        awarding.award(item=item, enrollment=ada, by=ines.user, state=State.EXCUSED)
    awarding.award(item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(99), reason="Oral exam")
    give(work, tom, 25, 20, 20, 20, version=1)
    assert score(ada).points == 99
    awarding.take_back(item=item, enrollment=ada, by=ines.user)
    assert score(ada).points == 85


def test_g13_old_values_are_kept(work, ada, tom):
    give(work, tom, 20, 20, 20, 20)
    give(work, tom, 10, 20, 20, 20, version=1)
    events = events_of(Score).objects.filter(pgh_obj=score(ada)).order_by("pgh_id")
    assert [event.points for event in events] == [80, 70]


def late_in(homework):
    return homework.due_at + timedelta(seconds=1)


def test_the_deadline_job_writes_missing_and_a_hand_in_takes_it_back(homework, ada, alan, tom, cast):
    homework_services.submit(homework=homework, enrollment=alan, delivery=cast.delivery(), acknowledged=NOBODY)
    assert deadlines.write_missing(now=homework.due_at) == 0
    assert deadlines.write_missing(now=late_in(homework)) == 1
    assert (score(ada).state, score(alan), score(tom)) == ("missing", None, None)
    assert deadlines.write_missing(now=late_in(homework)) == 0
    homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)
    assert score(ada).state == State.UNGRADED


def test_missing_becomes_ungraded_when_the_deadline_moves_on(homework, ada, cast):
    cast.opened(homework, due=timedelta(hours=-1))
    deadlines.write_missing(now=timezone.now())
    assert score(ada).state == State.MISSING
    cast.opened(homework)
    assert score(ada).state == State.UNGRADED


def test_deadlines_that_were_past_when_the_course_or_student_came_say_nothing(homework, ada, cast):
    type(ada).objects.filter(pk=ada.pk).update(enrolled_at=late_in(homework))
    assert deadlines.write_missing(now=late_in(homework)) == 0
    type(ada).objects.filter(pk=ada.pk).update(enrolled_at=homework.opens_at)
    Assignment.objects.update(created_at=late_in(homework))
    assert deadlines.write_missing(now=late_in(homework)) == 0


def test_the_deadline_job_leaves_what_was_entered(homework, ada, ines):
    item = Item.objects.get(title="Homework 1")
    awarding.award(item=item, enrollment=ada, by=ines.user, state=State.EXCUSED, reason="Ill")
    assert deadlines.write_missing(now=late_in(homework)) == 0


def test_g11_who_was_in_the_team_when_it_was_due_gets_its_score(proposal, team, ada, alan, grace, tom, cast):
    made, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4 x"))
    cast.opened(proposal, due=timedelta(hours=-1))
    projects.move(enrollment=grace, team=None, by=tom.user, reason="As asked")
    dan = cast.enroll(team.course, "Dan Late")
    projects.move(enrollment=dan, team=team, by=tom.user, reason="As asked")
    give(made, tom, 40, 30, 30)
    assert [score(who, "Proposal").points for who in (ada, alan, grace)] == [100, 100, 100]
    assert score(dan, "Proposal") is None


def test_before_it_is_due_a_member_who_leaves_takes_no_score_along(proposal, team, ada, grace, tom, cast):
    made, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4 x"))
    give(made, tom, 40, 30, 30)
    assert score(grace, "Proposal").points == 100
    projects.move(enrollment=grace, team=None, by=tom.user, reason="As asked")
    assert score(grace, "Proposal").state == State.UNGRADED


def test_a_student_without_a_team_is_missing_at_the_milestone(proposal, team, ada, cast):
    dan = cast.enroll(team.course, "Dan Alone")
    projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4 x"))
    assert deadlines.write_missing(now=late_in(proposal)) == 1
    assert score(dan, "Proposal").state == State.MISSING
    assert Membership.objects.count() == 3


def test_release_shows_the_figures_to_the_student(work, ada, tom, ines):
    give(work, tom, 20, 20, 20, 20)
    computing.compute_stale()
    assert ada.__class__.objects.get(pk=ada.pk).grade.student_so_far is None
    items = list(Item.objects.filter(title="Homework 1"))
    assert awarding.release(items=items, by=ines.user) == 1
    assert awarding.release(items=items, by=ines.user) == 0
    computing.compute_stale()
    assert ada.__class__.objects.get(pk=ada.pk).grade.student_so_far == 80
    awarding.unrelease(items=items, by=ines.user)
    computing.compute_stale()
    assert ada.__class__.objects.get(pk=ada.pk).grade.student_so_far is None


def test_g15_points_of_a_problem_that_are_edited_after_release_reach_every_grade(work, ada, tom, ines, homework):
    give(work, tom, 20, 20, 20, 20)
    item = Item.objects.get(assignment=homework)
    awarding.release(items=[item], by=ines.user)
    computing.compute_stale()
    problem = homework.problems.get(number=4)
    problem.points = Decimal(125)
    problem.save()
    item.refresh_from_db()
    assert item.points_possible == 200
    computing.compute_stale()
    ada.grade.refresh_from_db()
    assert ada.grade.so_far == ada.grade.student_so_far == Decimal(40)
    assert list(computing.differences(ada.course)) == []


def test_g08_the_penalty_follows_the_points_of_the_problems(work, ada, tom, homework):
    give(work, tom, 20, 20, 20, 20)
    due = work.completed_at - timedelta(hours=1)
    homework.due_at, homework.late_days, homework.penalty_percent = due, 2, Decimal(10)
    homework.save()
    assert score(ada).points == 70
    problem = homework.problems.get(number=1)
    problem.points = Decimal(125)
    problem.save()
    assert (score(ada).penalty, score(ada).points) == (20, 60)


def test_a_student_chooses_which_version_counts_until_the_last_moment(client, work, ada, tom, homework, cast):
    give(work, tom, 20, 20, 20, 20)
    newer = homework_services.submit(
        homework=homework,
        enrollment=ada,
        delivery=cast.delivery(written_part=samples.pdf("newer")),
        acknowledged=NOBODY,
    )[0]
    assert score(ada).state == "ungraded"
    client.force_login(ada.user)
    page = client.post(f"/submissions/{work.pk}/count/", follow=True).content.decode()
    assert "Version 1 counts now." in page
    assert (score(ada).state, score(ada).points) == ("graded", 80)
    assert "Let this version count instead" in client.get(f"/submissions/{newer.pk}/").content.decode()
    cast.opened(homework, due=-timedelta(hours=1))
    page = client.post(f"/submissions/{newer.pk}/count/", follow=True).content.decode()
    assert "The time for Homework 1 is over" in page
    work.refresh_from_db()
    assert work.is_current


def test_a02_nobody_else_chooses(client, work, alan, tom, homework, ada, cast):
    newer = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(written_part=samples.pdf("b")), acknowledged=NOBODY
    )[0]
    for person in (alan, tom):
        client.force_login(person.user)
        client.post(f"/submissions/{work.pk}/count/")
    newer.refresh_from_db()
    assert newer.is_current


def test_g12_release_unrelease_release_sends_one_mail_and_nothing_leaks_in_between(
    client, work, ada, alan, tom, ines, homework
):
    give(work, tom, 20, 20, 20, 19)
    letters.send_waiting()
    mail.outbox.clear()
    item = Item.objects.get(assignment=homework)
    client.force_login(ada.user)
    page, api = "/c/deep-learning/grades/", "/api/v1/courses/deep-learning/grades/"

    def seen():
        told = {row["item"]: row["points"] for row in client.get(api).json()["items"]}
        return "79 of 100" in client.get(page).content.decode(), told["Homework 1"] is not None

    assert seen() == (False, False)
    for act, shown in ((awarding.release, True), (awarding.unrelease, False), (awarding.release, True)):
        act(items=[item], by=ines.user)
        assert seen() == (shown, shown)
        letters.send_waiting()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([ada.user.email], "Homework 1 is graded")
    assert "79" not in sent.body
