"""Late days, standing accommodations and withdrawals: deadlines follow at once, and so do scores."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coursesite.handin import allowances, extensions, queries
from coursesite.handin import services as handin
from coursesite.handin.models import Accommodation, Extension, Submission, Withdrawal
from coursesite.roster.history import events_of
from coursesite.roster.models import Letter
from grading.models import Score
from grading.services import deadlines, marking
from homework import services as homework_services
from homework.models import Homework
from homework.services import Credit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ASK = "/c/deep-learning/more-time/homework-1/"


@pytest.fixture
def budget(course):
    course.late_budget = 4
    course.save()
    return course


@pytest.fixture
def hand_in(homework, cast):
    def act(student, at=None, homework=homework):
        return homework_services.submit(
            homework=homework,
            enrollment=student,
            delivery=cast.delivery(at=at),
            acknowledged={n: Credit() for n in (1, 2, 3, 4)},
        )[0]

    return act


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def spend(homework, student, days):
    return allowances.spend(assignment=homework, student=fresh(student), days=days)


def left(student):
    return queries.late_days_left(fresh(student))


# Late days


def test_late_days_move_the_deadline_and_leave_the_budget(budget, homework, ada):
    spend(homework, ada, 3)
    assert homework.rule_for(ada).due_at == homework.due_at + 3 * DAY
    assert left(ada) == 1
    spend(homework, ada, 1)
    assert left(ada) == 3
    spend(homework, ada, 0)
    assert (left(ada), Extension.objects.count()) == (4, 0)


@pytest.mark.parametrize(("each", "days"), [(0, 5), (2, 3), (0, -1)])
def test_more_than_the_budget_or_than_one_set_may_take_is_refused(budget, homework, ada, each, days):
    budget.late_budget_each = each
    budget.save()
    with pytest.raises(ValidationError, match="You can spend"):
        spend(homework, ada, days)


def test_without_a_budget_and_for_teams_there_are_none(course, homework, proposal, ada, team):
    for assignment in (homework, proposal):
        with pytest.raises(ValidationError, match="no late days"):
            spend(assignment, ada, 1)


def test_days_that_were_not_needed_come_back_when_the_time_is_over(budget, homework, ada, alan, grace, hand_in, cast):
    for student in (ada, alan, grace):
        spend(homework, student, 3)
    hand_in(ada, at=homework.due_at - timedelta(hours=1))
    hand_in(alan, at=homework.due_at + timedelta(hours=25))
    cast.opened(homework, due=-4 * DAY)
    for student, late in ((alan, 25), (ada, -1)):
        moment = homework.due_at + timedelta(hours=late)
        Submission.objects.filter(enrollment=student).update(began_at=moment, completed_at=moment)
    Extension.objects.update(until=homework.due_at)
    assert [left(student) for student in (ada, alan, grace)] == [4, 2, 4]


def test_days_that_the_version_that_counts_needs_can_not_be_taken_back(budget, homework, ada, hand_in, cast):
    cast.opened(homework, due=-timedelta(hours=3))
    spend(homework, ada, 2)
    assert not hand_in(ada).lateness.late
    with pytest.raises(ValidationError, match="needs these late days"):
        spend(homework, ada, 0)
    spend(homework, ada, 1)
    assert left(ada) == 3


def test_after_the_deadline_they_help_as_long_as_they_reach_to_now(budget, homework, ada, cast):
    cast.opened(homework, due=-timedelta(hours=30))
    with pytest.raises(ValidationError, match="Even with 1 late days"):
        spend(homework, ada, 1)
    assert [days for days, _ in allowances.choices(homework, fresh(ada))] == [2, 3, 4]
    spend(homework, ada, 2)


def test_they_come_on_top_of_what_was_granted_and_stay_beside_it(budget, homework, ada, tom):
    spend(homework, ada, 1)
    until = homework.due_at + 2 * DAY
    extensions.grant(assignment=homework, owner=ada, until=until, reason="Ill", by=tom.user)
    assert homework.rule_for(ada).due_at == until + DAY
    spend(homework, ada, 0)
    assert homework.rule_for(ada).due_at == until


def test_the_page_spends_them_and_says_what_is_left(client, budget, homework, ada):
    client.force_login(ada.user)
    page = client.get(ASK).content.decode()
    assert "<b>4</b> of 4 late days left" in page
    answer = client.post(ASK, {"late_days": "2"}, follow=True).content.decode()
    assert "<b>2</b> of 4 late days left, and 2 set aside" in answer
    assert "for you." in answer
    for sent in ("99", "x"):
        assert 'class="message error"' in client.post(ASK, {"late_days": sent}, follow=True).content.decode()
    assert left(ada) == 2


def test_a_missing_score_opens_again_with_late_days(budget, homework, ada, cast):
    cast.opened(homework, due=-timedelta(hours=1))
    deadlines.write_missing(now=timezone.now())
    assert Score.objects.get(enrollment=ada, item__assignment=homework).state == "missing"
    spend(homework, ada, 1)
    assert Score.objects.get(enrollment=ada, item__assignment=homework).state == "ungraded"
    deadlines.write_missing(now=timezone.now())
    assert Score.objects.get(enrollment=ada, item__assignment=homework).state == "ungraded"


# Standing accommodations


def accommodate(student, ines, hours=24, reason="Office for disability services"):
    return allowances.accommodate(student=fresh(student), hours=hours, reason=reason, by=ines.user)


def test_every_deadline_follows_also_one_that_moves_and_that_of_the_team(
    homework, proposal, course, ada, team, alan, ines
):
    accommodate(ada, ines)
    accommodate(alan, ines, hours=6)
    homework.due_at += DAY
    homework.save()
    assert homework.rule_for(ada).due_at == homework.due_at + DAY
    assert proposal.rule_for(team).due_at == proposal.due_at + DAY
    shown = {row.slug: row.own_rule.due_at for row in Homework.objects.filter(course=course).with_own_rule(ada)}
    assert all(shown[row.slug] == row.due_at + DAY for row in Homework.objects.filter(course=course))
    assert proposal.__class__.objects.with_own_rule(alan).get(pk=proposal.pk).own_rule.due_at == proposal.due_at + DAY
    line = next(line for line in queries.roll(homework) if line.owner == ada)
    assert (line.hours, line.closes_at) == (24, homework.rule_for(ada).closes_at)


def test_what_was_granted_for_one_set_counts_when_it_is_later(homework, ada, ines, tom):
    accommodate(ada, ines, hours=48)
    for days, expected in ((1, 2), (3, 3)):
        until = homework.due_at + days * DAY
        extensions.grant(assignment=homework, owner=ada, until=until, reason="Ill", by=tom.user)
        assert homework.rule_for(ada).due_at == homework.due_at + expected * DAY


def test_who_has_more_time_is_not_missing_before_it_is_over(homework, ada, alan, ines, cast):
    accommodate(ada, ines)
    cast.opened(homework, due=-timedelta(hours=1))
    deadlines.write_missing(now=timezone.now())
    assert list(Score.objects.filter(state="missing").values_list("enrollment", flat=True)) == [alan.pk]
    deadlines.write_missing(now=timezone.now() + DAY)
    assert Score.objects.filter(state="missing").count() == 2


def test_late_work_is_on_time_when_the_accommodation_is_recorded_and_late_again_when_it_ends(
    homework, ada, ines, hand_in, cast
):
    homework.late_days, homework.penalty_percent = 3, Decimal(10)
    cast.opened(homework, due=-timedelta(hours=1))
    hand_in(ada)
    score = Score.objects.get(enrollment=ada)
    assert score.penalty == 10
    accommodate(ada, ines)
    assert fresh(score).penalty == 0
    accommodate(ada, ines, hours=0)
    assert fresh(score).penalty == 10


def test_who_when_and_why_is_kept_and_the_student_is_told_without_the_reason(ada, ines):
    accommodate(ada, ines)
    accommodate(ada, ines, hours=48, reason="Renewed")
    accommodate(ada, ines, hours=0)
    rows = events_of(Accommodation).objects.order_by("pgh_id")
    assert [(row.pgh_label, row.hours, row.reason, row.granted_by) for row in rows] == [
        ("insert", 24, "Office for disability services", ines.user),
        ("update", 48, "Renewed", ines.user),
        ("delete", 48, "Renewed", ines.user),
    ]
    told = list(Letter.objects.filter(to=[ada.user.email]).order_by("pk").values_list("body", flat=True))
    assert ["24 hours" in told[0], "48 hours" in told[1], "common" in told[2]] == [True] * 3
    assert not any("disability" in text for text in told)


def test_instructors_of_the_course_alone_decide(ada, tom, other):
    for stranger in (tom, other["instructor"], ada):
        with pytest.raises(PermissionDenied):
            accommodate(ada, stranger)


def test_the_admin_records_it_and_tas_do_not_see_it(client, ada, ines, tom, other):
    address = "/admin/handin/accommodation/"
    client.force_login(ines.user)
    form = {"enrollment": ada.pk, "hours": 24, "reason": "Letter of the office"}
    assert client.post(f"{address}add/", form | {"enrollment": other["student"].pk}).status_code == 200
    assert client.post(f"{address}add/", form).status_code == 302
    row = Accommodation.objects.get()
    assert (row.enrollment, row.granted_by) == (ada, ines.user)
    assert "Letter of the office" in client.get(address).content.decode()
    assert client.post(f"{address}{row.pk}/change/", {"hours": 36, "reason": "Renewed"}).status_code == 302
    assert fresh(row).hours == 36
    for stranger in (tom, other["instructor"]):
        client.force_login(stranger.user)
        assert "Renewed" not in client.get(address).content.decode()
        assert client.get(f"{address}{row.pk}/change/").status_code in (302, 403, 404)


# Withdrawing


def test_withdrawn_work_counts_nowhere_and_every_version_stays(client, homework, ada, ines, tom, hand_in, cast):
    made = hand_in(ada)
    given = [marking.Given(number, Decimal(20)) for number in (1, 2, 3, 4)]
    marking.mark(submission=made, grader=tom.user, given=given)
    assert Score.objects.get(enrollment=ada).state == "graded"
    client.force_login(ada.user)
    page = client.post(f"/submissions/{made.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn: nothing is handed in" in page
    assert (fresh(made).is_current, Withdrawal.objects.get().by) == (False, ada.user)
    assert Score.objects.get(enrollment=ada).state == "ungraded"
    assert next(line for line in queries.roll(homework) if line.owner == ada).submission is None
    assert "withdrew version 1" in Letter.objects.first().body
    cast.opened(homework, due=-timedelta(minutes=1))
    deadlines.write_missing(now=timezone.now())
    assert Score.objects.get(enrollment=ada).state == "missing"
    assert mail.outbox == []


def test_a_withdrawn_version_can_count_again_and_a_new_one_gets_the_next_number(client, ada, hand_in):
    made = hand_in(ada)
    handin.withdraw(submission=made, author=ada.user)
    assert hand_in(ada).number == 2
    handin.choose(submission=made, author=ada.user)
    assert fresh(made).is_current


def test_not_after_the_deadline_not_twice_and_by_nobody_else(client, homework, ada, alan, tom, hand_in, cast):
    made = hand_in(ada)
    for stranger in (alan, tom):
        with pytest.raises(ValidationError, match="Only a student"):
            handin.withdraw(submission=made, author=stranger.user)
    handin.withdraw(submission=made, author=ada.user)
    with pytest.raises(ValidationError, match="does not count"):
        handin.withdraw(submission=made, author=ada.user)
    second = hand_in(ada)
    cast.opened(homework, due=-timedelta(minutes=1))
    with pytest.raises(ValidationError, match="stays handed in"):
        handin.withdraw(submission=fresh(second), author=ada.user)
