"""Accounts come from rosters: whoever signs in stays who they are, and nobody keeps others out."""

import os
import subprocess
import sys
import time

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from coursesite.embedded import workers
from coursesite.roster import counting

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"


def tried(email, password="wrong", **origin):
    return Client().post(SIGN_IN, {"login": email, "password": password}, **origin)


def test_a04_nobody_takes_another_address_and_with_it_the_part_of_its_owner(client, ada):
    """A roster that names the address would make them TA."""
    client.force_login(ada.user)
    for act in ("action_add", "action_primary"):
        assert client.post("/accounts/email/", {act: "", "email": "new.ta@example.org"}).status_code == 404
    assert client.get("/accounts/email/").status_code == 404
    ada.user.refresh_from_db()
    assert ada.user.email == "ada@example.org"
    assert not EmailAddress.objects.filter(email="new.ta@example.org").exists()


def test_a_class_that_types_wrongly_from_one_address_keeps_nobody_out(ada):
    campus = {"REMOTE_ADDR": "203.0.113.7"}
    for number in range(20):
        tried(f"student{number}@example.org", **campus)
    assert tried(ada.user.email, "pass", **campus).status_code == 302


def test_who_guesses_one_password_is_stopped(ada):
    home = {"REMOTE_ADDR": "203.0.113.8"}
    for _ in range(19):
        tried(ada.user.email, **home)
    assert tried(ada.user.email, "pass", **home).status_code == 302
    for _ in range(21):
        tried(ada.user.email, **home)
    stopped = tried(ada.user.email, "pass", **home)
    assert (stopped.status_code, "Too many failed login attempts" in stopped.content.decode()) == (200, True)


COUNTED = """
import django; django.setup()
from django.core.cache import cache
print(cache.get("counted"), cache.add("counted", [2.5], 60), cache.add("other", True, 60), cache.delete("counted"))
"""


def test_all_web_processes_count_together_and_not_in_the_brokers_keys():
    cache.set("counted", [1.5, 0.25], 60)
    surroundings = workers.environ()
    command = [sys.executable, "-c", COUNTED]
    told = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[0] == "[1.5, 0.25] False True True"
    assert cache.get("counted", "gone") == "gone"
    assert cache.delete("other")


@pytest.fixture
def down(monkeypatch, settings):
    monkeypatch.setattr(counting, "asked_again", 0.0)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}}


def test_f02_a_broker_that_is_down_keeps_nobody_out_and_guesses_are_counted_all_the_same(ada, down):
    home = {"REMOTE_ADDR": "203.0.113.9"}
    assert tried(ada.user.email, "pass", **home).status_code == 302
    for _ in range(21):
        tried(ada.user.email, **home)
    assert "Too many failed login attempts" in tried(ada.user.email, "pass", **home).content.decode()
    assert counting.asked_again > time.monotonic()


def test_nothing_here_can_empty_the_broker():
    with pytest.raises(NotImplementedError):
        cache.clear()


def test_a_stranger_is_not_written_to_and_the_page_does_not_tell_who_is_one(client, ada):
    pages = [client.post("/accounts/password/reset/", {"email": to}) for to in ("no.one@example.org", ada.user.email)]
    assert [sent.to for sent in mail.outbox] == [[ada.user.email]]
    assert len({(page.status_code, page["Location"]) for page in pages}) == 1


def test_behind_a_proxy_each_client_counts_by_their_own_address():
    proxied = {"BEHIND_PROXY": "true", "DATABASE_URL": "postgres://somewhere/course", "SECRET_KEY": "of this test"}
    asked = "from django.conf import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)"
    command = [sys.executable, "-c", asked]
    told = subprocess.run(command, env=os.environ | proxied, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1"
