"""What talks and their calendar are tested with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.roster.models import Membership, Team
from projects.services import talks
from projects.slotting import plan

QUARTER = timedelta(minutes=15)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def others(course, cast):
    """A second team, of one."""
    lone = cast.enroll(course, "Olive Other")
    found = Team.objects.create(course=course, name="Others")
    Membership.objects.create(team=found, enrollment=lone, joined_at=timezone.now() - timedelta(days=9))
    found.lone = lone
    return found


@pytest.fixture
def slots(proposal, ines, now):
    """Three, in a day's time."""
    begin = (now + timedelta(days=1)).replace(second=0, microsecond=0)
    planned = plan([(begin, begin + 3 * QUARTER)], rooms=["Hall"], length=QUARTER, pause=timedelta(0))
    return talks.open_slots(milestone=proposal, planned=planned, by=ines.user)


@pytest.fixture
def booked(slots, team, others, ada, now):
    return talks.book(slot=slots[0], enrollment=ada, now=now), talks.book(
        slot=slots[1], enrollment=others.lone, now=now
    )
