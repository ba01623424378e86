"""What can't be stored, also at the same moment; the day on which teams are fixed; who moved whom, and why."""

import contextlib
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from coursesite.roster.history import events_of
from coursesite.roster.models import Membership, Team
from projects import services
from projects.models import Answer, Invitation
from projects.services import teams

pytestmark = pytest.mark.django_db
IN_A_TEAM = """
    INSERT INTO roster_membership (team_id, enrollment_id, joined_at, join_reason, leave_reason, over_size)
    VALUES (%s, %s, now(), '', '', %s)
"""


def put(team, enrollment, over_size=False):
    """Past every service."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(IN_A_TEAM, [team.pk, enrollment.pk, over_size])


@pytest.fixture
def full(team, course, cast):
    """Four members, which is the most."""
    put(team, cast.enroll(course, "Ben Bayes"))
    return team


@pytest.fixture
def fifth(course, cast):
    return cast.enroll(course, "Cora Convex")


def count(team):
    return Membership.objects.current().filter(team=team).count()


def test_raw_sql_puts_no_fifth_member_into_a_team(full, fifth):
    with pytest.raises(IntegrityError, match="A team has 4 members at most"):
        put(full, fifth)
    assert count(full) == 4


def test_raw_sql_brings_nobody_back_into_a_full_team_and_moves_nobody_there(full, fifth, course):
    other = Team.objects.create(course=course, name="Other")
    put(other, fifth)
    with pytest.raises(IntegrityError, match="members at most"), transaction.atomic():
        Membership.objects.filter(enrollment=fifth).update(team=full)
    Membership.objects.filter(enrollment=fifth).update(left_at=timezone.now(), team=full)
    with pytest.raises(IntegrityError, match="members at most"), transaction.atomic():
        Membership.objects.filter(enrollment=fifth).update(left_at=None)


def test_one_statement_with_five_members_is_refused_as_a_whole(course, cast):
    team = Team.objects.create(course=course, name="Crowd")
    rows = [
        Membership(team=team, enrollment=cast.enroll(course, f"P{n} Person"), joined_at=timezone.now())
        for n in range(5)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.bulk_create(rows)
    assert count(team) == 0


def test_raw_sql_puts_nobody_into_two_teams(team, ada, course):
    with pytest.raises(IntegrityError, match="membership_one_team_at_a_time"):
        put(Team.objects.create(course=course, name="Second"), ada)


def test_staff_go_beyond_the_size_only_when_they_say_so_and_it_is_recorded(full, fifth, tom):
    with pytest.raises(ValidationError, match="4 members at most"):
        services.move(enrollment=fifth, team=full, by=tom.user, reason="Nobody else is left")
    services.move(enrollment=fifth, team=full, by=tom.user, reason="Nobody else is left", over_size=True)
    row = Membership.objects.get(enrollment=fifth)
    assert (count(full), row.over_size, row.joined_by) == (5, True, tom.user)


def test_within_the_size_nothing_is_recorded_as_beyond_it(team, fifth, tom):
    services.move(enrollment=fifth, team=team, by=tom.user, reason="As asked", over_size=True)
    assert not Membership.objects.get(enrollment=fifth).over_size


def test_a_move_keeps_who_when_and_why(client, team, ada, tom, course):
    other = Team.objects.create(course=course, name="Other")
    with pytest.raises(ValidationError, match="Say why"):
        services.move(enrollment=ada, team=other, by=tom.user, reason="  ")
    services.move(enrollment=ada, team=other, by=tom.user, reason="They fell out")
    left, joined = Membership.objects.filter(enrollment=ada).order_by("joined_at")
    assert (left.left_by, left.leave_reason) == (tom.user, "They fell out")
    assert (joined.joined_by, joined.join_reason) == (tom.user, "They fell out")
    client.force_login(tom.user)
    page = client.get(f"/admin/projects/placement/{ada.pk}/change/").content.decode()
    assert page.count("(Tom Tutor, They fell out)") == 2


def test_the_admin_s_form_says_what_the_service_refuses_and_moves_nobody(client, full, fifth, tom):
    client.force_login(tom.user)
    page = f"/admin/projects/placement/{fifth.pk}/change/"
    answer = client.post(page, {"team": full.pk, "reason": "Late add"})
    assert "A team has 4 members at most." in answer.content.decode()
    assert "Say why" in client.post(page, {"team": full.pk, "over_size": "on"}).content.decode()
    assert count(full) == 4
    client.post(page, {"team": full.pk, "reason": "Late add", "over_size": "on"})
    assert count(full) == 5


@pytest.fixture
def asked(course, team, fifth):
    """A team of three that has been asked by Cora, and has invited Ben; then teams are fixed."""
    return services.ask(team=team, enrollment=fifth)


def fix(course):
    course.teams_lock_at = timezone.now() - timedelta(seconds=1)
    course.save()


def test_after_teams_are_fixed_students_change_nothing_and_staff_do(asked, course, team, ada, fifth, tom):
    fix(course)
    for row in (asked, team, ada, fifth):
        row.refresh_from_db()
    acts = [
        lambda: services.found(enrollment=fifth, name="Late"),
        lambda: services.invite(team=team, by=ada, invited=fifth),
        lambda: services.ask(team=team, enrollment=fifth),
        lambda: services.accept(invitation=asked, enrollment=ada),
        lambda: services.decline(invitation=asked, enrollment=ada),
        lambda: services.withdraw(invitation=asked, enrollment=fifth),
        lambda: services.leave(enrollment=ada),
    ]
    for act in acts:
        with pytest.raises(ValidationError, match="Teams are fixed now"):
            act()
    assert asked.answer == Answer.OPEN
    services.move(enrollment=fifth, team=team, by=tom.user, reason="Was ill")
    assert services.team_of(fifth) == team


def test_the_page_says_until_when_and_offers_nothing_afterwards(client, asked, course, ada):
    client.force_login(ada.user)
    course.teams_lock_at = timezone.now() + timedelta(days=2)
    course.save()
    before = client.get("/c/deep-learning/project/").content.decode()
    assert "Teams can be made and changed until" in before
    assert "Take Cora Convex in" in before
    fix(course)
    after = client.get("/c/deep-learning/project/").content.decode()
    assert "Teams are fixed since" in after
    for act in ("found", "invite", "ask", "accept", "decline", "withdraw", "leave"):
        assert f'value="{act}"' not in after


def test_a_member_takes_in_who_has_asked_and_nobody_else_does(asked, team, ada, grace, fifth, cast, course):
    with pytest.raises(ValidationError, match="Only members"):
        services.accept(invitation=asked, enrollment=fifth)
    with pytest.raises(ValidationError, match="accept that"):
        services.invite(team=team, by=ada, invited=fifth)
    services.accept(invitation=asked, enrollment=ada)
    assert services.team_of(fifth) == team
    assert Membership.objects.get(enrollment=fifth).joined_by == ada.user


def test_asking_takes_no_place_and_is_taken_back_by_who_asked(asked, team, ada, fifth, course, cast):
    services.invite(team=team, by=ada, invited=cast.enroll(course, "Ben Bayes"))
    with pytest.raises(ValidationError, match="no longer open"):
        services.withdraw(invitation=asked, enrollment=ada)
    services.withdraw(invitation=asked, enrollment=fifth)
    assert list(Invitation.objects.open().values_list("asked", flat=True)) == [False]


def test_who_leaves_a_team_last_takes_its_invitations_along(course, fifth, ada):
    alone = services.found(enrollment=fifth, name="Alone")
    services.invite(team=alone, by=fifth, invited=ada)
    services.leave(enrollment=fifth)
    assert not Invitation.objects.open().exists()
    with pytest.raises(ValidationError, match="Nobody is in this team"):
        services.ask(team=alone, enrollment=ada)


# Races, with real connections. `gate` lets each thread reach the point after the check before either goes on; with the
# lock in place the second can't get there, and the first goes on after a moment.


@pytest.fixture
def two_for_one_place(team, course, cast, ada, monkeypatch):
    invited = [services.ask(team=team, enrollment=cast.enroll(course, name)) for name in ("Ben Bayes", "Cora Convex")]
    gate, checked = threading.Barrier(2), teams.check_room

    def check_and_wait(team, open_invitations=0):
        checked(team, open_invitations)
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(0.5)

    monkeypatch.setattr(teams, "check_room", check_and_wait)

    def accept(invitation, problems):
        try:
            services.accept(invitation=invitation, enrollment=ada)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    def race():
        problems = []
        threads = [threading.Thread(target=accept, args=[row, problems]) for row in invited]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return problems

    return race


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_last_place_at_one_moment_one_gets_it(two_for_one_place, team):
    (problem,) = two_for_one_place()
    assert problem.messages == ["A team has 4 members at most."]
    assert count(team) == 4
    assert Invitation.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_database_still_refuses_the_fifth(two_for_one_place, team, monkeypatch):
    monkeypatch.setattr(teams, "lock", lambda team: None)
    (problem,) = two_for_one_place()
    assert isinstance(problem, IntegrityError)
    assert count(team) == 4


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_trigger_there_are_five(two_for_one_place, team, monkeypatch):
    """The race is real: this is what happens when nothing guards the place."""
    monkeypatch.setattr(teams, "lock", lambda team: None)
    with trigger_off():
        assert two_for_one_place() == []
    assert count(team) == 5


class trigger_off:
    def turn(self, how):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE roster_membership {how} TRIGGER membership_places")

    def __enter__(self):
        self.turn("DISABLE")

    def __exit__(self, *_):
        self.turn("ENABLE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_raw_sql_from_two_connections_at_once_makes_no_five(team, course, cast, level):
    """The first has inserted and not committed when the second begins."""
    first, second = cast.enroll(course, "Ben Bayes"), cast.enroll(course, "Cora Convex")
    began, problems = threading.Event(), []

    def late():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                cursor.execute("SELECT count(*) FROM roster_membership")  # the snapshot is taken here
                began.set()
                cursor.execute(IN_A_TEAM, [team.pk, second.pk, False])
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(IN_A_TEAM, [team.pk, first.pk, False])
        thread.start()
        began.wait(10)
    thread.join()
    assert len(problems) == 1
    assert count(team) == 4


@pytest.mark.django_db(transaction=True)
def test_one_student_who_says_yes_to_two_teams_at_once_is_in_one(course, team, cast, ada):
    """In two tabs."""
    student, others = (
        cast.enroll(course, "Ben Bayes"),
        services.found(enrollment=cast.enroll(course, "Cora C"), name="X"),
    )
    founder = Membership.objects.get(team=others).enrollment
    invited = [
        services.invite(team=team, by=ada, invited=student),
        services.invite(team=others, by=founder, invited=student),
    ]
    gate, problems = threading.Barrier(2), []

    def accept(invitation):
        try:
            gate.wait(5)
            services.accept(invitation=invitation, enrollment=student)
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[row]) for row in invited]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(problems) == 1
    assert Membership.objects.current().filter(enrollment=student).count() == 1


def test_g16_raw_sql_on_teams_memberships_and_invitations_leaves_a_trace(team, ada, fifth):
    services.ask(team=team, enrollment=fifth)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE roster_team SET name = 'Changed' WHERE id = %s", [team.pk])
        cursor.execute("UPDATE roster_membership SET left_at = now() WHERE enrollment_id = %s", [ada.pk])
        cursor.execute("UPDATE projects_invitation SET answer = 'declined'")
    for model, field, found in ((Team, "name", "Changed"), (Invitation, "answer", "declined")):
        assert getattr(events_of(model).objects.order_by("pgh_id").last(), field) == found
    assert events_of(Membership).objects.order_by("pgh_id").last().left_at is not None
