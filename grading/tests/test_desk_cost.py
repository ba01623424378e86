"""What the desk costs the database: the same with three submissions and with three hundred."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, Section, User
from grading.desk import order
from grading.services import rubrics
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
SCRIPT = {"HTTP_HX_REQUEST": "true"}
MOST = 12


def hand_in(course, homework, first, last):
    """Bare rows, since here their number alone counts."""
    now, section = timezone.now(), Section.objects.filter(course=course).first()
    people = [User(email=f"s{n}@example.org", name=f"Student {n}") for n in range(first, last)]
    User.objects.bulk_create(people)
    students = [Enrollment(course=course, user=user, section=section) for user in people]
    Enrollment.objects.bulk_create(students)
    Submission.objects.bulk_create(
        Submission(
            assignment=homework, enrollment=row, submitted_by=row.user, number=1, began_at=now, completed_at=now,
            idempotency_key=uuid4(),
        )
        for row in students
    )  # fmt: skip


@pytest.fixture
def work(homework, ada, cast, tom):
    problem = homework.problems.get(number=1)
    for text in ("Sign", "Constant"):
        rubrics.add_item(problem=problem, by=tom.user, text=text, points=1)
    return homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)[0]


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def asked(act):
    with CaptureQueriesContext(
        connection,
    ) as found:
        act()
    return [query["sql"] for query in found.captured_queries if "SAVEPOINT" not in query["sql"]]


def page(work, number=1):
    return reverse("admin:grading_problem_grade", args=[work.assignment.item.pk, number, work.pk])


def test_the_desk_asks_twelve_times_at_most_with_three_and_with_three_hundred(as_tom, course, homework, work):
    address = page(work)
    hand_in(course, homework, 0, 2)
    as_tom.get(address)  # what is kept in memory from then on
    few = [asked(lambda: as_tom.get(address)), asked(lambda: as_tom.get(address, **SCRIPT))]
    hand_in(course, homework, 2, 299)
    many = [asked(lambda: as_tom.get(address)), asked(lambda: as_tom.get(address, **SCRIPT))]
    for queries in many:
        assert len(queries) <= MOST, "\n\n".join(queries)
    assert [len(queries) for queries in many] == [len(queries) for queries in few]


def test_saving_and_the_queue_cost_the_same_at_any_size(as_tom, course, homework, work):
    def save(version):
        return as_tom.post(page(work), {"full-1": "1", "version-1": version, "comment-1": str(version)}, **SCRIPT)

    queue = reverse("admin:grading_item_desk", args=[homework.item.pk])
    hand_in(course, homework, 0, 2)
    few = asked(lambda: save(0)), asked(lambda: as_tom.get(queue))
    hand_in(course, homework, 2, 299)
    few_again, many = asked(lambda: save(1)), asked(lambda: as_tom.get(queue))
    assert len(many) == len(few[1])
    assert len(few_again) <= len(few[0]) + 1
    assert order.place(homework.item, homework.problems.get(number=1), work).of == 300
