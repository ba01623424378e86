"""More time: asked for, granted by staff or by rule; deadline, lateness, scores and pages follow at once."""

from datetime import timedelta
from decimal import Decimal

import pghistory
import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.handin import extensions, outages
from coursesite.handin.models import Assignment, Extension, ExtensionRequest, Outage, Submission
from coursesite.roster import letters
from coursesite.roster.models import Letter
from grading.models import Score
from grading.services import deadlines, marking
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
PAGE = "/c/deep-learning/more-time/homework-1/"
HOUR = timedelta(hours=1)


@pytest.fixture
def over(homework, cast):
    """Homework 1, due an hour ago."""
    return cast.opened(homework, due=-HOUR)


@pytest.fixture
def later():
    return timezone.now().replace(microsecond=0) + timedelta(days=2)


def hand_in(homework, student, cast):
    return homework_services.submit(
        homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
    )[0]


def score(student):
    return Score.objects.get(enrollment=student, item__title="Homework 1")


def test_an_extension_opens_the_deadline_for_one_and_nobody_else(over, ada, alan, tom, later, cast):
    extensions.grant(assignment=over, owner=ada, until=later, reason="Ill", by=tom.user)
    assert not hand_in(over, ada, cast).lateness.late
    with pytest.raises(ValidationError, match="deadline of Homework 1 has passed"):
        hand_in(over, alan, cast)


def test_with_penalty_it_is_taken_and_late(over, ada, tom, later, cast):
    over.penalty_percent = Decimal(10)
    over.save()
    extensions.grant(assignment=over, owner=ada, until=later, reason="Ill", by=tom.user, with_penalty=True)
    work = hand_in(over, ada, cast)
    marking.mark(submission=work, grader=tom.user, given=[Given(n, Decimal(20)) for n in (1, 2, 3, 4)])
    assert (work.lateness.days, score(ada).points) == (1, 70)
    extensions.grant(assignment=over, owner=ada, until=later, reason="Ill, with a note", by=tom.user)
    assert score(ada).points == 80
    extensions.take_back(extension=Extension.objects.get(), by=tom.user)
    assert score(ada).points == 70


def test_missing_goes_with_an_extension_and_comes_when_it_is_over(over, ada, alan, tom, later):
    deadlines.write_missing(now=timezone.now())
    assert score(ada).state == score(alan).state == "missing"
    extensions.grant(assignment=over, owner=ada, until=later, reason="Ill", by=tom.user)
    assert (score(ada).state, score(alan).state) == ("ungraded", "missing")
    deadlines.write_missing(now=later)
    assert score(ada).state == "ungraded"
    deadlines.write_missing(now=later + timedelta(seconds=1))
    assert score(ada).state == "missing"


def test_a_team_is_given_more_time_as_a_whole(proposal, team, alan, tom, later, cast):
    cast.opened(proposal, due=-HOUR)
    deadlines.write_missing(now=timezone.now())
    extensions.grant(assignment=proposal, owner=team, until=later, reason="A strike", by=tom.user)
    assert set(Score.objects.filter(item__title="Proposal").values_list("state", flat=True)) == {"ungraded"}
    made, _ = projects.submit(milestone=proposal, enrollment=alan, delivery=cast.delivery(proposal=samples.pdf()))
    assert not made.lateness.late
    with pytest.raises(ValidationError, match="Teams are given more time for milestones"):
        extensions.grant(assignment=proposal, owner=alan, until=later, reason="x", by=tom.user)


def test_staff_of_the_course_alone_give_more_time(homework, ada, tom, other, later):
    for person in (ada, other["ta"], other["instructor"]):
        with pytest.raises(PermissionDenied):
            extensions.grant(assignment=homework, owner=ada, until=later, reason="x", by=person.user)
    with pytest.raises(ValidationError):
        extensions.grant(assignment=homework, owner=other["student"], until=later, reason="x", by=tom.user)
    with pytest.raises(ValidationError, match="not later than the common deadline"):
        extensions.grant(assignment=homework, owner=ada, until=homework.due_at, reason="x", by=tom.user)


def test_every_step_is_kept(homework, ada, tom, later):
    extensions.grant(assignment=homework, owner=ada, until=later, reason="First", by=tom.user)
    extensions.grant(assignment=homework, owner=ada, until=later + HOUR, reason="Second", by=tom.user)
    extensions.take_back(extension=Extension.objects.get(), by=tom.user)
    events = pghistory.models.Events.objects.filter(pgh_model="handin.ExtensionEvent").order_by("pgh_created_at")
    assert [event.pgh_data["reason"] for event in events] == ["First", "Second", "Second"]


# Asking


