"""The main line in a real browser, with the real worker: hand in, grade, release, export; figures worked out by hand."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from coursesite.embedded import paths
from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
ROOT = Path(__file__).parents[1]
PASSWORD = "deep-learning-demo"
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


@pytest.fixture(scope="module")
def site():
    """`manage.py up` with the demo course, as a person starts it."""
    data = Path(tempfile.mkdtemp(prefix="cs-e2e-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")} | {
        "COURSESITE_DATA": str(data)
    }
    log = (data / "up.log").open("w+")
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)], cwd=ROOT, env=environ, stdout=log, stderr=log
    )
    try:
        wait_for(data / "up.log", up)
        yield f"http://127.0.0.1:{port}"
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(90)
        here = os.environ.get("COURSESITE_DATA")
        os.environ["COURSESITE_DATA"] = str(data)
        shutil.rmtree(paths.services(), ignore_errors=True)
        if here:
            os.environ["COURSESITE_DATA"] = here
        shutil.rmtree(data, ignore_errors=True)


def wait_for(log, up):
    import time

    until = time.monotonic() + 120
    while "is ready at" not in log.read_text():
        assert up.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it to run the browser tests")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@contextlib.contextmanager
def signed_in(browser, site, email, **options):
    context = browser.new_context(base_url=site, **options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None)
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/c/deep-learning/")
    yield page
    assert problems == [], problems
    context.close()


def test_hand_in_grade_release_and_export(site, browser, tmp_path):
    (tmp_path / "work.pdf").write_bytes(samples.pdf("My solution"))
    (tmp_path / "work.ipynb").write_bytes(samples.notebook("print('hello')"))
    student, name = "xiao.lin@students.example", "Xiao Lin"
    with signed_in(browser, site, student) as page:
        page.goto("/c/deep-learning/homework/homework-3/")
        page.set_input_files("[name=file-written-part]", tmp_path / "work.pdf")
        page.set_input_files("[name=file-notebook]", tmp_path / "work.ipynb")
        for number in range(1, 5):
            page.check(f"[name=who-{number}][value=nobody]")
        page.click("text=Hand in Homework 3")
        page.wait_for_selector("text=is in")
        # The worker makes the previews while the page waits; htmx brings them in.
        page.wait_for_selector("summary >> text=1 page", timeout=90_000)
        page.click("summary >> text=1 page")
        assert page.locator(".pages img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500

    with signed_in(browser, site, "wang9881@umn.edu") as page:
        page.goto("/admin/grading/item/")
        page.locator("tr", has_text="Homework 3").get_by_role("link", name="Grade").click()
        page.click(f"a:has-text('{name}')")
        page.wait_for_url("**/desk/*-*/")
        page.wait_for_load_state("load")
        for number, points in enumerate(("20", "15", "10", "2.5"), 1):
            page.keyboard.press(str(number))
            page.keyboard.type(points)
            page.keyboard.press("Escape")
            assert page.input_value(f"[name=points-{number}]") == points
        page.keyboard.press("g")
        page.wait_for_selector(f"text={name}: saved.")

    with signed_in(browser, site, "jusun@umn.edu") as page:
        page.goto("/admin/grading/item/")
        page.locator("tr", has_text="Homework 3").get_by_role("checkbox").check()
        page.locator("select[name=action]").select_option("release", force=True)
        page.locator("#changelist-form").evaluate("form => form.submit()")
        page.wait_for_selector("text=Released: 1.")

    with signed_in(browser, site, student) as page:
        page.goto("/c/deep-learning/grades/")
        assert page.locator("li", has_text="Homework 3").get_by_text("47.5 of 100").is_visible()
        shown = page.locator(".figures .value").all_inner_texts()
        final = page.locator("tfoot td").inner_text()
        assert shown[1] == final

    with signed_in(browser, site, "jusun@umn.edu") as page:
        row = exported(page, name)
        assert "47.50,graded" in row


def exported(page, name):
    page.goto("/admin/grading/item/")
    with page.expect_download() as download:
        page.click("text=complete format")
    text = Path(download.value.path()).read_text()
    last, first = name.split()[-1], name.split()[0]
    return next(line for line in text.splitlines() if line.startswith(f'"{last}, {first}"'))


PAGES = ["", "schedule/", "people/", "about/", "homework/", "homework/homework-3/", "project/", "grades/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_hold_wcag_2_2_aa_and_fit_a_phone(site, browser, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with signed_in(
        browser, site, "amara.okafor@students.example", color_scheme=scheme, viewport={"width": 390, "height": 844}
    ) as page:
        for path in PAGES:
            page.goto(f"/c/deep-learning/{path}")
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0, (path, found.generate_report())
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_the_start_page_asks_to_sign_in_and_says_no_to_a_wrong_password(site, browser):
    page = browser.new_page(base_url=site)
    page.goto("/")
    page.fill("[name=login]", "amara.okafor@students.example")
    page.fill("[name=password]", "wrong")
    page.click("main button")
    assert re.search("not correct", page.inner_text("main"))
