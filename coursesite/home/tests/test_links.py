"""Every link that a page of the admin shows leads somewhere for whoever is shown it; none leads into another course."""

import re
from collections import Counter
from decimal import Decimal
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from coursesite.home.tests.test_access import ids, people  # noqa: F401
from grading.services import arranging, marking, rubrics
from grading.services.arranging import Plan
from grading.services.marking import Given
from grading.tests.test_nameless import students, works  # noqa: F401

# ruff: noqa: F811 (fixtures of other tests)
pytestmark = pytest.mark.django_db
LINK = re.compile(r'\s(?:href|src)="([^"#]+)')
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
OF_EACH = 3  # of pages that differ in a key alone
ELSEWHERE = ("/static/", "/accounts/", "/look/", "/media/")
# Downloads and acts; nothing to go on from.
LEAVES = re.compile(r"\.(csv|xlsx|zip|yaml|png|txt)$|/desk/next/|/skip/$|/refer/$|/logout/")


def reached(client, *starts, within=("/admin/",)):
    """Each address that is reached by following links from there, once for each path, with its status, where it stood,
    and what it says."""
    found, waiting, kinds = {}, [(start, "") for start in starts], Counter()
    while waiting:
        address, seen_on = waiting.pop()
        path = urlsplit(address).path
        kind = KEY.sub("N", path)
        if path in found or kinds[kind] == OF_EACH:
            continue
        kinds[kind] += 1
        answer = client.get(address, follow=True)
        body = "" if answer.streaming else answer.content.decode(errors="replace")
        found[path] = (answer.status_code, seen_on, body)
        for link in LINK.findall(body) if path.startswith(within) else ():
            there = urljoin(address, unescape(link))
            parts = urlsplit(there)
            if parts.netloc or parts.scheme or parts.path.startswith(ELSEWHERE) or LEAVES.search(parts.path):
                continue
            waiting.append((there, path))
    return found


@pytest.mark.parametrize("who", ["ta", "instructor"])
def test_every_link_in_the_admin_leads_somewhere(client, people, ids, who):
    client.force_login(people[who])
    found = reached(client, "/admin/")
    broken = {path: told[:2] for path, told in found.items() if told[0] not in (200, 405)}
    assert broken == {}
    assert len(found) > 60
    assert {"/admin/grading/item/", "/admin/roster/enrollment/"} <= set(found)


def test_who_may_not_open_an_account_reads_the_name_without_a_link(client, people, ada):
    page, account = f"/admin/roster/enrollment/{ada.pk}/change/", f"/admin/roster/user/{ada.user_id}/change/"
    for who, linked in (("ta", False), ("instructor", False), ("admin", True)):
        client.force_login(people[who])
        told = client.get(page).content.decode()
        assert "Ada Lovelace" in told
        assert (f'href="{account}"' in told) == linked
        assert client.get(account).status_code == (200 if linked else 403)
        assert f'href="/admin/roster/course/{ada.course_id}/change/"' in told


@pytest.fixture
def applied(homework, works, tom):
    """Two of three works have an item of the rubric."""
    line = rubrics.add_item(problem=homework.problems.get(number=1), by=tom.user, text="Wrong sign", points=Decimal(2))
    for work in works[:2]:
        version = work.marks.get(problem__number=1).version
        marking.mark(submission=work, grader=tom.user, given=[Given(1, items=frozenset({line.pk}), version=version)])
    return line


def betraying(client, works, *starts):
    """Pages that name a student beside the key of a work, or beside the word by which the desk calls it."""
    keys = [str(work.pk) for work in works]
    words = [*keys, *(f"Work {key[:6].upper()}" for key in keys)]
    names = [work.enrollment.user.name for work in works]
    found = reached(client, "/admin/", "/c/deep-learning/", *starts, within=("/admin/", "/c/", "/submissions/"))
    told = {path: body for path, (_, _, body) in found.items() if any(name in body for name in names)}
    return {path for path, body in told.items() if any(word in body for word in words)}


def test_graded_without_names_no_page_that_links_lead_to_names_a_student_beside_the_work(
    client,
    homework,
    works,
    applied,
    tom,
    ines,
):
    client.force_login(tom.user)
    who = f"/admin/grading/item/{homework.item.pk}/rubric/items/{applied.pk}/"
    assert who in betraying(client, works, who)
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(anonymous=True, second_percent=50))
    assert betraying(client, works, who) == set()
    assert f"Work {str(works[0].pk)[:6].upper()}" in client.get(who).content.decode()


def test_who_got_an_item_lists_what_this_grader_may_open(client, homework, works, applied, tom, ines):
    problems = list(homework.problems.values_list("pk", flat=True))
    who = f"/admin/grading/item/{homework.item.pk}/rubric/items/{applied.pk}/"
    client.force_login(tom.user)
    assert "2 marks." in client.get(who).content.decode()
    plan = {"split": "share", "only": True, "weights": {ines.user_id: 1}}
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(**plan))
    assert "Nobody yet." in client.get(who).content.decode()
    plan = {"split": "problem", "only": True, "problems": {tom.user_id: problems[1:], ines.user_id: problems[:1]}}
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(**plan))
    assert client.get(who).status_code == 404
    client.force_login(ines.user)
    assert "2 marks." in client.get(who).content.decode()