def test_a_student_asks_and_staff_grant_in_the_admin(client, homework, ada, tom):
    wished = timezone.localtime(homework.due_at + timedelta(days=2), ada.course.zone).replace(second=0, microsecond=0)
    client.force_login(ada.user)
    answer = client.post(PAGE, {"wished": f"{wished:%Y-%m-%dT%H:%M}", "reason": "My machine is broken"}, follow=True)
    assert "The answer comes by mail." in answer.content.decode()
    asked = ExtensionRequest.objects.get()
    assert (asked.state, asked.wished) == ("open", wished)
    client.force_login(tom.user)
    assert "My machine is broken" in client.get("/admin/handin/extensionrequest/").content.decode()
    client.post("/admin/handin/extensionrequest/", {"action": "grant", "_selected_action": [asked.pk]})
    assert Extension.objects.get().until == wished
    client.force_login(ada.user)
    assert "✓ Granted" in client.get(PAGE).content.decode()
    assert "✓ Extended" in client.get("/c/deep-learning/homework/homework-1/").content.decode()
    letters.send_waiting()
    assert [sent.subject for sent in mail.outbox] == ["Homework 1: deadline"]


def test_staff_grant_less_than_was_wished_or_refuse_with_words(client, homework, ada, alan, tom):
    one, two = (
        extensions.ask(assignment=homework, student=s, wished=homework.due_at + timedelta(days=9), reason="Wedding")
        for s in (ada, alan)
    )
    client.force_login(tom.user)
    until = timezone.localtime(homework.due_at + timedelta(days=1), ada.course.zone)
    sent = {"decision": "grant", "until_0": f"{until:%Y-%m-%d}", "until_1": f"{until:%H:%M:%S}", "answer": ""}
    client.post(f"/admin/handin/extensionrequest/{one.pk}/change/", sent)
    assert abs(Extension.objects.get().until - until) < timedelta(seconds=1)
    client.post(f"/admin/handin/extensionrequest/{two.pk}/change/", {"decision": "refuse", "answer": "Too long."})
    two.refresh_from_db()
    assert (two.state, two.answer) == ("refused", "Too long.")
    with pytest.raises(ValidationError, match="refused already"):
        extensions.answer(asked=two, by=tom.user, granted=True)


def test_the_rule_of_the_course_grants_one_in_time(homework, ada, cast):
    ada.course.extensions_at_once = 1
    ada.course.save()
    homework.refresh_from_db()
    wished = homework.due_at + timedelta(hours=48)
    asked = extensions.ask(assignment=homework, student=ada, wished=wished, reason="A conference")
    assert (asked.state, homework.rule_for(ada).due_at) == ("granted", wished)
    second = extensions.ask(assignment=homework, student=ada, wished=wished + HOUR, reason="Another")
    assert second.state == "open"


@pytest.mark.parametrize("wrong", ["too long", "too late"])
def test_the_rule_grants_nothing_else(homework, ada, cast, wrong):
    ada.course.extensions_at_once = 1
    ada.course.save()
    due = cast.opened(homework, due=HOUR if wrong == "too long" else -HOUR)
    due.refresh_from_db()
    wished = due.due_at + timedelta(hours=49 if wrong == "too long" else 24)
    assert extensions.ask(assignment=due, student=ada, wished=wished, reason="x").state == "open"


def test_what_is_no_request_is_refused_in_words(client, homework, ada):
    client.force_login(ada.user)
    soon = timezone.localtime(homework.due_at - HOUR, ada.course.zone)
    for sent, said in (
        ({"wished": f"{soon:%Y-%m-%dT%H:%M}", "reason": "x"}, "Until then work is taken anyway"),
        ({"wished": "tomorrow", "reason": "x"}, "Enter a valid date"),
        ({"wished": "2999-01-01T00:00", "reason": "x"}, "within 120 days"),
        ({"wished": f"{soon:%Y-%m-%dT%H:%M}", "reason": " "}, "This field is required"),
    ):
        answer = client.post(PAGE, sent)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not ExtensionRequest.objects.exists()


def test_one_request_at_a_time_and_it_can_be_withdrawn(client, homework, ada):
    wished = homework.due_at + HOUR
    extensions.ask(assignment=homework, student=ada, wished=wished, reason="x")
    with pytest.raises(ValidationError, match="asked already"):
        extensions.ask(assignment=homework, student=ada, wished=wished, reason="y")
    client.force_login(ada.user)
    client.post(PAGE, {"withdraw": "yes"})
    assert ExtensionRequest.objects.get().state == "withdrawn"


# What follows


