"""A connection plans a statement once, and another connection anew."""

import pytest
from django.db import connection, transaction

from coursesite.sql.prepared import ASKED, name_of, plans
from coursesite.sql.reading import first

pytestmark = pytest.mark.django_db
SUM = "SELECT %s::int + %s::int"


def test_a_statement_keeps_its_name_and_another_gets_its_own():
    assert [first(SUM, [3, 4]), first(SUM, [5, 6])] == [(7,), (11,)]
    with connection.cursor() as cursor:
        assert name_of(cursor, SUM, ASKED) == name_of(cursor, SUM, ASKED) != name_of(cursor, SUM + " + 1", ASKED)


def test_a_new_connection_plans_anew():
    plans.clear()
    connection.connection.cursor().execute("DEALLOCATE ALL")
    assert first(SUM, [3, 4]) == (7,)
    assert list(plans[connection.connection]) == [SUM]


def test_a_transaction_that_is_rolled_back_leaves_the_plan():
    with transaction.atomic():
        first(SUM + " + 2", [3, 4])
        transaction.set_rollback(True)
    assert first(SUM + " + 2", [3, 4]) == (9,)


def test_without_plans_it_answers_the_same(settings):
    settings.PREPARED_STATEMENTS = False
    assert first(SUM, [3, 4]) == (7,)
