"""One figure everywhere, and rows that the database itself refuses."""

import csv
import io
import re
import zipfile
from decimal import Decimal as D
from html import unescape

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grading.models import Category, Cutoff, Item, Score
from grading.services import computing, export, signing_off, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_exam(course):
    """A course whose grade is one exam of 100 points."""
    Item.objects.all().delete()
    Category.objects.all().delete()
    category = Category.objects.create(course=course, title="Exam", weight=100)
    return Item.objects.create(
        category=category, title="Exam", points_possible=100, position=1, released_at=timezone.now()
    )


def complete(course):
    return list(csv.reader(io.StringIO("".join(export.export(course=course, form="complete")), newline="")))


def of_workbook(course):
    """The second line's texts and numbers, by column."""
    book = zipfile.ZipFile(io.BytesIO(b"".join(workbook.workbook(course=course, form="complete"))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    cells = re.findall(r'<c r="([A-Z]+)2"[^>]*>(.*?)</c>', sheet)
    return {at: unescape(re.sub(r"<[^>]*>", "", inner)) for at, inner in cells}


@pytest.mark.parametrize(
    ("points", "final", "letter"),
    [("89.995", "90.00", "A-"), ("89.9949", "89.99", "B+"), ("89.125", "89.13", "B+"), ("92.995", "93.00", "A"),
     ("0", "0.00", "F"), ("100", "100.00", "A"), ("103.005", "103.01", "A")],
)  # fmt: skip
def test_g09_page_api_csv_workbook_and_signature_agree(client, one_exam, ada, ines, points, final, letter):
    course = ada.course
    Score.objects.create(item=one_exam, enrollment=ada, state="graded", points=D(points), raw_points=D(points))
    computing.compute_stale()
    (_, row) = complete(course)
    assert row[-4:-1] == [final, final, letter]
    book = of_workbook(course)
    assert (D(book["H"]), D(book["I"]), book["J"]) == (D(final), D(final), letter)
    (signed,) = signing_off.grades(course)
    assert (str(signed.final), signed.letter) == (final, letter)
    client.force_login(ada.user)
    told = client.get(f"/api/v1/courses/{course.slug}/grades/").json()
    assert (told["final"], told["so_far"], told["letter"]) == (final, final, letter)
    for address in ("grades/", "grades/report/"):
        page = client.get(f"/c/{course.slug}/{address}").content.decode()
        assert f"{final} %" in page, address
    client.force_login(ines.user)
    page = client.get(f"/c/{course.slug}/gradebook/").content.decode()
    assert f"<td class=letter>{letter}<td class=f>{final}<td class=f>{final}" in page
    assert f"{final} %" in client.get(f"/c/{course.slug}/gradebook/students/{ada.pk}/").content.decode()


REFUSED = {
    "item_points": "UPDATE grading_item SET points_possible = 0",
    "score_points": "UPDATE grading_score SET points = -1",
    "score_state": "UPDATE grading_score SET state = 'perfect', points = NULL",
    "score_penalty": "UPDATE grading_score SET penalty = -1",
    "category_weight": "UPDATE grading_category SET weight = 101",
    "category_keep": "UPDATE grading_category SET keep_best = 0",
    "cutoff_minimum": "UPDATE grading_cutoff SET minimum = 50; SET CONSTRAINTS ALL IMMEDIATE",
}


@pytest.mark.parametrize("name", REFUSED)
def test_g07_the_database_refuses_what_no_grade_can_be_computed_from(one_exam, ada, name):
    Score.objects.create(item=one_exam, enrollment=ada, state="graded", points=5, raw_points=5)
    assert Cutoff.objects.count() > 1
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFUSED[name])


def test_g07_points_above_full_are_extra_credit_up_to_the_cap(one_exam, ada):
    Score.objects.create(item=one_exam, enrollment=ada, state="graded", points=110, raw_points=110)
    computing.compute_stale()
    assert ada.grade.final == D("110.00")
    Category.objects.update(cap_percent=D(105))
    computing.compute_stale()
    ada.grade.refresh_from_db()
    assert ada.grade.final == D("105.00")
