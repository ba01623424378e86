"""Many cells at once: pasting a column, and acts on the students that are ticked."""

import re
from decimal import Decimal
from html import unescape

import pytest

from coursesite.roster.history import events_of
from coursesite.roster.models import Enrollment, User
from grading import pasting
from grading.models import Category, Item, Score
from grading.policy import State
from grading.services import awarding

pytestmark = pytest.mark.django_db
CHANGES = "/c/deep-learning/gradebook/changes/"


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


@pytest.fixture
def exam(course):
    category = Category.objects.filter(course=course).first()
    return Item.objects.create(category=category, title="Exam", points_possible=40, position=90)


def entries(answer):
    return unescape(re.search(r'name="entries" value="([^"]*)"', answer.content.decode())[1])


def shown(answer):
    """Student, now, becomes."""
    found = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', answer.content.decode())
    return [(name, *re.findall(r'<td class="num">(.*?)</td>', rest)) for name, rest in found]


def scores(item):
    return dict(Score.objects.filter(item=item).values_list("enrollment__user__name", "points"))


def test_a_pasted_column_is_shown_first_and_then_saved(as_ines, exam, ada, alan, grace):
    answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": "10\n\n30,5\n12\n", "from": grace.pk})
    assert shown(answer) == [("Hopper, Grace", "open", "<b>10</b>"), ("Turing, Alan", "open", "<b>30.5</b>")]
    assert "There is no student left for this line." in answer.content.decode()
    assert not Score.objects.exists()
    as_ines.post(CHANGES, {"item": exam.pk, "entries": entries(answer)})
    assert scores(exam) == {"Grace Hopper": 10, "Alan Turing": Decimal("30.5")}


def test_it_starts_where_it_was_pasted_and_follows_the_order_of_the_page(as_ines, exam, ada, alan, grace):
    sent = {"item": exam.pk, "pasted": "1\n2", "from": ada.pk, "ask": "?down=1"}
    assert [row[0] for row in shown(as_ines.post(CHANGES, sent))] == ["Hopper, Grace", "Lovelace, Ada"]
    sent["ask"] = ""
    assert [row[0] for row in shown(as_ines.post(CHANGES, sent))] == ["Lovelace, Ada", "Turing, Alan"]


def test_lines_name_their_student_by_mail_id_or_name(as_ines, exam, ada, alan, grace):
    User.objects.filter(pk=alan.user_id).update(sis_id="turi0001")
    text = "ada@example.org\t7\nTURI0001\tx\nHopper, Grace\tGrace\t11\nnobody@example.org\t3\nada@example.org\t9\n"
    answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": text})
    assert [row[::2] for row in shown(answer)] == [
        ("Hopper, Grace", "<b>11</b>"),
        ("Lovelace, Ada", "<b>7</b>"),
        ("Turing, Alan", "<b>excused</b>"),
    ]
    page = answer.content.decode()
    assert "“nobody@example.org” is nobody here." in page
    assert "stands in an earlier line already" in page


def test_what_is_no_score_is_named_and_the_rest_can_be_saved(as_ines, exam, ada, alan):
    answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": "A-\n99\n"})
    assert "“A-” is no score" in unescape(answer.content.decode())
    assert shown(answer)[0][0] == "Turing, Alan"
    assert "above 40" in answer.content.decode()


def test_a_cell_that_somebody_changes_meanwhile_stops_it_and_is_shown(as_ines, exam, ada, alan, ines):
    first = entries(as_ines.post(CHANGES, {"item": exam.pk, "pasted": "10\n20"}))
    awarding.award(item=exam, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(33))
    answer = as_ines.post(CHANGES, {"item": exam.pk, "entries": first})
    assert answer.status_code == 409
    assert "Ada Lovelace has 33 meanwhile." in answer.content.decode()
    assert scores(exam) == {"Ada Lovelace": 33}
    as_ines.post(CHANGES, {"item": exam.pk, "entries": entries(answer), "leave": [ada.pk]})
    assert scores(exam) == {"Ada Lovelace": 33, "Alan Turing": 20}


def test_those_ticked_are_excused_with_a_reason(as_ines, course, ada, alan, grace):
    item = Item.objects.get(category__course=course, title="Homework 1")
    sent = {"item": item.pk, "act": "excuse", "s": [ada.pk, alan.pk], "reason": ""}
    answer = as_ines.post(CHANGES, sent)
    assert len(shown(answer)) == 2
    refused = as_ines.post(CHANGES, {"item": item.pk, "entries": entries(answer), "reason": " "})
    assert (refused.status_code, Score.objects.count()) == (409, 0)
    as_ines.post(CHANGES, {"item": item.pk, "entries": entries(refused), "reason": "Storm"})
    assert set(Score.objects.values_list("state", "reason", "source")) == {("excused", "Storm", "entry")}
    taken = as_ines.post(CHANGES, {"item": item.pk, "act": "clear", "whom": "all", "reason": "No storm"})
    assert len(shown(taken)) == 2
    as_ines.post(CHANGES, {"item": item.pk, "entries": entries(taken), "reason": "No storm"})
    assert set(Score.objects.values_list("state", "source")) == {("ungraded", "marks")}


