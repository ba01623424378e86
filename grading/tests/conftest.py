"""What several tests of grading share."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Talk
from projects.services import talks
from projects.slotting import plan


@pytest.fixture
def talk(proposal, team, ines):
    """One that is on: it began five minutes ago."""
    begin = timezone.now() - timedelta(minutes=5)
    hall = {"rooms": ["Hall"], "length": timedelta(minutes=15), "pause": timedelta(0)}
    slots = talks.open_slots(
        milestone=proposal, planned=plan([(begin, begin + timedelta(hours=1))], **hall), by=ines.user
    )
    talks.assign(slot=slots[0], team=team, by=ines.user)
    return Talk.objects.select_related("presentation__milestone", "team__course", "slot").get()
