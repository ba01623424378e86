"""Rows of several tables by one statement: what the database holds for rows that are saved one by one, it holds here."""

from uuid import uuid4

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction

from coursesite.files.models import Format, StoredFile
from coursesite.roster.history import events_of
from coursesite.roster.models import Course, Enrollment, Section, Team, User
from coursesite.sql.prepared import Command
from coursesite.sql.writing import insert, remembered

pytestmark = pytest.mark.django_db


def people(count):
    return [User(email=f"p{n}@example.org", name=f"Person {n}", password="!") for n in range(count)]


def test_rows_of_two_tables_take_one_query_and_get_their_keys_in_order(course, django_assert_num_queries):
    rows = [*people(3), Section(course=course, name="Evening")]
    with django_assert_num_queries(1):
        insert(rows)
    assert [User.objects.get(pk=row.pk).email for row in rows[:3]] == [f"p{n}@example.org" for n in range(3)]
    assert Section.objects.get(pk=rows[3].pk).name == "Evening"
    assert not any(row._state.adding for row in rows)


def test_a_row_may_name_another_one_of_the_same_call_whose_key_is_known(homework, ada):
    from coursesite.handin.models import Receipt, Submission

    now = homework.opens_at
    made = Submission(
        assignment=homework, enrollment=ada, submitted_by=ada.user, number=1, began_at=now, completed_at=now,
        idempotency_key=uuid4(),
    )  # fmt: skip
    insert([Receipt(submission=made, text="x"), made])
    assert Receipt.objects.get().submission == made


@transaction.atomic
def without_a_person(course):
    insert([Enrollment(course=course, user_id=2_000_000, role="ta")])
    connection.check_constraints()


def test_a_row_that_names_one_that_is_not_there_is_refused(course):
    with pytest.raises(IntegrityError):
        without_a_person(course)


def test_all_are_written_or_none(course):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([*people(1), Section(course=course, name="Evening"), Section(course=course, name="Evening")])
    assert not User.objects.filter(email="p0@example.org").exists()


def test_g16_they_have_a_history_all_the_same(course):
    row = Team(course=course, name="Perceptrons")
    insert([row])
    assert events_of(Team).objects.get(pgh_obj=row.pk).name == "Perceptrons"


def test_a_text_in_a_column_of_json_is_a_text_in_json(course):
    row = Course(title="Another", slug="another", term="Fall", first_day=course.first_day, last_day=course.last_day)
    row.facts = "a 'text'"
    insert([row])
    assert Course.objects.get(pk=row.pk).facts == "a 'text'"


def test_nothing_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])


def test_defaults_and_the_moment_of_writing_are_filled_in():
    row = StoredFile(name="a.pdf", format=Format.PDF, size=1, sha256="0" * 64)
    insert([row])
    found = StoredFile.objects.get(pk=row.pk)
    assert (found.tries, found.warning, found.stored_at is None) == (0, "", False)


@pytest.mark.parametrize("kept", [True, False])
def test_the_same_shape_is_written_again_and_again(kept, course, settings, django_assert_num_queries):
    settings.PREPARED_STATEMENTS = kept
    for turn in range(7):  # from the sixth time on PostgreSQL may plan for any value
        rows = [User(email=f"{turn}.{n}@example.org", name="%s' $1", password="!") for n in range(2)]
        with django_assert_num_queries(1):
            insert([*rows, Section(course=course, name=str(turn))])
    assert User.objects.filter(name="%s' $1").count() == 14
    assert Section.objects.filter(course=course, name__in="0123456").count() == 7


def test_g16_what_is_written_by_a_kept_statement_is_told_to_the_history_with_who_did_it(course, ines):
    with pghistory.context(user=ines.user.pk):
        for name in ("Perceptrons", "Boltzmanns"):
            insert([Team(course=course, name=name)], before=Command("UPDATE roster_team SET name = name", []))
    told = events_of(Team).objects.filter(course=course).values_list("pgh_context__metadata__user", flat=True)
    assert list(told) == [ines.user.pk] * 2


def test_g16_where_nobody_is_told_who_did_it_no_trigger_remembers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%%'")
        tables = {name for (name,) in cursor.fetchall()}
    assert tables == {model._meta.db_table for model in remembered()}
