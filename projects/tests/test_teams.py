"""Teams: invitations, sizes, staff moves."""

import threading

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection

from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from coursesite.roster import letters
from coursesite.roster.models import Membership, Team
from projects import services
from projects.models import Answer, Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(ada, alan):
    """Ada's team with Alan invited."""
    team = services.found(enrollment=ada, name="  Deep   Sea ")
    return team, services.invite(team=team, by=ada, invited=alan)


def test_a_team_is_founded_and_joined_by_invitation(pair, alan):
    team, invitation = pair
    assert team.name == "Deep Sea"
    services.accept(invitation=invitation, enrollment=alan)
    assert services.team_of(alan) == team


def test_whoever_is_to_decide_is_written_to(team, ada, alan, grace, course, cast):
    ben, cora = cast.enroll(course, "Ben Bayes"), cast.enroll(course, "Cora Convex")
    services.invite(team=team, by=ada, invited=ben)
    services.ask(team=team, enrollment=cora)
    letters.send_waiting()
    invited, asked = sorted(mail.outbox, key=lambda letter: len(letter.to))
    assert (invited.to, "Ada Lovelace invites you to team Perceptrons" in invited.body) == ([ben.user.email], True)
    assert set(asked.to) == {member.user.email for member in (ada, alan, grace)}
    assert "/c/deep-learning/project/" in asked.body


def test_members_rename_their_team_and_others_do_not(client, team, ada, cast, course):
    client.force_login(ada.user)
    client.post("/c/deep-learning/project/", {"act": "rename", "name": "  Deep   Sea "})
    team.refresh_from_db()
    assert team.name == "Deep Sea"
    with pytest.raises(ValidationError, match="Only members"):
        services.rename(team=team, enrollment=cast.enroll(course, "Ben Bayes"), name="Mine")
    services.found(enrollment=cast.enroll(course, "Cora Convex"), name="Taken")
    answer = client.post("/c/deep-learning/project/", {"act": "rename", "name": "taken"})
    assert "A team has this name already." in answer.content.decode()


def test_an_invitation_is_for_one_person(pair, grace):
    with pytest.raises(ValidationError, match="no longer open"):
        services.accept(invitation=pair[1], enrollment=grace)


def test_joining_declines_the_other_invitations(pair, alan, grace):
    theirs = services.found(enrollment=grace, name="Others")
    other = services.invite(team=theirs, by=grace, invited=alan)
    services.accept(invitation=pair[1], enrollment=alan)
    other.refresh_from_db()
    assert other.answer == Answer.DECLINED


def test_a_team_takes_four_at_most_open_invitations_included(pair, ada, course, cast):
    team, _ = pair
    for name in ("Ben B", "Cora C"):
        services.invite(team=team, by=ada, invited=cast.enroll(course, name))
    with pytest.raises(ValidationError, match="4 members at most"):
        services.invite(team=team, by=ada, invited=cast.enroll(course, "Dora D"))


def test_only_members_invite_and_only_classmates(pair, grace, alan, ada, other):
    with pytest.raises(ValidationError, match="Only members"):
        services.invite(team=pair[0], by=grace, invited=grace)
    with pytest.raises(ValidationError, match="students of this course"):
        services.invite(team=pair[0], by=ada, invited=other["student"])


def test_nobody_is_in_two_teams(pair, ada):
    with pytest.raises(ValidationError, match="in a team already"):
        services.found(enrollment=ada, name="Second")


def test_staff_move_and_a_student_does_not(pair, grace, tom, alan):
    with pytest.raises(ValidationError, match="Only staff"):
        services.move(enrollment=grace, team=pair[0], by=alan.user, reason="Why not")
    services.move(enrollment=grace, team=pair[0], by=tom.user, reason="As asked")
    services.move(enrollment=grace, team=None, by=tom.user, reason="As asked")
    assert Membership.objects.filter(enrollment=grace, left_at__isnull=False).count() == 1


def test_leaving_is_possible_until_the_team_has_handed_in(pair, ada, proposal, cast):
    services.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4"))
    with pytest.raises(ValidationError, match="ask the course staff"):
        services.leave(enrollment=ada)


def test_leaving_frees_the_place_and_withdrawing_ends_an_invitation(pair, ada, alan):
    services.withdraw(invitation=pair[1], enrollment=ada)
    assert not Invitation.objects.open().exists()
    services.leave(enrollment=ada)
    assert services.team_of(ada) is None


def test_without_a_team_nothing_is_handed_in(proposal, ada, cast):
    with pytest.raises(ValidationError, match="Join a team first"):
        services.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4"))


def test_staff_move_a_student_in_the_admin_and_the_past_is_kept(client, team, tom, ada):
    lone = Team.objects.create(course=ada.course, name="Lone")
    client.force_login(tom.user)
    page = f"/admin/projects/placement/{ada.pk}/change/"
    assert "Perceptrons" in client.get(page).content.decode()
    answer = client.post(page, {"team": lone.pk, "reason": "As asked"}, follow=True)
    assert "Team Lone has 1 now; 3 to 4 are meant." in answer.content.decode()
    assert services.team_of(ada) == lone
    assert [m.team for m in ada.memberships.order_by("joined_at")] == [team, lone]
    client.post(page, {"team": "", "reason": "As asked"})
    assert services.team_of(ada) is None


def test_a03_a_team_of_another_course_can_not_be_chosen(client, team, tom, ada, other):
    theirs = Team.objects.create(course=other["course"], name="Theirs")
    client.force_login(tom.user)
    answer = client.post(f"/admin/projects/placement/{ada.pk}/change/", {"team": theirs.pk, "reason": "As asked"})
    assert answer.context["adminform"].form.errors
    assert services.team_of(ada) == team


def test_a02_students_and_staff_of_other_courses_move_nobody(client, team, ada, grace, other):
    for person in (grace, other["ta"], other["instructor"]):
        client.force_login(person.user)
        client.post(f"/admin/projects/placement/{ada.pk}/change/", {"team": "", "reason": "As asked"})
        assert services.team_of(ada) == team


def test_the_list_shows_who_has_no_team(client, team, tom, ada, cast):
    lone = cast.enroll(ada.course, "Lonely Larry")
    client.force_login(tom.user)
    found = client.get("/admin/projects/placement/", {"in_team": "no"}).context["cl"].queryset
    assert [row.pk for row in found] == [lone.pk]


def test_the_whole_team_gets_the_receipt(proposal, team, ada, cast):
    services.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))
    assert letters.send_waiting() == 1
    assert len(mail.outbox[0].to) == 3


@pytest.mark.django_db(transaction=True)
def test_u24_two_teammates_at_one_moment_make_two_ordered_versions(proposal, team, ada, alan, cast):
    """Two real connections: the second waits for the first, and both get a receipt."""
    gate, failed = threading.Barrier(2), []

    def hand_in(member):
        try:
            delivery = cast.delivery(proposal=samples.pdf(f"by {member.user}"))
            gate.wait()
            services.submit(milestone=proposal, enrollment=member, delivery=delivery)
        except Exception as problem:
            failed.append(problem)
        finally:
            connection.close()

    members = [threading.Thread(target=hand_in, args=[member]) for member in (ada, alan)]
    for thread in members:
        thread.start()
    for thread in members:
        thread.join()
    assert failed == []
    found = Submission.objects.filter(team=team).order_by("number")
    assert list(found.values_list("number", "is_current")) == [(1, False), (2, True)]
    assert {row.receipt.submission_id for row in found} == {row.pk for row in found}
