"""The instructor sets a score apart in the admin, and takes it back."""

from decimal import Decimal

import pytest

from grading.models import Item, Score
from grading.policy import State
from grading.services import awarding

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/grading/score/", "/admin/grading/score/add/"


@pytest.fixture
def item(homework):
    return Item.objects.get(assignment=homework)


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


def sent(column, student, **values):
    return {
        "item": column.pk,
        "enrollment": student.pk,
        "state": "graded",
        "points": "61.5",
        "reason": "Oral",
    } | values


def test_an_instructor_sets_a_score_that_has_no_work(as_ines, item, ada):
    assert as_ines.post(ADD, sent(item, ada)).status_code == 302
    score = Score.objects.get()
    assert (score.state, score.points, score.raw_points, score.source) == (
        "graded",
        Decimal("61.5"),
        Decimal("61.5"),
        "entry",
    )
    as_ines.post(f"{LIST}{score.pk}/change/", {"state": "excused", "points": "61.5", "reason": "Ill"})
    score.refresh_from_db()
    assert (score.state, score.points, score.reason) == ("excused", None, "Ill")


@pytest.mark.parametrize(
    "values", [{"reason": ""}, {"points": ""}, {"points": "-1"}, {"state": "perfect"}, {"enrollment": 999_999},
               {"enrollment": "ada"}, {"enrollment": "9" * 30}]
)  # fmt: skip
def test_what_is_no_score_is_refused_on_the_page(as_ines, item, ada, values):
    answer = as_ines.post(ADD, sent(item, ada, **values))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Score.objects.exists()


@pytest.mark.parametrize("student", ["ada", "9" * 30, "²"])
def test_a_forged_link_to_the_form_chooses_nobody(as_ines, item, student):
    assert as_ines.get(ADD, {"enrollment": student}).status_code == 200


@pytest.mark.parametrize(
    "asked", ["points__gt=1e999999", "id__regex=(", "state__exact=%00", "points__lt=NaN", "id__lt=x"]
)
@pytest.mark.parametrize("page", [LIST, "/admin/roster/user/"])
def test_a_forged_filter_that_can_not_be_computed_gives_the_whole_list(admin_client, item, page, asked):
    answer = admin_client.get(f"{page}?{asked}", follow=True)
    assert answer.status_code == 200
    assert answer.request["QUERY_STRING"] in ("e=1", asked)


def test_the_second_score_of_a_student_in_one_column_is_refused(as_ines, item, ada):
    as_ines.post(ADD, sent(item, ada))
    answer = as_ines.post(ADD, sent(item, ada, points="1"))
    assert "already exists" in answer.content.decode()
    assert Score.objects.get().points == Decimal("61.5")


def test_an_override_is_taken_back_by_one_action(as_ines, item, ada):
    as_ines.post(ADD, sent(item, ada))
    as_ines.post(LIST, {"action": "take_back", "_selected_action": [Score.objects.get().pk]})
    assert Score.objects.get().state == "ungraded"


def test_a03_nobody_else_sets_scores(client, item, ada, tom, ines, other):
    awarding.award(item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(5), reason="x")
    row = Score.objects.get()
    for user, expected in ((tom, 403), (other["ta"], 403), (other["instructor"], 200), (ada, 404)):
        client.force_login(user.user)
        answer = client.post(ADD, sent(item, ada), follow=True)
        assert answer.status_code == expected, user
        client.post(f"{LIST}{row.pk}/change/", {"state": "graded", "points": "99", "reason": "forged"})
        client.post(LIST, {"action": "take_back", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (Score.objects.count(), row.points, row.source) == (1, 5, "entry")