def test_g16_each_cell_has_its_history(as_ines, exam, ada, alan):
    answer = as_ines.post(CHANGES, {"item": exam.pk, "act": "missing", "whom": "all"})
    as_ines.post(CHANGES, {"item": exam.pk, "entries": entries(answer), "reason": "Nobody came"})
    told = events_of(Score).objects.filter(item=exam.pk)
    assert [(event.state, event.pgh_context.metadata["reason"]) for event in told] == [("missing", "Nobody came")] * 2


def test_a03_neither_tas_nor_students_change_anything(client, exam, ada, tom, other):
    for user, expected in ((tom, 403), (ada, 404), (other["instructor"], 404)):
        client.force_login(user.user)
        for sent in ({"pasted": "1"}, {"act": "excuse", "whom": "all"}, {"entries": f'{{"{ada.pk}": ["5", "u"]}}'}):
            assert client.post(CHANGES, {"item": exam.pk, **sent}).status_code == expected
    client.force_login(other["instructor"].user)
    sent = {"item": exam.pk, "entries": f'{{"{ada.pk}": ["5", "u"]}}'}
    assert client.post("/c/other/gradebook/changes/", sent).status_code == 404
    assert not Score.objects.exists()


def test_a_form_that_somebody_made_up_changes_nothing(as_ines, exam, ada, other):
    for text in ("", "[]", "{", '{"a": 1}', '{"1": ["x"]}', '{"1": ["A", "u"]}'):
        assert as_ines.post(CHANGES, {"item": exam.pk, "entries": text}).status_code == 404
    foreign = f'{{"{other["student"].pk}": ["5", "u"]}}'
    assert as_ines.post(CHANGES, {"item": exam.pk, "entries": foreign}).status_code == 409
    assert as_ines.get(CHANGES).status_code == 404
    assert not Score.objects.exists()


@pytest.mark.parametrize("count", [1, 3, 300])
def test_saving_takes_the_same_number_of_queries(as_ines, course, exam, count, django_assert_num_queries):
    users = User.objects.bulk_create([User(email=f"s{n}@example.org", name=f"S {n}") for n in range(count)])
    Enrollment.objects.bulk_create([Enrollment(course=course, user=user) for user in users])
    with django_assert_num_queries(9):
        answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": "5\n" * count})
    with django_assert_num_queries(11):
        as_ines.post(CHANGES, {"item": exam.pk, "entries": entries(answer)})
    assert Score.objects.filter(points=5).count() == count


def test_a_columns_page_has_its_figures_and_history(as_ines, exam, ada, alan, ines):
    awarding.award(item=exam, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(33))
    address = f"/c/deep-learning/gradebook/columns/{exam.pk}/"
    page = as_ines.get(address).content.decode()
    assert "<dt>Median</dt><dd>33</dd>" in page
    assert "Points in Exam" in page
    as_ines.post(address, {"act": "release"})
    exam.refresh_from_db()
    assert exam.released_at is not None
    page = as_ines.get(address).content.decode()
    assert "not released → <b>Exam, of 40, released</b>" in page
    assert "Ines Instructor" in page


def test_lines_are_read_as_spreadsheets_copy_them():
    found = pasting.lines("5\r\n6\r\n", [1, 2], {}, Decimal(10))
    assert [(line.student, line.wanted.points) for line in found] == [(1, 5), (2, 6)]


def test_a_title_that_was_copied_along_shifts_nobody():
    found = pasting.lines("Homework 1\r\n5\r\n6", [1, 2], {}, Decimal(10), "Homework 1")
    assert [(line.student, line.wanted.points) for line in found] == [(1, 5), (2, 6)]
    found = pasting.lines("SIS Login ID\thomework 1\na\t5", [1], {"a": 2}, Decimal(10), "Homework 1")
    assert [(line.student, line.wanted.points) for line in found] == [(2, 5)]


def test_every_line_says_what_is_wrong_with_it(as_ines, exam, ada, alan, grace):
    answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": "EX\nlots\n1e3\n5\n6"})
    assert [row[::2] for row in shown(answer)] == [("Hopper, Grace", "<b>excused</b>")]
    page = unescape(answer.content.decode())
    for said in (
        "Lovelace, Ada: <code>lots</code> — “lots” is no score",
        "Turing, Alan: <code>1e3</code> — “1e3” is no score",
        "<code>5</code> — There is no student left for this line.",
        "<code>6</code> — There is no student left for this line.",
        "Refused: 4",
    ):
        assert said in page
    assert not Score.objects.exists()


def test_fewer_lines_than_students_leave_the_others_alone(as_ines, exam, ada, alan, grace):
    answer = as_ines.post(CHANGES, {"item": exam.pk, "pasted": "7,25\n"})
    assert shown(answer) == [("Hopper, Grace", "open", "<b>7.25</b>")]
    as_ines.post(CHANGES, {"item": exam.pk, "entries": entries(answer)})
    assert scores(exam) == {"Grace Hopper": Decimal("7.25")}
