"""Whether a kept connection still works: seen from what the server says by itself."""

import time

import pytest
from django.db import connection
from django.db.backends.postgresql import base

from coursesite.sql.backend.base import IDLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept():
    """A connection of its own, as a request finds it."""
    found = connection.copy()
    found.ensure_connection()
    found.close_if_unusable_or_obsolete()
    yield found
    found.close()


@pytest.fixture
def asked(monkeypatch):
    """The rounds to the server that ask whether it is there."""
    found, ask = [], base.DatabaseWrapper.is_usable
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda self: found.append(self) or ask(self))
    return found


def answer(kept):
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(kept, process):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    wait_for_news(kept)


def wait_for_news(kept):
    until = time.monotonic() + 30
    while not kept.has_news():
        assert time.monotonic() < until, "Nothing came from the server."
        time.sleep(0.01)


def test_one_that_is_quiet_is_not_asked(kept, asked):
    first = answer(kept)
    kept.close_if_unusable_or_obsolete()
    assert (answer(kept), asked) == (first, [])


def test_f06_one_that_the_server_ended_is_opened_anew_before_the_next_request_asks(kept, asked):
    first = answer(kept)
    kept.close_if_unusable_or_obsolete()
    end(kept, first)
    assert answer(kept) != first
    assert asked == [kept]


def test_one_with_other_news_is_asked_and_stays(kept, asked):
    first = answer(kept)
    with kept.cursor() as cursor:
        cursor.execute("LISTEN something")
    kept.close_if_unusable_or_obsolete()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("NOTIFY something")
    other.close()
    wait_for_news(kept)
    assert (answer(kept), asked) == (first, [kept])


def test_one_that_was_idle_for_long_is_asked(kept, asked):
    first = answer(kept)
    kept.close_if_unusable_or_obsolete()
    kept.looked_at -= IDLE
    assert (answer(kept), asked) == (first, [kept])
    kept.close_if_unusable_or_obsolete()
    assert (answer(kept), asked) == (first, [kept])


def test_one_on_which_something_failed_is_asked(kept, asked):
    kept.errors_occurred = True
    kept.close_if_unusable_or_obsolete()
    assert (asked, kept.errors_occurred) == ([kept], False)


def test_one_that_we_know_to_be_closed_is_not_usable(kept):
    kept.connection.close()
    assert not kept.is_usable()
    kept.connection = None
    assert not kept.is_usable()
