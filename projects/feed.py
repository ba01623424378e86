"""Talks as an iCalendar feed, behind an address that is signed for one person."""

from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from icalendar import Calendar, Event, Timezone

from coursesite.roster.models import Enrollment

from . import timetable
from .models import Talk

SALT = "projects.feed"
SCOPES = ("own", "all")


def token(enrollment: Enrollment) -> str:
    """Names the person's part in the course. Signed together with the password's hash, so that a new password makes
    addresses useless that were passed on."""
    return signing.Signer(salt=SALT + enrollment.user.get_session_auth_hash()).sign(str(enrollment.pk))


def holder(text: str) -> Enrollment | None:
    """Whose address it is, as long as they have a part in the course; asked with every request."""
    pk = text.partition(":")[0]
    if not pk.isdecimal() or len(pk) > 15:
        return None
    rows = Enrollment.objects.active().filter(pk=pk, user__is_active=True).select_related("user", "course")
    found = rows.first()
    return found if found and constant_time_compare(token(found), text) else None


def address(enrollment: Enrollment, scope: str) -> str:
    return f"{settings.SITE_URL}{reverse('talks:feed', args=[token(enrollment), scope])}"


def calendar(enrollment: Enrollment, scope: str) -> bytes:
    course, everybody = enrollment.course, scope == "all" or enrollment.is_staff
    found = Calendar()
    found.add("prodid", "-//Coursesite//Talks//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", f"{course.title}: presentations")
    found.add("refresh-interval;value=duration", "PT1H")
    talks = timetable.talks_for(enrollment, everybody=everybody)
    if talks:
        first, last = talks[0].slot, talks[-1].slot
        assert first
        assert last
        found.add_component(Timezone.from_tzid(course.time_zone, first_date=first.starts_at.date(),
                                               last_date=last.ends_at.date()))  # fmt: skip
    for talk in talks:
        found.add_component(event(talk))
    return bytes(found.to_ical())


def event(talk: Talk) -> Event:
    """The same `UID` wherever the team moves; `SEQUENCE` tells calendars that it did."""
    slot, milestone = talk.slot, talk.presentation.milestone
    assert slot
    zone = milestone.course.zone
    found = Event()
    found.add("uid", f"{talk.uid}@{urlsplit(settings.SITE_URL).hostname}")
    found.add("sequence", talk.sequence)
    found.add("dtstamp", talk.changed_at.astimezone(UTC))
    found.add("last-modified", talk.changed_at.astimezone(UTC))
    found.add("dtstart", slot.starts_at.astimezone(zone))
    found.add("dtend", slot.ends_at.astimezone(zone))
    found.add("summary", f"{milestone}: {talk.team}")
    found.add("location", slot.room)
    found.add("url", settings.SITE_URL + reverse("talks:timetable", args=[milestone.course.slug, milestone.slug]))
    return found