def test_pages_and_api_tell_each_their_own_deadline(client, homework, ada, alan, tom, later):
    extensions.grant(assignment=homework, owner=ada, until=later, reason="Ill", by=tom.user)
    shown = {}
    for student in (ada, alan):
        client.force_login(student.user)
        pages = ["/c/deep-learning/", "/c/deep-learning/homework/", "/c/deep-learning/homework/homework-1/"]
        shown[student] = [later.isoformat() in client.get(page).content.decode() for page in pages]
        due = client.get("/api/v1/courses/deep-learning/homework/").json()[0]["due_at"]
        shown[student].append(due == later.isoformat().replace("+00:00", "Z"))
    assert shown == {ada: [True] * 4, alan: [False] * 4}


def test_many_at_once_in_the_admin(client, homework, ada, alan, ines, later):
    client.force_login(ines.user)
    local = timezone.localtime(later, ada.course.zone)
    sent = {"assignment": homework.pk, "students": [ada.pk, alan.pk], "until_0": f"{local:%Y-%m-%d}",
            "until_1": f"{local:%H:%M:%S}", "reason": "The network was down"}  # fmt: skip
    assert client.post("/admin/handin/extension/add/", sent).status_code == 302
    assert set(Extension.objects.values_list("enrollment", "until")) == {(ada.pk, later), (alan.pk, later)}


def test_a_year_at_the_end_of_the_calendar_is_refused_on_the_page(client, homework, ada, ines, later):
    client.force_login(ines.user)
    sent = {"assignment": homework.pk, "students": [ada.pk], "until_0": "9999-12-31", "until_1": "23:59", "reason": "x"}
    said = "Check the year: 1970 to 2200 are taken."
    assert said in client.post("/admin/handin/extension/add/", sent).content.decode()
    with pytest.raises(ValidationError, match="Check the year"):
        extensions.grant(assignment=homework, owner=ada, until=later.replace(year=9999), reason="x", by=ines.user)
    sent = {"opens_at_0": "0001-01-01", "opens_at_1": "00:00", "due_at_0": "9999-12-31", "due_at_1": "23:59"}
    answer = client.post(f"/admin/handin/assignment/{homework.pk}/change/", sent)
    errors = answer.context["adminform"].form.errors
    assert [name for name in ("opens_at", "due_at") if errors[name] == [said]] == ["opens_at", "due_at"]
    homework.refresh_from_db()
    assert (Extension.objects.count(), homework.due_at.year < 2100) == (0, True)


OUTAGE = {"action": "outage", "hours": "24", "reason": "The network was down"}


def test_an_outage_gives_everybody_more_time_by_one_action_and_tells_who_when_and_why(
    client, homework, proposal, ada, alan, ines, later
):
    over = homework.due_at + timedelta(minutes=1)
    extensions.grant(assignment=homework, owner=ada, until=later, reason="Ill", by=ines.user)
    extensions.grant(assignment=homework, owner=alan, until=over, reason="Ill", by=ines.user)
    Extension.objects.filter(enrollment=alan).update(until=timezone.now() - timedelta(hours=1))
    before = {row.pk: row.due_at for row in (homework, proposal)}
    client.force_login(ines.user)
    both = {"_selected_action": [homework.pk, proposal.pk]}
    asked = client.post("/admin/handin/assignment/", {"action": "outage"} | both)
    assert "Give everybody more time" in asked.content.decode()
    assert client.post("/admin/handin/assignment/", OUTAGE | both | {"reason": " "}).status_code == 400
    assert not Outage.objects.exists()
    assert client.post("/admin/handin/assignment/", OUTAGE | both).status_code == 302
    for row in (homework, proposal):
        row.refresh_from_db()
        assert row.due_at == before[row.pk] + timedelta(hours=24)
        told = row.outages.get()
        assert (told.hours, told.reason, told.decided_by) == (24, "The network was down", ines.user)
    assert Extension.objects.get(enrollment=ada).until == later + timedelta(hours=24)
    assert Extension.objects.get(enrollment=alan).until < timezone.now(), "what was over stays over"
    written = [one for one in Letter.objects.all() if "hours more for everybody" in one.subject]
    assert sorted(one.to for one in written) == sorted([[row.user.email] for row in (ada, alan)] * 2)
    assert "The network was down" in written[0].body
    assert "The network was down" in client.get(f"/admin/handin/assignment/{homework.pk}/change/").content.decode()
    client.force_login(ada.user)
    for page in ("homework/homework-1/", "project/proposal/"):
        shown = client.get(f"/c/deep-learning/{page}").content.decode()
        assert "24 hours later for everybody since" in shown
        assert "The network was down" in shown


def test_who_was_missing_when_the_network_was_down_is_not_any_more(client, homework, ada, ines, cast):
    cast.opened(homework, due=-timedelta(hours=1))
    deadlines.write_missing(now=timezone.now())
    missing = Score.objects.filter(item__assignment=homework, enrollment=ada)
    assert missing.get().state == "missing"
    outages.grant(assignments=[homework], hours=6, reason="The network was down", by=ines.user)
    assert missing.get().state == "ungraded"


