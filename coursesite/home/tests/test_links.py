"""Every link that a page of the admin shows leads somewhere for whoever is shown it; none leads into another course."""

import re
from collections import Counter
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from coursesite.home.tests.test_access import ids, people  # noqa: F401

pytestmark = pytest.mark.django_db
LINK = re.compile(r'\s(?:href|src)="([^"#]+)')
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
OF_EACH = 3  # of pages that differ in a key alone
ELSEWHERE = ("/static/", "/accounts/", "/look/", "/media/")
# Downloads and acts; nothing to go on from.
LEAVES = re.compile(r"\.(csv|xlsx|zip|yaml|png|txt)$|/desk/next/|/skip/$|/refer/$|/logout/")


def reached(client, start="/admin/"):
    """Each address that is reached by following links from there, once for each path, with its status and where it stood."""
    found, waiting, kinds = {}, [(start, "")], Counter()
    while waiting:
        address, seen_on = waiting.pop()
        path = urlsplit(address).path
        kind = KEY.sub("N", path)
        if path in found or kinds[kind] == OF_EACH:
            continue
        kinds[kind] += 1
        answer = client.get(address, follow=True)
        found[path] = (answer.status_code, seen_on)
        if answer.streaming or LEAVES.search(path) or not path.startswith("/admin/"):
            continue
        for link in LINK.findall(answer.content.decode(errors="replace")):
            there = urljoin(address, unescape(link))
            parts = urlsplit(there)
            if parts.netloc or parts.scheme or parts.path.startswith(ELSEWHERE) or LEAVES.search(parts.path):
                continue
            waiting.append((there, path))
    return found


@pytest.mark.parametrize("who", ["ta", "instructor"])
def test_every_link_in_the_admin_leads_somewhere(client, people, ids, who):  # noqa: F811
    client.force_login(people[who])
    found = reached(client)
    broken = {path: told for path, told in found.items() if told[0] not in (200, 405)}
    assert broken == {}
    assert len(found) > 60
    assert {"/admin/grading/item/", "/admin/roster/enrollment/"} <= set(found)


def test_who_may_not_open_an_account_reads_the_name_without_a_link(client, people, ada):  # noqa: F811
    page, account = f"/admin/roster/enrollment/{ada.pk}/change/", f"/admin/roster/user/{ada.user_id}/change/"
    for who, linked in (("ta", False), ("instructor", False), ("admin", True)):
        client.force_login(people[who])
        told = client.get(page).content.decode()
        assert "Ada Lovelace" in told
        assert (f'href="{account}"' in told) == linked
        assert client.get(account).status_code == (200 if linked else 403)
        assert 'href="/admin/roster/course/1/change/"' in told
