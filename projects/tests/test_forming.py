"""Teams for whoever has none: asked for, run, looked at, changed by hand, confirmed; and what staff do with teams."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from coursesite.roster import letters
from coursesite.roster.history import events_of
from coursesite.roster.models import Membership, Role, Section, Status, Team
from coursesite.schedule.models import Topic
from projects import klass, services, tasks
from projects.models import Formation, Invitation, Seat, Stage
from projects.optimiser import placing
from projects.optimiser.values import Weights
from projects.services import Told, confirming, running

pytestmark = pytest.mark.django_db
FORMING = "/c/deep-learning/project/forming/"
NAMES = ("Ben Bayes", "Cora Convex", "Dora Delta", "Ella Epsilon", "Fay Phi", "Gil Gamma", "Hal Hessian")


@pytest.fixture
def seven(course, cast):
    """In no team; the first two have asked for each other, and all have told something."""
    found = [cast.enroll(course, name) for name in NAMES]
    topics = list(Topic.objects.filter(course=course)[:3])
    for at, student in enumerate(found):
        wishes = [found[1 - at]] if at < 2 else []
        services.profile_save(enrollment=student, told=Told([topics[at % 3]], hours=[at % 2, 5], wishes=wishes))
    return found


@pytest.fixture
def proposal_of_seven(course, seven, ines):
    """Run as the worker does."""
    made = services.form(course=course, by=ines.user, weights=Weights())
    tasks.form_teams(made.pk)
    made.refresh_from_db()
    return made


def groups(formation):
    found = {}
    for seat in Seat.objects.filter(formation=formation).select_related("enrollment__user"):
        found.setdefault(seat.number, set()).add(str(seat.enrollment.user))
    return found


def test_everybody_without_a_team_gets_a_seat_and_who_asked_for_each_other_sits_together(proposal_of_seven):
    assert proposal_of_seven.state == Stage.PROPOSED
    found = groups(proposal_of_seven)
    assert sorted(map(len, found.values())) == [3, 4]
    assert set.union(*found.values()) == set(NAMES)
    assert any({"Ben Bayes", "Cora Convex"} <= team for team in found.values())
    assert proposal_of_seven.figures["points"] >= proposal_of_seven.figures["greedy_points"]
    assert not Membership.objects.exists()


def test_a_class_that_cannot_be_split_is_told_with_the_way_out_and_nothing_is_asked_for(
    client, course, cast, ines, team
):
    cast.enroll(course, "Ben Bayes")
    client.force_login(ines.user)
    answer = client.post(FORMING, {"interests": 3, "hours": 3, "sections": 10, "seed": 1})
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "1 student cannot be split into teams of 3 or 4." in said
    assert "Let 1 of them join a complete team with a place left (1 has one)." in said
    assert not Formation.objects.exists()
    made = services.form(course=course, by=ines.user, weights=Weights(), extends=True)
    running.run(made.pk)
    assert groups(made) == {1: {"Ada Lovelace", "Alan Turing", "Grace Hopper", "Ben Bayes"}}
    services.confirm(formation=made, by=ines.user)
    assert team.memberships.current().count() == 4


def test_an_incomplete_team_stays_together_and_keeps_its_name_and_a_complete_one_is_left_alone(
    course, seven, team, cast, ines
):
    pair = [cast.enroll(course, "Ivy Input"), cast.enroll(course, "Jan Jacobian")]
    begun = services.found(enrollment=pair[0], name="Begun")
    services.accept(invitation=services.invite(team=begun, by=pair[0], invited=pair[1]), enrollment=pair[1])
    made = services.form(course=course, by=ines.user, weights=Weights())
    running.run(made.pk)
    assert any({"Ivy Input", "Jan Jacobian"} <= found for found in groups(made).values())
    assert "Ada Lovelace" not in set.union(*groups(made).values())
    services.confirm(formation=made, by=ines.user)
    assert {services.team_of(one) for one in pair} == {begun}
    assert begun.memberships.current().count() in (3, 4)
    assert Membership.objects.filter(team=begun, enrollment=pair[0]).count() == 1


def test_an_invitation_that_meets_a_wish_is_a_wish_of_both(course, seven, cast, ines):
    founder = cast.enroll(course, "Ivy Input")
    begun = services.found(enrollment=founder, name="Begun")
    services.profile_save(enrollment=founder, told=Told())
    services.invite(team=begun, by=founder, invited=seven[6])
    services.profile_save(enrollment=seven[6], told=Told(wishes=[founder]))
    made = services.form(course=course, by=ines.user, weights=Weights())
    task = klass.task_of(made, klass.klass(course).units(extends=False))
    assert placing.by_greedy(task).score.kept == 2


def test_the_same_seed_gives_the_same_teams_on_the_pages_too(course, seven, ines):
    found = []
    for _ in range(2):
        made = services.form(course=course, by=ines.user, weights=Weights(), seed=4)
        running.run(made.pk)
        found.append(groups(made))
    assert found[0] == found[1]


def test_one_run_at_a_time_for_a_course_also_in_the_database(course, seven, ines):
    services.form(course=course, by=ines.user, weights=Weights())
    with pytest.raises(ValidationError, match="computed already"):
        services.form(course=course, by=ines.user, weights=Weights())
    with pytest.raises(IntegrityError, match="formation_one_at_a_time"), transaction.atomic():
        Formation.objects.create(course=course, asked_by=ines.user)


def test_f04_one_task_delivered_often_has_one_effect(proposal_of_seven):
    before = groups(proposal_of_seven)
    for _ in range(3):
        tasks.form_teams(proposal_of_seven.pk)
    assert groups(proposal_of_seven) == before


def test_f01_what_a_dead_worker_has_left_is_taken_up_and_what_lives_is_not(course, seven, ines):
    made = services.form(course=course, by=ines.user, weights=Weights())
    now = timezone.now()
    Formation.objects.filter(pk=made.pk).update(state=Stage.RUNNING, told_at=now - timedelta(seconds=30))
    assert running.claim(made.pk, now) is None
    assert running.claim(made.pk, now + timedelta(seconds=70)).state == Stage.RUNNING


def test_progress_is_told_while_it_runs_and_cancelling_stops_it(course, seven, ines, monkeypatch):
    """The row says how far it is; whoever asks for a stop is heard at the next sign of life."""
    monkeypatch.setattr(running, "TELLS", 0)
    made, seen = services.form(course=course, by=ines.user, weights=Weights()), []
    telling = running.Telling.__call__

    def watched(self, doing, share):
        go_on = telling(self, doing, share)
        seen.append(Formation.objects.get(pk=made.pk).progress)
        if len(seen) == 5:
            services.cancel(formation=made, by=ines.user)
        return go_on

    monkeypatch.setattr(running.Telling, "__call__", watched)
    running.run(made.pk)
    made.refresh_from_db()
    assert made.state == Stage.CANCELLED
    assert len(seen) == 6
    assert seen == sorted(seen)
    assert not made.seats.exists()


def test_what_waits_is_cancelled_at_once_and_never_runs(course, seven, ines):
    made = services.form(course=course, by=ines.user, weights=Weights())
    services.cancel(formation=made, by=ines.user)
    running.run(made.pk)
    made.refresh_from_db()
    assert made.state == Stage.CANCELLED


def test_a_failure_is_told_and_moves_nobody(course, seven, ines, monkeypatch):
    def fails(*_):
        raise ValueError("No teams today.")

    monkeypatch.setattr(placing, "place", fails)
    made = services.form(course=course, by=ines.user, weights=Weights())
    running.run(made.pk)
    made.refresh_from_db()
    assert (made.state, made.problem) == (Stage.FAILED, "No teams today.")


def test_the_page_shows_progress_then_scores_and_reasons_by_name(client, course, seven, ines):
    client.force_login(ines.user)
    answer = client.post(FORMING, {"interests": 3, "hours": 3, "sections": 10, "seed": 1})
    assert 'hx-trigger="every 1s"' in client.get(answer["Location"]).content.decode()
    running.run(Formation.objects.get().pk)
    page = client.get(answer["Location"]).content.decode()
    assert "hx-trigger" not in page
    assert "1 of 1" in page  # the wish
    assert all(name in page for name in NAMES)


def test_seats_are_moved_by_the_form_and_scores_follow(client, proposal_of_seven, ines, seven):
    client.force_login(ines.user)
    address = f"{FORMING}{proposal_of_seven.pk}/"
    mine = Seat.objects.get(formation=proposal_of_seven, enrollment=seven[0])
    other = 3 - mine.number
    client.post(address, {"act": "move", "student": seven[0].pk, "number": other})
    page = client.get(address).content.decode()
    assert "0 of 1" in page
    assert "Ben Bayes, Cora Convex" in page
    mine.refresh_from_db()
    assert mine.number == other
    assert list(events_of(Seat).objects.filter(pgh_obj_id=mine.pk).values_list("number", flat=True))[-1] == other


def test_a_proposal_with_a_team_of_a_wrong_size_is_not_confirmed(client, proposal_of_seven, ines, seven):
    services.seat_move(formation=proposal_of_seven, enrollment=seven[0], number=3, by=ines.user)
    client.force_login(ines.user)
    answer = client.post(f"{FORMING}{proposal_of_seven.pk}/", {"act": "confirm"})
    assert answer.status_code == 400
    assert "Team 3 has 1; 3 to 4 are meant." in answer.content.decode()
    assert not Membership.objects.exists()


def test_confirming_makes_the_teams_once_writes_to_everybody_and_keeps_who_and_why(proposal_of_seven, ines, seven):
    made = services.confirm(formation=proposal_of_seven, by=ines.user)
    assert sorted(team.memberships.current().count() for team in made) == [3, 4]
    row = Membership.objects.get(enrollment=seven[0])
    assert (row.joined_by, row.join_reason) == (ines.user, f"Placed by proposal {proposal_of_seven.pk}")
    assert letters.send_waiting() == 2
    assert sorted(len(letter.to) for letter in mail.outbox) == [3, 4]
    with pytest.raises(ValidationError, match="not open any more"):
        services.confirm(formation=proposal_of_seven, by=ines.user)


def test_who_has_joined_a_team_or_dropped_since_is_told_and_nothing_is_done(proposal_of_seven, ines, seven):
    services.found(enrollment=seven[0], name="Meanwhile")
    seven[1].status = Status.DROPPED
    seven[1].save()
    with pytest.raises(ValidationError) as problem:
        services.confirm(formation=proposal_of_seven, by=ines.user)
    assert problem.value.messages == [
        "Ben Bayes has changed teams since; compute a new proposal.",
        "Cora Convex is no student of the course any more.",
    ]
    assert Membership.objects.count() == 1


def test_if_one_team_cannot_be_made_none_is(proposal_of_seven, ines, monkeypatch):
    made = []

    def fails_at_the_second(team, seats):
        made.append(team)
        if len(made) == 2:
            raise RuntimeError

    monkeypatch.setattr(confirming, "tell", fails_at_the_second)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.confirm(formation=proposal_of_seven, by=ines.user)
    assert not Membership.objects.exists()
    assert not Team.objects.exists()


def test_open_invitations_of_the_placed_are_closed(proposal_of_seven, ines, seven, team, ada):
    services.invite(team=team, by=ada, invited=seven[0])
    services.confirm(formation=proposal_of_seven, by=ines.user)
    assert not Invitation.objects.open().exists()


def test_whoever_has_dropped_gives_the_place_free(course, team, grace, cast, ines):
    grace.status = Status.DROPPED
    grace.save()
    cast.enroll(course, "Ben Bayes")
    made = services.form(course=course, by=ines.user, weights=Weights())
    running.run(made.pk)
    services.confirm(formation=made, by=ines.user)
    assert Membership.objects.get(enrollment=grace).leave_reason == "Has dropped the course"
    assert team.memberships.current().count() == 3


def test_tas_and_students_form_nothing(client, course, seven, tom, ada, ines):
    for person in (tom, ada):
        with pytest.raises(ValidationError, match="Only instructors"):
            services.form(course=course, by=person.user, weights=Weights())
        client.force_login(person.user)
        assert client.post(FORMING, {"interests": 1}).status_code == 404
    assert not Formation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_instructors_who_confirm_at_one_moment_make_the_teams_once(proposal_of_seven, ines):
    gate, problems = threading.Barrier(2), []

    def confirm():
        try:
            gate.wait(5)
            services.confirm(formation=proposal_of_seven, by=ines.user)
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [problem.messages for problem in problems] == [["This proposal is not open any more."]]
    assert (Team.objects.count(), Membership.objects.count()) == (2, 7)


@pytest.mark.django_db(transaction=True)
def test_a_student_who_founds_a_team_while_it_is_confirmed_is_in_one_team(proposal_of_seven, ines, seven):
    """Whichever comes first; the other is refused."""
    gate, problems = threading.Barrier(2), []

    def does(act):
        try:
            gate.wait(5)
            act()
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    acts = [
        lambda: services.confirm(formation=proposal_of_seven, by=ines.user),
        lambda: services.found(enrollment=seven[0], name="Mine"),
    ]
    threads = [threading.Thread(target=does, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(problems) == 1
    assert Membership.objects.current().filter(enrollment=seven[0]).count() == 1


def test_a_proposal_asks_no_more_for_more_teams(client, proposal_of_seven, ines, course, cast):
    from django.test.utils import CaptureQueriesContext

    def asked():
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{FORMING}{proposal_of_seven.pk}/").status_code == 200
        return len(found)

    client.force_login(ines.user)
    asked()
    one = asked()
    for at, name in enumerate(("Ivy Input", "Jan Jacobian", "Kim Kernel")):
        student = cast.enroll(course, name, Role.STUDENT, "UNITE")
        Seat.objects.create(formation=proposal_of_seven, enrollment=student, number=3 + at)
    assert asked() == one
    assert one < 20


def test_sections_are_kept_together_where_they_can(course, cast, ines):
    """Three from UNITE among seven."""
    for at, name in enumerate(NAMES):
        cast.enroll(course, name, Role.STUDENT, "UNITE" if at < 3 else "On-campus")
    made = services.form(course=course, by=ines.user, weights=Weights())
    running.run(made.pk)
    unite = Section.objects.get(course=course, name="UNITE")
    sections = {}
    for seat in made.seats.select_related("enrollment"):
        sections.setdefault(seat.number, []).append(seat.enrollment.section_id == unite.pk)
    assert all(found.count(True) != 1 for found in sections.values())
