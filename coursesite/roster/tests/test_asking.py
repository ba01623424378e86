"""What every page looks up first, by plain statements: the same as Django's own queries would find."""

from datetime import timedelta

import pghistory
import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.roster import tasks
from coursesite.roster.asking import Accounts, SessionStore, WhoAsks, enrollment_of
from coursesite.roster.models import Enrollment, Session, Status, User

pytestmark = pytest.mark.django_db


def test_an_account_is_read_with_all_its_columns(ada):
    found, own = Accounts().get_user(ada.user.pk), User.objects.get(pk=ada.user.pk)
    assert found == own
    assert all(getattr(found, field.attname) == getattr(own, field.attname) for field in User._meta.concrete_fields)


def test_an_account_that_is_closed_is_nobody(ada):
    User.objects.filter(pk=ada.user.pk).update(is_active=False)
    assert Accounts().get_user(ada.user.pk) is None


def test_a_part_comes_with_its_course_and_section(ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = enrollment_of(ada.user, "deep-learning")
        assert (found, found.course, found.section, found.user) == (ada, ada.course, ada.section, ada.user)
        assert found.course.zone == ada.course.zone
    assert found.course.facts == ada.course.facts


def test_staff_have_no_section(tom):
    assert enrollment_of(tom.user, "deep-learning").section is None


@pytest.mark.parametrize("slug", ["deep-learnin", "'; drop table roster_course; --", "other"])
def test_there_is_no_part_in_another_course(ada, other, slug):
    assert enrollment_of(ada.user, slug) is None


def test_a05_who_dropped_has_no_part(ada):
    Enrollment.objects.filter(pk=ada.pk).update(status=Status.DROPPED)
    assert enrollment_of(ada.user, "deep-learning") is None


def test_a_session_is_kept_until_it_expires(db):
    made = SessionStore()
    made["seat"] = 7
    made.create()
    assert SessionStore(made.session_key)["seat"] == 7
    made.model.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(made.session_key).load() == {}
    assert SessionStore("unknown").load() == {}


@pytest.fixture
def signed_in(client, ada):
    """What Ada's browser asks with."""
    client.force_login(ada.user)
    request = RequestFactory().get("/")
    request.COOKIES["sessionid"] = client.cookies["sessionid"].value

    def asks():
        SessionMiddleware(lambda _: None).process_request(request)
        request.__dict__.pop("_cached_user", None)
        WhoAsks(lambda _: None).process_request(request)
        return request.user

    return asks


def test_who_asks_is_told_by_one_round_with_all_columns(signed_in, ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = signed_in()
        assert found == ada.user
    own = User.objects.get(pk=ada.user.pk)
    assert all(getattr(found, field.attname) == getattr(own, field.attname) for field in User._meta.concrete_fields)
    assert Session.objects.get().account == ada.user
    assert Session.objects.get().session_key not in str(Session.objects.get())


def test_whose_account_is_closed_or_gone_is_nobody_at_once(signed_in, ada, grace):
    assert signed_in().is_authenticated
    User.objects.filter(pk=ada.user.pk).update(is_active=False)
    assert not signed_in().is_authenticated
    User.objects.filter(pk=ada.user.pk).update(is_active=True)
    assert signed_in().is_authenticated
    Session.objects.update(account=None)
    assert signed_in() == ada.user, "the session itself says who it is"
    Session.objects.update(account=grace.user)
    assert signed_in() == ada.user, "and nothing else does"


def test_another_password_ends_the_sessions_that_began_with_the_one_before(signed_in, ada):
    ada.user.set_password("another one, long enough")
    ada.user.save()
    assert not signed_in().is_authenticated
    assert not Session.objects.filter(account=ada.user).exists()


def test_sessions_end_with_their_account(signed_in, ada):
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now(), account=ada.user)
    lonely = User.objects.create(email="lonely@students.example", name="Lonely")
    Session.objects.create(session_key="y", session_data="", expire_date=timezone.now(), account=lonely)
    lonely.delete()
    assert not Session.objects.filter(session_key="y").exists()
    assert Session.objects.filter(session_key="x").exists()


def test_sessions_that_are_over_are_forgotten_by_the_worker(signed_in, ada):
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now() - timedelta(seconds=1))
    tasks.clear_sessions()
    assert Session.objects.get().account == ada.user


@pytest.mark.parametrize("prepared", [True, False])
def test_a_statement_answers_the_same_prepared_and_plain(prepared, ada, settings, django_assert_num_queries):
    settings.PREPARED_STATEMENTS = prepared
    for _ in range(7):  # from the sixth time on PostgreSQL may plan for any value
        with django_assert_num_queries(1):
            assert enrollment_of(ada.user, "deep-learning") == ada
        assert enrollment_of(ada.user, "deep-learnin") is None


def test_what_only_reads_is_not_told_to_the_history_and_what_writes_is(ada):
    with pghistory.context(user=ada.user.pk), CaptureQueriesContext(connection) as asked:
        enrollment_of(ada.user, "deep-learning")
        ada.user.save()
    read, wrote = (query["sql"] for query in asked)
    assert ("pghistory" in read, "pghistory" in wrote) == (False, True)
