"""How a student stands with a set: the plain statement finds what the querysets find."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from coursesite.handin import services, standing
from coursesite.handin.models import Accommodation, Extension
from coursesite.handin.owners import lock
from coursesite.roster.models import Enrollment, Status
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
DAY = timedelta(days=1)


@pytest.fixture
def hand_in(homework, ada, cast):
    def act(**options):
        delivery = cast.delivery(**options)
        return homework_services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=NOBODY)[0]

    return act


def nothing(ada, ines, homework, hand_in):
    pass


def a_version(ada, ines, homework, hand_in):
    hand_in(written_part=b"%PDF-1.7 a")


def two_versions(ada, ines, homework, hand_in):
    hand_in(written_part=b"%PDF-1.7 a")
    hand_in(written_part=b"%PDF-1.7 b")


def withdrawn(ada, ines, homework, hand_in):
    services.withdraw(submission=hand_in(written_part=b"%PDF-1.7 a"), author=ada.user)


def extended(ada, ines, homework, hand_in):
    Extension.objects.create(assignment=homework, enrollment=ada, until=homework.due_at + DAY, granted_by=ines.user)


def extended_with_penalty(ada, ines, homework, hand_in):
    until = homework.due_at + 2 * DAY
    Extension.objects.create(assignment=homework, enrollment=ada, until=until, with_penalty=True, granted_by=ines.user)


def late_days(ada, ines, homework, hand_in):
    Extension.objects.create(assignment=homework, enrollment=ada, until=homework.due_at, late_days=2)


def more_time(ada, ines, homework, hand_in):
    Accommodation.objects.create(enrollment=ada, hours=36, granted_by=ines.user)
    extended(ada, ines, homework, hand_in)


def dropped(ada, ines, homework, hand_in):
    hand_in(written_part=b"%PDF-1.7 a")
    Enrollment.objects.filter(pk=ada.pk).update(status=Status.DROPPED)


@pytest.mark.parametrize(
    "happened",
    [nothing, a_version, two_versions, withdrawn, extended, extended_with_penalty, late_days, more_time, dropped],
)
@pytest.mark.parametrize("who", ["ada", "ines", "alan"])
def test_both_ways_agree(happened, who, ada, alan, ines, homework, hand_in, other):
    happened(ada, ines, homework, hand_in)
    author = {"ada": ada, "alan": alan, "ines": ines}[who].user
    for key in (uuid4(), *ada.submissions.values_list("idempotency_key", flat=True)):
        asked = (homework, ada, author, key)
        assert replace(standing.of_student(*asked), along={}) == standing.of_team(*asked)


def test_it_is_one_round_to_the_database(homework, ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = standing.locked(homework, ada, ada.user, uuid4())
    assert (found.own, found.current, found.last_number, found.rule) == (True, None, 0, homework.late_rule)


def test_who_is_gone_is_locked_by_nobody(ada):
    gone = Enrollment(pk=ada.pk + 1_000)
    with pytest.raises(Enrollment.DoesNotExist):
        lock(gone)


def test_what_a_version_holds_comes_in_the_order_of_its_parts(homework, hand_in, django_assert_num_queries):
    made = hand_in()
    parts = list(homework.parts.all())
    with django_assert_num_queries(2):  # the parts, and what they hold
        found = standing.files_of(made.pk, homework)
    assert found == list(made.files.select_related("file", "part"))
    assert [(one.part, one.file.sha256) for one in found] == [
        (part, made.files.get(part=part).file.sha256) for part in parts
    ]
