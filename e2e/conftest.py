"""The application as a person starts it, and a real browser."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from coursesite.embedded import paths

ROOT = Path(__file__).parents[1]
PASSWORD = "deep-learning-demo"
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


@dataclass(frozen=True)
class Site:
    """A running `manage.py up`; `run` gives a command that works on the same data."""

    url: str
    environ: dict[str, str]

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="package")
def site():
    """`manage.py up` with the demo course."""
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
        yield Site(f"http://127.0.0.1:{port}", environ)
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
    until = time.monotonic() + 300  # a machine that is busy takes longer
    while "is ready at" not in log.read_text():
        assert up.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)


SET_PASSWORDS = """
from django.contrib.auth.hashers import make_password
from coursesite.roster.models import User
User.objects.filter(email__endswith="@example.edu").update(password=make_password("deep-learning-demo"))
"""


@pytest.fixture(scope="package")
def newcomers(site, tmp_path_factory):
    """Students by name who have handed nothing in yet, with their addresses."""

    def enrol(*names):
        people = {name: f"{name.lower()}@example.edu" for name in names}
        roster = tmp_path_factory.mktemp("roster") / "roster.csv"
        lines = [f'"Newcomer, {name}",,,{mail},On-campus' for name, mail in people.items()]
        roster.write_text("\n".join(["Student,ID,SIS User ID,SIS Login ID,Section", *lines]) + "\n")
        site.run("import_roster", "deep-learning", str(roster))
        site.run("shell", "-c", SET_PASSWORDS)
        return people

    return enrol


@pytest.fixture(scope="module")
def browser():
    """Not for longer: its event loop keeps Django from the database in this thread."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it to run the browser tests")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def signed_in(site, browser):
    """A page of somebody who has signed in; whatever the browser complains about fails the test at its end."""

    @contextlib.contextmanager
    def enter(email, home="deep-learning", expected=(), **options):
        context = browser.new_context(base_url=site.url, **options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        problems = []

        def known(text):
            return any(f"status of {status}" in text for status in expected)

        page.on(
            "console",
            lambda told: problems.append(told.text) if told.type == "error" and not known(told.text) else None,
        )
        page.on("pageerror", lambda told: problems.append(str(told)))
        page.on(
            "response",
            lambda answer: (
                problems.append(answer.url) if answer.status >= 400 and answer.status not in expected else None
            ),
        )
        page.goto("/accounts/login/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"**/c/{home}/")
        yield page
        assert problems == [], problems
        context.close()

    return enter
