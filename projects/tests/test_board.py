"""Interests, ideas and the board: what students tell, who finds whom, and what nobody else learns."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from coursesite.roster.history import events_of
from coursesite.roster.models import Status
from coursesite.schedule.models import Topic
from projects import services
from projects.models import Idea, Profile
from projects.services import Proposal, Told

pytestmark = pytest.mark.django_db
BOARD = "/c/deep-learning/project/board/"
INTERESTS = "/c/deep-learning/project/interests/"


@pytest.fixture
def topics(course):
    return list(Topic.objects.filter(course=course).order_by("position")[:4])


@pytest.fixture
def cora(course, cast, topics):
    """In no team, and on the board."""
    found = cast.enroll(course, "Cora Convex")
    told = Told(topics[:2], ["medical images"], "I like proofs.", ["PyTorch"], [0, 8, 9])
    services.profile_save(enrollment=found, told=told)
    return found


def page(client, person, address=BOARD, **options):
    client.force_login(person.user)
    return client.get(address, options).content.decode()


def test_interests_are_saved_by_the_form_and_stand_in_it_again(client, ada, alan, topics):
    client.force_login(ada.user)
    sent = {
        "topics": [topics[0].pk, topics[2].pk], "keywords": " music ,Music; medical   images", "skills": "PyTorch, writing",
        "about": "Hello", "hours": ["3", "10"], "wish-1": alan.pk, "seeking": "on",
    }  # fmt: skip
    answer = client.post(INTERESTS, sent)
    assert answer["Location"] == BOARD
    row = Profile.objects.get(enrollment=ada)
    assert (row.keywords, row.skills, row.hours) == (["Music", "medical images"], ["PyTorch", "writing"], [3, 10])
    assert set(row.topics.all()) == {topics[0], topics[2]}
    assert list(row.wishes.all()) == [alan]
    form = client.get(INTERESTS).content.decode()
    assert form.count(" checked") == 5  # two topics, two blocks, the board
    assert "Music, medical images" in form


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"skills": "x" * 41}, "is too long; put commas between"),
        ({"skills": ",".join(f"s{n}" for n in range(13))}, "Name 12 at most."),
        ({"hours": ["49"]}, "49 is not one of the available choices"),
        ({"about": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_mistakes_stand_beside_their_fields_and_nothing_is_saved(client, ada, sent, said):
    client.force_login(ada.user)
    answer = client.post(INTERESTS, sent)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Profile.objects.exists()


def test_wishes_are_for_classmates_and_no_more_than_fit(ada, alan, grace, tom, other, course, cast):
    for wish in (ada, tom, other["student"]):
        with pytest.raises(ValidationError):
            services.profile_save(enrollment=ada, told=Told(wishes=[wish]))
    four = [alan, grace, cast.enroll(course, "Ben Bayes"), cast.enroll(course, "Dora Delta")]
    with pytest.raises(ValidationError, match="wish for 3 at most"):
        services.profile_save(enrollment=ada, told=Told(wishes=four))


def test_hours_outside_a_week_cannot_be_stored_and_every_change_leaves_a_trace(cora):
    with pytest.raises(IntegrityError, match="profile_hours"), transaction.atomic():
        Profile.objects.update(hours=[49])
    Profile.objects.update(about="Changed")
    kept = events_of(Profile).objects.filter(pgh_obj_id=cora.profile.pk).order_by("pgh_id")
    assert list(kept.values_list("about", flat=True)) == ["I like proofs.", "Changed"]


def test_the_board_shows_who_seeks_and_what_they_can_do(client, cora, grace):
    found = page(client, grace)
    for said in ("Cora Convex", "I like proofs.", "medical images", "PyTorch"):
        assert said in found


def test_who_is_in_a_team_does_not_seek_or_does_not_want_to_be_found_is_not_on_the_board(client, cora, grace, course):
    Profile.objects.update(seeking=False)
    assert "Cora Convex" not in page(client, grace)
    assert "in no team and" in page(client, grace)
    Profile.objects.update(seeking=True)
    services.found(enrollment=cora, name="Convexity")
    assert "Invite" not in page(client, grace)
    assert "I like proofs." not in page(client, grace)
    cora.status = Status.DROPPED
    cora.save()
    assert "I like proofs." not in page(client, grace)


def test_wishes_are_shown_to_nobody_else(client, cora, ada, alan, tom):
    services.profile_save(enrollment=ada, told=Told(wishes=[cora]))
    for person in (cora, alan, tom):
        assert "wish" not in page(client, person).lower()


def test_common_hours_are_those_of_the_reader(client, cora, ada):
    assert "free with you" not in page(client, ada)
    services.profile_save(enrollment=ada, told=Told(hours=[8, 20]))
    assert "free with you: Tue 10" in page(client, ada)
    services.profile_save(enrollment=ada, told=Told(hours=[20]))
    assert "never free when you are" in page(client, ada)


def test_a_member_invites_from_the_board_and_it_says_so_afterwards(client, team, cora, ada):
    assert f"Invite to {team}" in page(client, ada)
    answer = client.post(BOARD, {"act": "invite", "invited": cora.pk})
    assert answer["Location"] == BOARD
    found = page(client, ada)
    assert "Cora Convex is invited." in found
    assert "An offer between you is open" in found


def test_who_seeks_asks_a_team_with_a_place_and_a_full_one_is_not_shown(client, team, cora, course, cast):
    assert "Ask to join" in page(client, cora)
    client.post(BOARD, {"act": "ask", "team": team.pk})
    assert "An offer between you is open" in page(client, cora)
    ben = cast.enroll(course, "Ben Bayes")
    services.accept(
        invitation=services.invite(team=team, by=team.memberships.first().enrollment, invited=ben), enrollment=ben
    )
    assert "Perceptrons" not in page(client, cora)


def test_once_teams_are_fixed_the_board_offers_nothing(client, team, cora, ada, course):
    course.teams_lock_at = timezone.now() - timedelta(seconds=1)
    course.save()
    for person in (cora, ada):
        found = page(client, person)
        assert "Ask to join" not in found
        assert "Invite to" not in found
    answer = client.post(BOARD, {"act": "invite", "invited": cora.pk})
    assert answer.status_code == 400
    assert "Teams are fixed now" in answer.content.decode()


def test_the_board_is_narrowed_by_topic_and_words(client, team, cora, ada, topics):
    services.idea_post(enrollment=ada, proposal=Proposal("Depth and width", "Which?", topics[3:], ["LaTeX"]))
    assert "Depth and width" not in page(client, ada, topic=topics[0].pk)
    assert "Cora Convex" in page(client, ada, topic=topics[0].pk)
    narrowed = page(client, cora, words="latex WIDTH")
    assert "Depth and width" in narrowed
    assert "Perceptrons" in narrowed
    assert "Nobody who seeks a team fits this." in narrowed
    assert "Cora Convex" in page(client, ada, topic="nonsense")


def test_an_empty_board_says_what_will_be_there(client, grace):
    found = page(client, grace)
    for said in ("No team has a place.", "Nobody is on the board yet.", "No idea yet."):
        assert said in found


def test_an_idea_posted_in_a_team_is_the_team_s_and_a_second_one_is_not(team, ada, alan):
    first = services.idea_post(enrollment=ada, proposal=Proposal("One", "Text"))
    second = services.idea_post(enrollment=alan, proposal=Proposal("Two", "Text"))
    assert (first.team, second.team) == (team, None)
    services.idea_take(idea=second, enrollment=ada)
    assert list(Idea.objects.filter(team=team)) == [second]
    with pytest.raises(IntegrityError, match="idea_one_of_a_team"), transaction.atomic():
        Idea.objects.filter(pk=first.pk).update(team=team)


def test_an_idea_is_changed_by_its_author_and_its_team_and_by_nobody_else(client, team, ada, alan, cora, tom):
    made = services.idea_post(enrollment=ada, proposal=Proposal("One", "Text"))
    services.idea_change(idea=made, enrollment=alan, proposal=Proposal("Better", "Text"))
    with pytest.raises(ValidationError, match="Only its author"):
        services.idea_change(idea=made, enrollment=cora, proposal=Proposal("Worse", "Text"))
    with pytest.raises(ValidationError, match="Only its author"):
        services.idea_withdraw(idea=made, by=cora.user, now=timezone.now())
    client.force_login(cora.user)
    assert client.get(f"/c/deep-learning/project/ideas/{made.pk}/change/").status_code == 404
    services.idea_withdraw(idea=made, by=tom.user, now=timezone.now())
    assert client.get(f"/c/deep-learning/project/ideas/{made.pk}/").status_code == 404


def test_nobody_takes_somebody_else_s_idea(team, ada, cora):
    theirs = services.idea_post(enrollment=cora, proposal=Proposal("Mine", "Text"))
    with pytest.raises(ValidationError, match="Only members of the team"):
        services.idea_take(idea=theirs, enrollment=ada)


def test_an_idea_is_posted_on_the_page_and_its_text_is_markdown_without_scripts(client, ada):
    client.force_login(ada.user)
    sent = {"title": "Depth", "text": "**bold** <script>alert(1)</script>", "skills": "PyTorch"}
    found = client.post("/c/deep-learning/project/ideas/new/", sent, follow=True).content.decode()
    assert "<strong>bold</strong>" in found
    assert "<script>alert" not in found
    assert client.post("/c/deep-learning/project/ideas/new/", {"title": ""}).status_code == 400


def test_the_team_page_tells_what_is_next_who_can_do_what_and_when_all_are_free(
    client, team, ada, alan, grace, proposal
):
    for person, hours in ((ada, [8, 9]), (alan, [9, 10]), (grace, [9])):
        services.profile_save(enrollment=person, told=Told(skills=["PyTorch"], hours=hours))
    services.idea_post(enrollment=ada, proposal=Proposal("Depth", "Text"))
    found = page(client, ada, "/c/deep-learning/project/")
    assert "Next for us" in found
    assert "Nothing is handed in yet." in found
    assert found.count("PyTorch") == 3
    assert "All of you are free: Tue 12" in found
    assert "Depth" in found


@pytest.mark.parametrize("address", ["/c/deep-learning/project/", BOARD])
def test_queries_do_not_grow_with_teams_people_and_ideas(
    client, team, cora, ada, course, cast, topics, address, django_assert_max_num_queries
):
    def asked():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as found:
            page(client, ada, address)
        return len(found)

    services.idea_post(enrollment=ada, proposal=Proposal("One", "Text", topics))
    page(client, ada, address)
    one = asked()
    for name in ("Dora Delta", "Ella Epsilon"):
        mate = cast.enroll(course, name)
        services.profile_save(enrollment=mate, told=Told(topics, hours=[1], skills=["R"]))
        services.idea_post(enrollment=mate, proposal=Proposal(name, "Text", topics))
    for name in ("Fay Phi", "Gil Gamma"):
        services.found(enrollment=cast.enroll(course, name), name=name)
    assert asked() == one
    with django_assert_max_num_queries(22):
        client.get(address)
