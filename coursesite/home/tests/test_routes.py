"""A01: every route of ours is on this table; a new one that is not fails here. Outsiders find nothing behind any."""

from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

pytestmark = pytest.mark.django_db
COURSE = {"slug": "deep-learning"}
WORK = {"submission": uuid4(), "used": 1}
PUBLIC = {
    "healthz": {},
    "accent": {"colour": "7a0019"},
    "verify:page": {},
    "verify:key": {},
    "talks:feed": {"token": "1:x", "scope": "own"},
}
SIGNED_IN = {"home:index": {}, "api:courses": {}, "api:page": {}, "api:schema": {}}
MEMBERS = {
    "home:course": COURSE,
    "schedule:schedule": COURSE,
    "schedule:people": COURSE,
    "schedule:about": COURSE,
    "extensions:ask": COURSE | {"assignment": "homework-1"},
    "handouts:download": COURSE | {"handout": 1},
    "homework:list": COURSE,
    "homework:classmates": COURSE | {"homework": "homework-1"},
    "homework:detail": COURSE | {"homework": "homework-1"},
    "projects:index": COURSE,
    "projects:board": COURSE,
    "projects:interests": COURSE,
    "projects:new_idea": COURSE,
    "projects:idea": COURSE | {"idea": 1},
    "projects:change_idea": COURSE | {"idea": 1},
    "projects:overview": COURSE,
    "projects:forming": COURSE,
    "projects:formation": COURSE | {"formation": 1},
    "projects:milestone": COURSE | {"milestone": "proposal"},
    "talks:timetable": COURSE | {"milestone": "proposal"},
    "talks:print": COURSE | {"milestone": "proposal"},
    "talks:open": COURSE | {"milestone": "proposal"},
    "talks:slot": COURSE | {"milestone": "proposal", "slot": 1},
    "live:now": COURSE | {"milestone": "proposal"},
    "live:score": COURSE | {"milestone": "proposal", "talk": 1},
    "live:overview": COURSE | {"milestone": "proposal"},
    "evaluations:show": COURSE | {"milestone": "proposal"},
    "apart:teams": COURSE | {"milestone": "proposal"},
    "apart:team": COURSE | {"milestone": "proposal", "team": 1},
    "gallery:index": COURSE,
    "gallery:ours": COURSE,
    "gallery:detail": COURSE | {"publication": 1},
    "gallery:download": COURSE | {"publication": 1, "file": 1},
    "gallery:image": COURSE | {"publication": 1, "file": 1, "page": 1},
    "talks:talk": COURSE | {"milestone": "proposal", "talk": 1},
    "grading:grades": COURSE,
    "grading:what_if": COURSE,
    "grading:arithmetic": COURSE,
    "grading:feedback": COURSE | {"item": 1},
    "grading:regrade": COURSE | {"item": 1, "problem": 1},
    "gradebook:table": COURSE,
    "gradebook:figures": COURSE,
    "gradebook:changes": COURSE,
    "gradebook:column": COURSE | {"item": 1},
    "gradebook:moment": COURSE,
    "gradebook:student": COURSE | {"student": 1},
    "grading:report": COURSE,
    "gradebook:statistics": COURSE,
    "grading:statistics": COURSE,
    "gradebook:cell": COURSE | {"student": 1, "item": 1},
    "final:final": COURSE,
    "final:letters": COURSE,
    "final:print": COURSE,
    "numbers:overview": COURSE,
    "numbers:upload": COURSE,
    "numbers:import": COURSE | {"pending": uuid4()},
    "numbers:download": COURSE | {"form": "canvas", "ending": "csv"},
    "handin:receipt": {"submission": WORK["submission"]},
    "handin:withdraw": {"submission": WORK["submission"]},
    "handin:choose": {"submission": WORK["submission"]},
    "handin:receipt_text": {"submission": WORK["submission"]},
    "handin:tags": {"submission": WORK["submission"]},
    "handin:card": WORK,
    "handin:turn": WORK,
    "handin:scan": {"submission": WORK["submission"], "scan": 1},
    "handin:download": WORK,
    "handin:page": WORK | {"page": 1},
    "handin:notebook": WORK,
    "api:schedule": COURSE,
    "api:homework": COURSE,
    "api:hand_in": COURSE | {"homework": "homework-1"},
    "api:submissions": COURSE,
    "api:tags": COURSE | {"submission": uuid4()},
    "api:late_days": COURSE,
    "api:grades": COURSE,
    "api:scores": COURSE,
    "api:release": COURSE,
    "api:export": COURSE | {"form": "canvas"},
}
TABLE = PUBLIC | SIGNED_IN | MEMBERS
METHODS = ("get", "post", "put", "patch", "delete")


def routes(resolver, prefix=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}"


def test_a01_every_route_is_on_the_table():
    of_libraries = ("admin:", "account_")
    ours = {name for name in routes(get_resolver()) if not name.startswith(of_libraries) and name != "None"}
    assert ours == set(TABLE)


def test_a01_nobody_gets_in_without_signing_in(client, course):
    for name in SIGNED_IN | MEMBERS:
        for method in METHODS:
            answer = getattr(client, method)(reverse(name, kwargs=TABLE[name]))
            assert answer.status_code in (302, 401, 403), (name, method)
            if answer.status_code == 302:
                assert answer["Location"].startswith("/accounts/login/"), (name, method)


def test_a02_an_outsider_finds_nothing_behind_any_route(client, other):
    client.force_login(other["student"].user)
    for name in MEMBERS:
        for method in METHODS:
            answer = getattr(client, method)(reverse(name, kwargs=TABLE[name]))
            allowed = (404,) if method == "get" and name not in POST_ONLY else (404, 405)
            assert answer.status_code in allowed, (name, method)


POST_ONLY = {"api:hand_in", "api:release", "handin:choose", "handin:turn", "handin:withdraw"}
