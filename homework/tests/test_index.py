"""The list of homework sets asks no more of the database for three of them than for one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from homework import services
from homework.models import Homework
from homework.services import Credit

pytestmark = pytest.mark.django_db
LIST = "/c/deep-learning/homework/"


def move(homework, course):
    Homework.objects.filter(pk=homework.pk).update(course=course, slug=f"moved-{homework.pk}")


@pytest.fixture
def sets(course, other, cast):
    """Three open ones, and no other."""
    rows = list(Homework.objects.filter(course=course).order_by("due_at", "pk"))
    for row in rows[3:]:
        move(row, other["course"])
    return [cast.opened(row) for row in rows[:3]]


def hand_in(homework, student, cast, **files):
    """All but the notebook, unless it is given."""
    services.submit(
        homework=homework,
        enrollment=student,
        delivery=cast.delivery(written_part=samples.pdf(homework.slug), **files),
        acknowledged={problem.number: Credit() for problem in homework.problems.all()},
    )


def pills(answer):
    return re.findall(r'<a class="pill (\w+)" href="/submissions/[^"]+">([^<]+)</a>', answer.content.decode())


def test_the_number_of_queries_does_not_grow_with_sets_that_are_partly_handed_in(
    client, sets, ada, cast, other, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(ada.user)
    for homework in sets:
        hand_in(homework, ada, cast)
    client.get(LIST)  # what is kept for the next page is asked once
    with django_assert_max_num_queries(15) as all_three:
        shown = pills(client.get(LIST))
    assert shown == [("warn", "▲ Partly: Notebook missing")] * 3
    for homework in sets[1:]:
        move(homework, other["course"])
    with django_assert_num_queries(len(all_three)):
        shown = client.get(LIST)
    assert (len(pills(shown)), shown.content.decode().count('class="title"')) == (1, 1)


def test_neither_does_it_with_sets_that_are_in_and_late(
    client, sets, ada, cast, other, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(ada.user)
    for homework in sets:
        hand_in(homework, ada, cast, notebook=samples.notebook(homework.slug))
        Submission.objects.current().filter(assignment=homework).update(completed_at=timezone.now() + timedelta(days=2))
    client.get(LIST)
    with django_assert_max_num_queries(15) as all_three:
        assert pills(client.get(LIST)) == [("good", "✓ Submitted, late")] * 3
    for homework in sets[1:]:
        move(homework, other["course"])
    with django_assert_num_queries(len(all_three)):
        assert pills(client.get(LIST)) == [("good", "✓ Submitted, late")]
