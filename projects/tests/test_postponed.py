"""A deadline that moves takes along what hangs on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.handin import outages
from coursesite.handin.models import Assignment
from coursesite.roster.history import events_of
from projects.models import Evaluation, Milestone

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_teammates_are_evaluated_as_much_later(proposal, ines):
    closes = proposal.due_at + HOUR
    evaluation = Evaluation.objects.create(milestone_id=proposal.pk, closes_at=closes)
    outages.grant(assignments=[proposal], hours=24, reason="The network was down", by=ines.user)
    evaluation.refresh_from_db()
    proposal.refresh_from_db()
    assert evaluation.closes_at == closes + 24 * HOUR
    assert evaluation.is_open(proposal.due_at + HOUR)
    assert events_of(Evaluation).objects.filter(closes_at=closes).exists()


@pytest.mark.parametrize("model", [Assignment, Milestone])
def test_whoever_moves_the_deadline(model, proposal):
    row = model.objects.get(pk=proposal.pk)
    evaluation = Evaluation.objects.create(milestone_id=proposal.pk, closes_at=row.due_at + HOUR)
    row.due_at += 48 * HOUR
    row.save()
    evaluation.refresh_from_db()
    assert evaluation.closes_at == row.due_at + HOUR
    row.save()
    row.due_at -= 24 * HOUR  # earlier: nobody loses time to answer
    row.save(update_fields=["due_at"])
    row.title = "Another title"
    row.save(update_fields=["title"])
    before, _ = evaluation.closes_at, evaluation.refresh_from_db()
    assert evaluation.closes_at == before


def test_an_evaluation_that_is_over_stays_over(proposal, ines, cast):
    cast.opened(proposal, due=-2 * HOUR)
    evaluation = Evaluation.objects.create(milestone_id=proposal.pk, closes_at=timezone.now() - HOUR)
    outages.grant(assignments=[proposal], hours=1, reason="The network was down", by=ines.user)
    before, _ = evaluation.closes_at, evaluation.refresh_from_db()
    assert evaluation.closes_at == before
