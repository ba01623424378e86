"""What several tests of grading share."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from homework import services as homework_services
from homework.services import Credit
from projects.models import Talk
from projects.services import talks
from projects.slotting import plan


@pytest.fixture
def tina(course, cast):
    """A second TA, beside Tom."""
    return cast.enroll(course, "Tina Tutor", "ta")


@pytest.fixture
def work(homework, ada, cast):
    """Ada's, looked into by the worker."""
    alone = {number: Credit() for number in (1, 2, 3, 4)}
    made = homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=alone)[0]
    for row in StoredFile.objects.all():
        files.inspect(str(row.pk))
    return made


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
