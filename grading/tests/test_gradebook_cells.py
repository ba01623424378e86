"""Editing one cell of the gradebook, and its history."""

from decimal import Decimal

import pytest
from django.db import connection

from coursesite.roster.history import events_of
from grading import written
from grading.models import Category, Item, Score
from grading.policy import State
from grading.services import awarding, entering

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


@pytest.fixture
def item(course):
    return Item.objects.get(category__course=course, title="Homework 1")


@pytest.fixture
def exam(course):
    category = Category.objects.filter(course=course).first()
    return Item.objects.create(category=category, title="Exam", points_possible=40, position=90)


def at(student, item):
    return f"/c/deep-learning/gradebook/{student.pk}/{item.pk}/"


def stands(item, student):
    return Score.objects.values_list("state", "points", "raw_points", "source", "reason").get(
        item=item, enrollment=student
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("47.5", (State.GRADED, Decimal("47.5"))),
        (" 47,50 ", (State.GRADED, Decimal("47.5"))),
        ("95%", (State.GRADED, Decimal("38"))),
        ("0", (State.GRADED, Decimal(0))),
        ("X", (State.EXCUSED, None)),
        ("EX", (State.EXCUSED, None)),
        ("missing", (State.MISSING, None)),
        ("", (State.UNGRADED, None)),
        ("-", (State.UNGRADED, None)),
    ],
)
def test_what_is_typed_and_what_it_means(text, expected):
    assert written.read(text, Decimal(40)) == expected


@pytest.mark.parametrize(
    "text", ["A-", "-1", "nan", "inf", "1e9", "1.23456", "12 13", "=1+1", "1_000", "1.000,5", "1e2", "５"]
)
def test_what_is_no_score_is_refused(text):
    with pytest.raises(ValueError, match=r".+\.$"):
        written.read(text, Decimal(40))


def test_a_cell_is_edited_and_cleared(as_ines, exam, ada):
    assert as_ines.post(at(ada, exam), {"value": "31,5", "seen": "u"}).status_code == 302
    assert stands(exam, ada) == ("graded", Decimal("31.5"), Decimal("31.5"), "entry", "")
    answer = as_ines.post(at(ada, exam), {"value": "x", "seen": "g31.5", "reason": "Ill"}, **JSON)
    assert (answer.json()["code"], answer.json()["stale"]) == ("x", True)
    assert "EX" in answer.json()["row"]
    assert stands(exam, ada) == ("excused", None, None, "entry", "Ill")
    as_ines.post(at(ada, exam), {"value": "", "seen": "xh"})
    assert stands(exam, ada) == ("ungraded", None, None, "marks", "")


def test_a_column_that_comes_from_marks_wants_a_reason(as_ines, item, ada):
    answer = as_ines.post(at(ada, item), {"value": "50", "seen": "u"}, **JSON)
    assert (answer.status_code, answer.json()) == (400, {"problems": ["Say why this score is set by hand."]})
    answer = as_ines.post(at(ada, item), {"value": "fifty", "seen": "u", "reason": "Oral"})
    assert answer.status_code == 400
    assert "is no score" in answer.content.decode()
    assert not Score.objects.exists()


def test_the_second_of_two_people_sees_both_and_chooses(as_ines, client, exam, ada, ines, cast, course):
    other = cast.enroll(course, "Ivan Instructor", "instructor")
    awarding.award(
        item=exam, enrollment=ada, by=other.user, state=State.GRADED, points=Decimal(20), reason="Second look"
    )
    answer = as_ines.post(at(ada, exam), {"value": "31", "seen": "u"}, **JSON)
    assert answer.status_code == 409
    told = answer.json()
    assert (told["theirs"], told["yours"], told["seen"]) == ("20", "31", "g20")
    assert stands(exam, ada)[1] == 20
    page = as_ines.post(at(ada, exam), {"value": "31", "seen": "u"})
    assert page.status_code == 409
    assert 'name="seen" value="g20"' in page.content.decode()
    assert 'value="31"' in page.content.decode()
    assert as_ines.post(at(ada, exam), {"value": "31", "seen": "g20"}).status_code == 302
    assert stands(exam, ada)[1] == 31