def test_a_double_click_on_an_outage_gives_the_time_once_and_a_second_one_adds_to_it(client, homework, ada, ines):
    before, page = homework.due_at, "/admin/handin/assignment/"
    client.force_login(ines.user)
    chosen = {"_selected_action": [homework.pk], f"seen-{homework.pk}": homework.due_at.isoformat()}
    assert f'value="{before.isoformat()}"' in client.post(page, {"action": "outage"} | chosen).content.decode()
    assert client.post(page, OUTAGE | chosen).status_code == 302
    again = client.post(page, OUTAGE | chosen)
    homework.refresh_from_db()
    assert (again.status_code, homework.due_at - before, Outage.objects.count()) == (400, 24 * HOUR, 1)
    assert "it was moved after this page was made" in again.content.decode()
    assert f'value="{homework.due_at.isoformat()}"' in again.content.decode(), "whoever reads it may press again"
    client.post(page, OUTAGE | chosen | {f"seen-{homework.pk}": homework.due_at.isoformat(), "hours": "6"})
    homework.refresh_from_db()
    assert (homework.due_at - before, Outage.objects.count()) == (30 * HOUR, 2)


def test_solutions_that_are_not_out_appear_as_much_later_and_those_that_are_out_are_told(client, homework, ines):
    client.force_login(ines.user)
    for ahead, moved, said in ((2 * HOUR, 30 * HOUR, "appear as much later"), (-HOUR, 0 * HOUR, "solutions are out")):
        homework.solutions_at = timezone.now() + ahead
        homework.save()
        before = homework.solutions_at
        asked = {"action": "outage", "_selected_action": [homework.pk]}
        assert said in client.post("/admin/handin/assignment/", asked).content.decode()
        outages.grant(assignments=[homework], hours=30, reason="The network was down", by=ines.user)
        homework.refresh_from_db()
        assert homework.solutions_at - before == moved


def test_an_outage_on_what_is_over_counts_lateness_anew_and_promises_nothing(client, homework, ada, alan, ines, cast):
    cast.opened(homework, due=-HOUR)
    Assignment.objects.filter(pk=homework.pk).update(late_days=1, penalty_percent=10)
    homework.refresh_from_db()
    made = hand_in(homework, ada, cast)
    assert made.lateness.late
    late = made.completed_at
    Assignment.objects.filter(pk=homework.pk).update(due_at=homework.due_at - 48 * HOUR)
    Submission.objects.filter(pk=made.pk).update(began_at=late - 48 * HOUR, completed_at=late - 48 * HOUR)
    homework.refresh_from_db()
    deadlines.write_missing(now=timezone.now())
    client.force_login(ines.user)
    asked = {"_selected_action": [homework.pk]}
    assert "it stays closed" in client.post("/admin/handin/assignment/", {"action": "outage"} | asked).content.decode()
    told = client.post("/admin/handin/assignment/", OUTAGE | asked | {"hours": 2}, follow=True).content.decode()
    assert "Homework 1 is over all the same" in told
    homework.refresh_from_db()
    assert not Submission.objects.get(pk=made.pk).lateness.late
    assert Score.objects.get(item__assignment=homework, enrollment=alan).state == "missing"
    letter = Letter.objects.get(subject="Homework 1: 2 hours more for everybody", to=[alan.user.email])
    assert "The deadline of Homework 1 was" in letter.body
    assert "Nothing more can be handed in." in letter.body


def test_a_ta_and_another_courses_instructor_give_no_such_time(homework, tom, other):
    before = homework.due_at
    for person in (tom, other["instructor"]):
        with pytest.raises(PermissionDenied):
            outages.grant(assignments=[homework], hours=6, reason="x", by=person.user)
    homework.refresh_from_db()
    assert (homework.due_at, Outage.objects.count()) == (before, 0)


def test_a03_forged_forms_give_nothing(client, homework, ada, tom, other, later):
    sent = {"assignment": homework.pk, "students": [ada.pk], "until_0": f"{later:%Y-%m-%d}", "until_1": "10:00",
            "reason": "forged"}  # fmt: skip
    for person in (ada, other["ta"], other["instructor"]):
        client.force_login(person.user)
        client.post("/admin/handin/extension/add/", sent)
    client.force_login(tom.user)
    client.post("/admin/handin/extension/add/", sent | {"students": [other["student"].pk]})
    client.post("/admin/handin/assignment/", OUTAGE | {"_selected_action": [homework.pk]})
    before = homework.due_at
    homework.refresh_from_db()
    assert (Extension.objects.count(), homework.due_at) == (0, before)
