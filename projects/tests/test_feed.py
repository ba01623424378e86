"""The calendar of talks that a team, or the staff, subscribes to."""

import icalendar
import pytest
from django.utils import timezone

from coursesite.roster.models import Membership, Status, Team
from projects import feed
from projects.models import Slot
from projects.services import talks

pytestmark = pytest.mark.django_db


def events(content):
    return [one for one in icalendar.Calendar.from_ical(content).walk("VEVENT")]


def test_the_feed_follows_a_talk_by_uid_and_sequence(client, booked, slots, team, ada, now):
    address = feed.address(ada, "own").removeprefix("http://127.0.0.1:8000")
    first = events(client.get(address).content)
    talks.book(slot=slots[2], enrollment=ada, now=now)
    second = events(client.get(address).content)
    assert len(first) == len(second) == 1
    assert first[0]["UID"] == second[0]["UID"]
    assert int(second[0]["SEQUENCE"]) == int(first[0]["SEQUENCE"]) + 1
    assert second[0]["DTSTART"].dt == slots[2].starts_at
    everybody = feed.address(ada, "all").removeprefix("http://127.0.0.1:8000")
    assert [str(one["SUMMARY"]) for one in events(client.get(everybody).content)] == [
        "Proposal: Others",
        "Proposal: Perceptrons",
    ]


def test_the_feed_tells_the_zone_and_escapes_text(client, booked, slots, team, ada):
    Team.objects.filter(pk=team.pk).update(name="A;B,C\\D\nEND:VEVENT")
    Slot.objects.filter(pk=slots[0].pk).update(room="Räum\r\nX-EVIL:1, west")
    text = client.get(feed.address(ada, "own").removeprefix("http://127.0.0.1:8000")).content.decode()
    assert "BEGIN:VTIMEZONE\r\nTZID:America/Chicago" in text
    assert "DTSTART;TZID=America/Chicago:" in text
    assert "\nX-EVIL" not in text
    assert text.split("\r\n").count("END:VEVENT") == 1
    assert "A\\;B\\,C\\\\D\\nEND:VEVENT" in text.replace("\r\n ", "")
    assert "\n" not in text.replace("\r\n", "")


def test_a05_the_feed_ends_with_the_part_in_the_course_and_with_the_password(client, booked, ada, grace, tom):
    address = feed.address(ada, "own").removeprefix("http://127.0.0.1:8000")
    assert client.get(address).status_code == 200
    ada.status = Status.DROPPED
    ada.save()
    assert client.get(address).status_code == 404
    ada.status = Status.ACTIVE
    ada.save()
    forged = address.replace(f"/{ada.pk}:", f"/{grace.pk}:")
    for wrong in (forged, address[:-6] + "x.ics", address.replace("own", "any"), "/calendar/talks/x/own.ics"):
        assert client.get(wrong).status_code == 404, wrong
    ada.user.set_password("another")
    ada.user.save()
    assert client.get(address).status_code == 404


def test_staff_subscribe_to_all_and_a_former_member_no_longer_gets_the_talk(client, booked, tom, grace):
    assert len(events(client.get(feed.address(tom, "own").removeprefix("http://127.0.0.1:8000")).content)) == 2
    address = feed.address(grace, "own").removeprefix("http://127.0.0.1:8000")
    assert len(events(client.get(address).content)) == 1
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now())
    assert events(client.get(address).content) == []
