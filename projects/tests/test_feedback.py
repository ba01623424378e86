"""What classmates say about a talk: anonymous to the team, not to staff."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from coursesite.roster.models import Membership
from projects.models import Feedback, Talk
from projects.services import feedback, talks
from projects.slotting import Planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(proposal, team, ada, ines):
    """Has begun a minute ago."""
    now = timezone.now()
    planned = [Planned(now - timedelta(minutes=1), now + timedelta(minutes=9), "Hall")]
    slot = talks.open_slots(milestone=proposal, planned=planned, by=ines.user)[0]
    talks.assign(slot=slot, team=team, by=ines.user)
    return Talk.objects.select_related("presentation", "team", "slot").get()


@pytest.fixture
def carl(course, cast):
    return cast.enroll(course, "Carl Classmate")


def address(talk):
    return f"/c/deep-learning/project/talks/{talk.presentation.milestone.slug}/{talk.pk}/"


def test_one_for_each_classmate_and_talk(client, talk, carl):
    client.force_login(carl.user)
    for text in ("Good pace.", "Good pace, small fonts."):
        assert client.post(address(talk), {"text": text}).status_code == 302
    assert [row.text for row in Feedback.objects.all()] == ["Good pace, small fonts."]
    assert client.post(address(talk), {"text": "x" * 501}).status_code == 400
    assert client.post(address(talk), {"text": "  "}).status_code == 400


def test_not_before_the_talk_not_on_one_s_own_and_not_after_the_release(talk, carl, ada, ines):
    now = timezone.now()
    with pytest.raises(ValidationError, match="when the talk begins"):
        feedback.write(talk=talk, author=carl, text="Early", now=now - timedelta(hours=1))
    with pytest.raises(ValidationError, match="your own"):
        feedback.write(talk=talk, author=ada, text="We are great", now=now)
    with pytest.raises(ValidationError, match="students of the course"):
        feedback.write(talk=talk, author=ines, text="From staff", now=now)
    feedback.release(presentation=talk.presentation, by=ines.user, now=now)
    with pytest.raises(ValidationError, match="already"):
        feedback.write(talk=talk, author=carl, text="Late", now=now)


def test_a06_the_team_reads_it_after_the_release_and_never_learns_who_wrote(client, talk, carl, team, ada, tom, grace):
    feedback.write(talk=talk, author=carl, text="Small fonts.", now=timezone.now())
    where = (address(talk), f"/c/deep-learning/project/talks/{talk.presentation.milestone.slug}/",
             "/c/deep-learning/project/", "/c/deep-learning/")  # fmt: skip
    client.force_login(ada.user)
    assert not any(b"Small fonts" in client.get(page).content for page in where)
    feedback.release(presentation=talk.presentation, by=tom.user, now=timezone.now())
    shown = client.get(address(talk)).content.decode()
    assert "Small fonts." in shown
    row = Feedback.objects.get()
    local = timezone.localtime(row.written_at, team.course.zone)
    for page in where:
        text = client.get(page).content.decode()
        # The page of teams names every classmate, as it should; the talk's pages name none.
        names = ("Carl", "carl@") if "/talks/" in page else ("carl@",)
        for secret in (*names, f'"feedback" value="{row.pk}"', row.written_at.isoformat()):
            assert secret not in text, (page, secret)
    assert f"{local:%H:%M}:{local:%S}" not in shown


def test_staff_see_the_names_and_can_withhold(client, talk, carl, ada, tom):
    row = feedback.write(talk=talk, author=carl, text="Rude words", now=timezone.now())
    client.force_login(tom.user)
    assert "Carl Classmate" in client.get(address(talk)).content.decode()
    client.post(address(talk), {"feedback": row.pk, "withhold": "yes"})
    feedback.release(presentation=talk.presentation, by=tom.user, now=timezone.now())
    client.force_login(ada.user)
    assert "Rude words" not in client.get(address(talk)).content.decode()
    client.force_login(tom.user)
    client.post(address(talk), {"feedback": row.pk, "show": "yes"})
    client.force_login(ada.user)
    assert "Rude words" in client.get(address(talk)).content.decode()


def test_who_has_left_the_team_no_longer_reads_it(client, talk, carl, grace, tom):
    feedback.write(talk=talk, author=carl, text="Small fonts.", now=timezone.now())
    feedback.release(presentation=talk.presentation, by=tom.user, now=timezone.now())
    client.force_login(grace.user)
    assert "Small fonts." in client.get(address(talk)).content.decode()
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now())
    assert "Small fonts." not in client.get(address(talk)).content.decode()


def test_classmates_read_nothing_of_each_other(client, talk, carl, course, cast, tom):
    feedback.write(talk=talk, author=carl, text="Small fonts.", now=timezone.now())
    feedback.release(presentation=talk.presentation, by=tom.user, now=timezone.now())
    client.force_login(cast.enroll(course, "Dana Different").user)
    assert "Small fonts." not in client.get(address(talk)).content.decode()
    client.force_login(carl.user)
    assert "Small fonts." in client.get(address(talk)).content.decode()
