"""Handing in when something comes between: another tab, a closed one, a line that breaks or is slow, the deadline."""

import contextlib
import json
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from coursesite.files.tests import samples
from e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
PAGE = "/c/deep-learning/homework/homework-3/"
# Bytes a second; the long notebook takes half a minute then. A tab that is closed gives what the system has taken in
# already at once, so that with less of it the whole file would arrive.
SLOW = 400_000
# Of another set, so that the tests of this one are not concerned.
ENDS_SOON = """
from datetime import timedelta
from django.utils import timezone
from coursesite.handin.models import Assignment
row = Assignment.objects.get(slug="homework-4")
print(row.opens_at.isoformat(), row.due_at.isoformat(), row.grace_minutes)
row.opens_at, row.due_at = timezone.now() - timedelta(days=3), timezone.now() + timedelta(seconds=25)
row.grace_minutes = {grace}
row.save()
"""
AS_BEFORE = """
from coursesite.handin.models import Assignment
Assignment.objects.filter(slug="homework-4").update(opens_at="{0}", due_at="{1}", grace_minutes={2})
"""
TELL = """
import json
from coursesite.handin.models import Submission
rows = Submission.objects.filter(enrollment__user__email="{who}").order_by("number")
print(json.dumps([[r.number, r.is_current, [f.file.name for f in r.files.all()]] for r in rows]))
"""


@pytest.fixture(scope="module")
def students(newcomers):
    return newcomers("Tabea", "Clara", "Linus", "Slava", "Leon")


@pytest.fixture
def work(tmp_path):
    (tmp_path / "one.ipynb").write_bytes(samples.notebook("x = 1"))
    (tmp_path / "two.ipynb").write_bytes(samples.notebook("x = 2"))
    (tmp_path / "written.pdf").write_bytes(samples.pdf("One", "Two"))
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "long " * 2_400_000}
    (tmp_path / "long.ipynb").write_bytes(samples.notebook(cells=[cell]))
    return tmp_path


def filled(page, notebook, address=PAGE):
    page.goto(address)
    for number in (1, 2, 3, 4):
        page.check(f"[name=who-{number}][value=nobody]")
    page.set_input_files("[name=file-notebook]", notebook)
    return page


def slow(page):
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    line = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": SLOW}
    session.send("Network.emulateNetworkConditions", line)


def hand_in(page):
    page.click("button:has-text('Hand in Homework')")


def under_way(page, site):
    slow(page)
    hand_in(page)
    page.wait_for_selector(".sending [role=status]:has-text('% is sent')")
    until(lambda: incoming(site), page)


def incoming(site):
    return list((Path(site.environ["COURSESITE_DATA"]) / "incoming").glob("*"))


def until(holds, page):
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError


def versions(site, who):
    return json.loads(site.run("shell", "-c", TELL.format(who=who)).splitlines()[-1])


def test_two_tabs_with_different_files_make_two_versions_and_the_later_one_counts(signed_in, site, students, work):
    with signed_in(students["Tabea"]) as first:
        second = first.context.new_page()
        filled(first, work / "one.ipynb")
        filled(second, work / "two.ipynb")
        second.set_input_files("[name=file-written-part]", work / "written.pdf")
        for tab, number in ((first, 1), (second, 2)):
            hand_in(tab)
            tab.wait_for_selector(f"h1:has-text('version {number} is in')")
            tab.wait_for_selector("text=✓ This version counts")
        first.reload()
        first.wait_for_selector("text=Another version counts")
        assert versions(site, students["Tabea"]) == [
            [1, False, ["one.ipynb"]],
            [2, True, ["written.pdf", "two.ipynb"]],
        ]
        first.click("text=Let this version count instead")
        first.wait_for_selector("text=✓ This version counts")


def test_a_tab_that_is_closed_while_it_sends_leaves_nothing_behind(signed_in, site, students, work):
    with signed_in(students["Clara"]) as page:
        tab = filled(page.context.new_page(), work / "long.ipynb")
        under_way(tab, site)
        tab.close()
        until(lambda: not incoming(site), page)
        assert versions(site, students["Clara"]) == []


