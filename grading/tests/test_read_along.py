"""Handing in reads, in the round that finds how a student stands, whether a score stood before."""

from uuid import uuid4

import pytest

from coursesite.handin import standing
from grading.models import Item, Score

pytestmark = pytest.mark.django_db


def test_what_grading_wants_to_know_is_read_along(homework, ada, alan):
    def scored(enrollment):
        return standing.locked(homework, enrollment, enrollment.user, uuid4()).along["scored"]

    assert not scored(ada)
    Score.objects.create(item=Item.objects.get(assignment=homework), enrollment=ada)
    assert scored(ada)
    assert not scored(alan)
