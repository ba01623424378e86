"""Late days and tags for scripts: the same services, and the same people, as on the pages."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Extension
from homework import services
from homework.services import Credit

from .test_api import COURSE, api

pytestmark = pytest.mark.django_db
LATE = COURSE + "late-days/"
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def budget(course):
    course.late_budget, course.late_budget_each = 4, 2
    course.save()


@pytest.fixture
def made(homework, ada, cast):
    found, _ = services.submit(
        homework=homework,
        enrollment=ada,
        delivery=cast.delivery(written_part=samples.pdf("a", "b"), notebook=samples.notebook("1", "2")),
        acknowledged=NOBODY,
    )
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    return found


def tags_of(made):
    return f"{COURSE}submissions/{made.pk}/tags/"


def tag(part="written-part", file=1, page=1, problem=1, **more):
    return {"part": part, "file": file, "page": page, "problem": problem} | more


def read(*tags, carried=False):
    return [tag | {"carried": carried} for tag in tags]


def test_late_days_are_told_spent_and_taken_back(budget, homework, ada):
    due = homework.rule_for(ada).due_at
    assert api(ada).get(LATE).json() == {"budget": 4, "used": 0, "left": 4, "most_each": 2, "set_aside": []}
    spent = api(ada).post(LATE, {"assignment": "homework-1", "days": 2}, format="json")
    assert spent.status_code == 200
    assert spent.json() == {
        "budget": 4, "used": 2, "left": 2, "most_each": 2, "set_aside": [{"assignment": "homework-1", "days": 2}]
    }  # fmt: skip
    assert homework.rule_for(ada).due_at == due + timedelta(days=2)
    assert api(ada).post(LATE, {"assignment": "homework-1", "days": 0}, format="json").json()["left"] == 4
    assert homework.rule_for(ada).due_at == due


def test_days_that_were_spent_stay_told_when_the_budget_is_cut(budget, course, homework, ada):
    api(ada).post(LATE, {"assignment": "homework-1", "days": 2}, format="json")
    course.late_budget = 1
    course.save()
    told = api(ada).get(LATE).json()
    assert (told["budget"], told["used"], told["left"]) == (1, 2, 0)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"assignment": "homework-1", "days": 3}, 400),
        ({"assignment": "homework-1", "days": -1}, 400),
        ({"assignment": "homework-1", "days": 1, "owner": 1}, 400),
        ({"assignment": "no-such-set", "days": 1}, 404),
        ({"assignment": "proposal", "days": 1}, 404),
        ([{"assignment": "homework-1", "days": 1}], 400),
        ([[]], 400),
    ],
)
def test_a04_late_days_beyond_the_rules_are_refused_and_nothing_changes(budget, homework, proposal, ada, sent, status):
    assert api(ada).post(LATE, sent, format="json").status_code == status
    assert not Extension.objects.exists()


def test_a_set_that_is_not_out_is_not_told_by_late_days(budget, homework, ada):
    homework.opens_at = timezone.now() + timedelta(hours=1)
    homework.save()
    assert api(ada).post(LATE, {"assignment": "homework-1", "days": 1}, format="json").status_code == 404


def test_staff_have_no_late_days(budget, tom, ines):
    assert [api(person).get(LATE).status_code for person in (tom, ines)] == [404, 404]


def test_tags_of_pages_and_cells_are_replaced_and_read_back(made, ada, tom):
    wanted = [tag(), tag(page=2), tag("notebook", page=2, problem=3)]
    assert api(ada).put(tags_of(made), wanted, format="json").json() == read(*wanted)
    assert api(tom).get(tags_of(made)).json() == read(*wanted)
    assert api(ada).put(tags_of(made), [], format="json").json() == []


def test_tags_that_were_taken_over_say_so_until_they_are_sent_back(made, homework, ada, cast):
    api(ada).put(tags_of(made), [tag(), tag(page=2, problem=2)], format="json")
    again = cast.delivery(notebook=samples.notebook("3"))
    second, _ = services.submit(homework=homework, enrollment=ada, delivery=again, acknowledged=NOBODY)
    found = api(ada).get(tags_of(second)).json()
    assert found == read(tag(), tag(page=2, problem=2), carried=True)
    assert api(ada).put(tags_of(second), found, format="json").json() == read(tag(), tag(page=2, problem=2))


def test_submissions_come_with_their_tags_and_three_ask_no_more_than_one(
    made, homework, ada, cast, django_assert_num_queries, django_assert_max_num_queries
):
    client = api(ada)
    client.put(tags_of(made), [tag()], format="json")
    client.get(COURSE + "submissions/")
    with django_assert_max_num_queries(20) as for_one:
        assert client.get(COURSE + "submissions/").json()[0]["tags"] == read(tag())
    for text in "bc":
        again = cast.delivery(written_part=samples.pdf(text))
        services.submit(homework=homework, enrollment=ada, delivery=again, acknowledged=NOBODY)
    with django_assert_num_queries(len(for_one)):
        rows = client.get(COURSE + "submissions/").json()
    assert [row["tags"] for row in rows] == [read(tag(), carried=True)] * 2 + [read(tag())]


@pytest.mark.parametrize(
    "sent",
    [
        [tag(page=3)],
        [tag(file=2)],
        [tag(problem=9)],
        [tag(part="no-such")],
        [tag(used=1)],
        [tag(page="x")],
        [tag(page=0)],
        [7],
        [[{}]],
        {"part": "written-part"},
        "text",
    ],
)
def test_a03_tags_of_what_is_not_there_and_odd_bodies_are_refused_and_the_tags_stay(made, ada, sent):
    api(ada).put(tags_of(made), [tag()], format="json")
    assert api(ada).put(tags_of(made), sent, format="json").status_code == 400
    assert api(ada).get(tags_of(made)).json() == read(tag())


def test_a02_tags_of_others_are_what_is_not_there(made, alan, other):
    for person in (alan, other["student"], other["ta"]):
        missing = api(person).get(f"{COURSE}submissions/{uuid4()}/tags/")
        for answer in (api(person).get(tags_of(made)), api(person).put(tags_of(made), [], format="json")):
            assert (answer.status_code, answer.content) == (404, missing.content)


def test_the_schema_names_both(client, ada):
    client.force_login(ada.user)
    shown = client.get("/api/v1/schema/").content.decode()
    assert "/late-days/:" in shown
    assert "/submissions/{submission}/tags/:" in shown
    assert "set_aside" in shown