class Line:
    """Between the browser and the site, byte for byte; breaks after so many bytes of each connection, unless 0."""

    def __init__(self, site):
        self.there, self.breaks_after, self.broke = urlsplit(site.url).port, 0, False
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.there))
            for source, target, up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.carry, args=(source, target, up), daemon=True).start()

    def carry(self, source, target, up):
        came = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                came += len(data)
                target.sendall(data)
                if up and self.breaks_after and came > self.breaks_after:
                    self.broke = True
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def broken_line(site):
    made = Line(site)
    yield made
    made.door.close()


def test_a_line_that_breaks_while_it_sends_leaves_nothing_behind_and_the_same_form_works_again(
    browser, site, students, work, broken_line
):
    context = browser.new_context(base_url=broken_line.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", students["Linus"])
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/c/deep-learning/")
    filled(page, work / "long.ipynb")
    broken_line.breaks_after = 3_000_000
    hand_in(page)
    page.wait_for_selector(".sending [role=status]:has-text('Your files are still chosen')")
    assert broken_line.broke
    until(lambda: not incoming(site), page)
    assert versions(site, students["Linus"]) == []
    broken_line.breaks_after = 0
    hand_in(page)
    page.wait_for_selector("h1:has-text('version 1 is in')", timeout=60_000)
    assert versions(site, students["Linus"]) == [[1, True, ["long.ipynb"]]]
    assert incoming(site) == []
    context.close()


def test_who_leaves_with_files_chosen_and_not_sent_is_asked_and_who_has_sent_them_is_not(signed_in, students, work):
    with signed_in(students["Leon"]) as page:
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.goto(PAGE)
        page.click("h1")  # browsers ask only those who did something on the page
        filled(page, work / "one.ipynb")
        page.click(".side >> text=Grades", no_wait_after=True)
        until(lambda: asked, page)
        assert (asked, page.url.endswith(PAGE)) == (["beforeunload"], True)
        hand_in(page)
        page.wait_for_selector("h1:has-text('version 1 is in')")
        page.click(".side >> text=Grades")
        page.wait_for_url("**/grades/")
        assert asked == ["beforeunload"]


@pytest.fixture
def ends_soon(site):
    """Homework 4 is due in some seconds, with so many minutes of grace; afterwards as before."""
    before = []

    def end(grace):
        before[:] = before or site.run("shell", "-c", ENDS_SOON.format(grace=grace)).splitlines()[-1].split()

    yield end
    site.run("shell", "-c", AS_BEFORE.format(*before))


@pytest.mark.parametrize("grace", [0, 5])
def test_the_deadline_passes_while_a_slow_line_sends(signed_in, site, students, work, ends_soon, grace):
    """At 23:58 on a phone: the way is in view, and both instants are told, with the receipt or with the refusal."""
    address = PAGE.replace("homework-3", "homework-4")
    with signed_in(students["Slava"], expected=[400], viewport={"width": 390, "height": 844}) as page:
        ends_soon(grace)
        filled(page, work / "long.ipynb", address)
        assert ("minutes" if grace else "seconds") + " are left" in page.locator("[data-left]").inner_text()
        under_way(page, site)
        status, nav = page.locator(".sending [role=status]").bounding_box(), page.locator(".side").bounding_box()
        assert status["y"] + status["height"] < nav["y"], "not behind the navigation"
        if grace:
            page.wait_for_selector("h1:has-text('version 1 is in')", timeout=60_000)
            page.wait_for_selector("text=✓ On time")
            began, arrived = (page.locator(f"dt:has-text('{name}') + dd").inner_text() for name in ("Began", "Arrived"))
            assert began != arrived.removesuffix(" (this instant counts)")
        else:
            page.wait_for_selector(".errors >> text=It passed while your files were on their way", timeout=60_000)
            assert versions(site, students["Slava"]) == []
