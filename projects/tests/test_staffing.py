"""What staff do with teams: the overview of all, moving, merging, splitting."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from coursesite.roster.models import Membership, Team
from projects import services
from projects.models import Evaluation, Rating

pytestmark = pytest.mark.django_db
FORMING = "/c/deep-learning/project/forming/"


@pytest.fixture
def others(course, cast):
    """A second team, of two."""
    pair = [cast.enroll(course, "Ben Bayes"), cast.enroll(course, "Cora Convex")]
    found = services.found(enrollment=pair[0], name="Others")
    services.accept(invitation=services.invite(team=found, by=pair[0], invited=pair[1]), enrollment=pair[1])
    return found


def test_merging_keeps_to_the_size_unless_it_is_meant_and_keeps_the_reason(team, others, tom):
    with pytest.raises(ValidationError, match="4 members at most"):
        services.merge(team=others, into=team, by=tom.user, reason="Too few")
    assert others.memberships.current().count() == 2
    services.merge(team=others, into=team, by=tom.user, reason="Too few", over_size=True)
    assert (team.memberships.current().count(), others.memberships.current().count()) == (5, 0)
    left = Membership.objects.filter(team=others)
    assert {(row.left_by, row.leave_reason) for row in left} == {(tom.user, "Too few")}


def test_splitting_leaves_somebody_behind_and_makes_a_team(team, ada, grace, tom):
    everybody = [row.enrollment for row in team.memberships.current()]
    with pytest.raises(ValidationError, match="Somebody must stay"):
        services.split(team=team, leaving=everybody, name="New", by=tom.user, reason="Fell out")
    made = services.split(team=team, leaving=[grace], name=" New  one ", by=tom.user, reason="Fell out")
    assert (str(made), services.team_of(grace), services.team_of(ada)) == ("New one", made, team)


def test_students_neither_merge_nor_split(team, others, ada, grace):
    for act in (
        lambda: services.merge(team=others, into=team, by=ada.user, reason="Why"),
        lambda: services.split(team=team, leaving=[grace], name="New", by=ada.user, reason="Why"),
    ):
        with pytest.raises(ValidationError, match="Only staff"):
            act()


OVERVIEW = "/c/deep-learning/project/overview/"


def test_the_overview_shows_sizes_who_is_alone_and_what_is_missing(
    client, team, others, course, cast, tom, proposal, ada
):
    cast.enroll(course, "Lonely Larry")
    services.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=b"%PDF-1.4"))
    client.force_login(tom.user)
    page = client.get(OVERVIEW).content.decode()
    assert "1 of 2, 1 of 3" in page
    assert "✗ 2 members" in page
    assert "Lonely Larry" in page
    assert "✓ version 1" in page
    assert "Form teams" not in page  # for instructors


def test_the_overview_names_whom_teammates_rate_below_the_mean(client, team, ada, alan, grace, tom, ines, proposal):
    now = timezone.now()
    evaluation = Evaluation.objects.create(milestone_id=proposal.pk, closes_at=now + timedelta(days=3))
    given = [(ada, alan, 4), (ada, grace, 2), (alan, ada, 4), (alan, grace, 1), (grace, ada, 4), (grace, alan, 4)]
    for rater, ratee, points in given:
        Rating.objects.create(evaluation=evaluation, rater=rater, ratee=ratee, rating=points)
    client.force_login(tom.user)
    page = client.get(OVERVIEW).content.decode()
    # 1.5 of a mean of (4 + 4 + 1.5) / 3.
    assert "Grace Hopper 0.47 of the team’s mean (Proposal)" in page
    assert page.count("of the team’s mean") == 1


def test_staff_move_merge_and_split_on_the_overview(client, team, others, ada, grace, tom):
    client.force_login(tom.user)
    said = client.post(OVERVIEW, {"act": "move", "student": grace.pk, "team": others.pk, "reason": ""})
    assert said.status_code == 400
    assert "Why: This field is required." in said.content.decode()
    client.post(OVERVIEW, {"act": "move", "student": grace.pk, "team": others.pk, "reason": "As asked"})
    assert services.team_of(grace) == others
    client.post(OVERVIEW, {"act": "split", "team": others.pk, "leaving": [grace.pk], "name": "Solo", "reason": "No"})
    assert str(services.team_of(grace)) == "Solo"
    client.post(OVERVIEW, {"act": "merge", "team": services.team_of(grace).pk, "into": team.pk, "reason": "Back"})
    assert services.team_of(grace) == team


def test_a03_staff_reach_no_team_or_student_of_another_course(client, team, grace, tom, other):
    theirs = Team.objects.create(course=other["course"], name="Theirs")
    client.force_login(tom.user)
    for sent in (
        {"act": "move", "student": grace.pk, "team": theirs.pk, "reason": "x"},
        {"act": "move", "student": other["student"].pk, "team": team.pk, "reason": "x"},
        {"act": "merge", "team": theirs.pk, "into": team.pk, "reason": "x"},
    ):
        assert client.post(OVERVIEW, sent).status_code == 400
    assert services.team_of(grace) == team


@pytest.mark.parametrize("address", [OVERVIEW, FORMING])
def test_staff_pages_ask_no_more_for_more_teams(client, team, course, cast, ines, proposal, address):
    from django.test.utils import CaptureQueriesContext

    def asked():
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    client.force_login(ines.user)
    asked()
    one = asked()
    for name in ("Fay Phi", "Gil Gamma"):
        services.found(enrollment=cast.enroll(course, name), name=name)
    assert asked() == one
    assert one < 22