def test_two_who_enter_the_same_do_not_conflict(as_ines, exam, ada, ines):
    awarding.award(item=exam, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(20))
    assert as_ines.post(at(ada, exam), {"value": "20", "seen": "u"}).status_code == 302


def test_typing_and_the_admin_write_the_same_row(as_ines, item, ada, alan, ines):
    awarding.award(item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal("61.5"), reason=" Oral ")
    as_ines.post(at(alan, item), {"value": "61.5", "reason": " Oral ", "seen": "u"})
    assert stands(item, ada) == stands(item, alan)
    rows = [Score.objects.get(item=item, enrollment=student) for student in (ada, alan)]
    assert len({(row.penalty, row.floor, row.comment) for row in rows}) == 1


def test_a03_tas_read_and_do_not_set(client, exam, ada, tom):
    client.force_login(tom.user)
    page = client.get(at(ada, exam))
    assert page.status_code == 200
    assert 'name="value"' not in page.content.decode()
    assert client.post(at(ada, exam), {"value": "40", "seen": "u"}).status_code == 403
    assert not Score.objects.exists()


def test_a02_nobody_else_finds_a_cell(client, exam, ada, alan, other):
    for user in (ada, alan, other["instructor"], other["student"]):
        client.force_login(user.user)
        assert client.get(at(ada, exam)).status_code == 404
        assert client.post(at(ada, exam), {"value": "40", "seen": "u"}).status_code == 404
    client.force_login(other["instructor"].user)
    theirs = f"/c/other/gradebook/{ada.pk}/{exam.pk}/"
    assert client.post(theirs, {"value": "40", "seen": "u"}).status_code == 404
    own = f"/c/other/gradebook/{other['student'].pk}/{exam.pk}/"
    assert client.post(own, {"value": "40", "seen": "u"}).status_code == 404
    assert not Score.objects.exists()


def test_history_says_who_when_from_to_and_why(as_ines, item, ada):
    as_ines.post(at(ada, item), {"value": "50", "reason": "Came by mail", "seen": "u"})
    as_ines.post(at(ada, item), {"value": "-", "reason": "Was somebody else's", "seen": "g50"})
    page = as_ines.get(at(ada, item)).content.decode()
    assert "50 → <b>open</b>" in page
    assert page.count("Ines Instructor, in the gradebook") >= 2
    assert "“Came by mail”" in page
    assert "“Was somebody else&#x27;s”" in page


@pytest.mark.django_db(transaction=True)
def test_g16_raw_sql_stands_in_the_history_as_from_outside(as_ines, item, ada):
    as_ines.post(at(ada, item), {"value": "50", "reason": "Oral", "seen": "u"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE grading_score SET points = 99, raw_points = 99")
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    page = as_ines.get(at(ada, item)).content.decode()
    newest = page[page.index('<ol class="steps">') :].split("</li>")[0]
    assert "50 → <b>99</b>" in newest
    assert "outside the application" in newest
    assert role in newest
    assert "Oral" not in newest


def test_g16_each_thing_that_is_edited_here_leaves_history(as_ines, item, ada):
    events = events_of(Score).objects.filter(enrollment=ada.pk)
    for step, value in enumerate(("50", "x", "m", "51"), start=1):
        seen = written.short(*stands(item, ada)[:2]) if step > 1 else "u"
        as_ines.post(at(ada, item), {"value": value, "reason": f"Step {step}", "seen": seen})
        assert events.count() == step
        assert events.latest("pgh_id").pgh_context.metadata["reason"] == f"Step {step}"


def test_a_cells_page_takes_the_same_number_of_queries(as_ines, exam, ada, alan, django_assert_num_queries):
    for step in range(1, 4):
        as_ines.post(at(ada, exam), {"value": str(step), "seen": f"g{step - 1}" if step > 1 else "u"})
        if step != 2:
            with django_assert_num_queries(7):
                as_ines.get(at(ada, exam))


def test_an_entry_is_all_or_nothing(exam, ada, alan, ines):
    given = {
        ada.pk: entering.Entry(written.read("30", exam.points_possible)),
        alan.pk: entering.Entry(written.read("m", exam.points_possible), "g9"),
    }
    with pytest.raises(entering.Conflict):
        entering.enter(item=exam, entries=given, by=ines.user)
    assert not Score.objects.exists()
