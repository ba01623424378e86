"""A team presents: it books and swaps, is scored on a phone whose network fails, and one member gets a different score."""

import contextlib
import re
from collections import namedtuple

import pytest

from .conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
TALKS = "/c/deep-learning/project/talks/mid-term-presentation/"
TEAM, OTHERS = "Gradient Ascent", "Convoluted"
Cast = namedtuple("Cast", "mina noor oscar priya")
EMAILS = Cast("mina.park", "noor.rahimi", "oscar.nilsson", "priya.nair")


@pytest.fixture
def cast(signed_in):
    """The four of one team, each in a browser context of their own."""
    with contextlib.ExitStack() as browsers:
        yield Cast(*(browsers.enter_context(signed_in(f"{login}@students.example")) for login in EMAILS))


@pytest.fixture
def phone(site, browser):
    """A TA's phone. Its network is taken away on purpose, so what the console says of that is no problem."""
    context = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "wang9881@umn.edu")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/c/deep-learning/")
    yield page
    context.close()


def test_a_team_books_is_scored_live_and_one_member_gets_a_different_score(cast, signed_in, phone):
    book(cast)
    swap(cast, signed_in)
    score(phone)
    with signed_in("jusun@umn.edu") as page:
        take_over_and_set_apart(page)
        release(page)
    for member, points in zip(cast, ("80", "80", "80", "61.5"), strict=True):
        member.goto("/c/deep-learning/grades/")
        row = member.locator("li", has_text="Mid-term presentation")
        assert row.get_by_text(f"{points} of 100").is_visible()
    cast.priya.get_by_role("link", name=re.compile("61.5 of 100")).click()
    assert "Joined two weeks before the talk" in cast.priya.inner_text("main")


def book(cast):
    cast.mina.goto(TALKS)
    cast.mina.get_by_role("button", name=re.compile("^Book 14:30")).first.click()
    for member in cast:
        member.goto(TALKS)
        assert f"Team {TEAM} presents" in member.inner_text("main")


def swap(cast, signed_in):
    """One member offers, one of the other team accepts, and everybody sees the new time."""
    before = cast.noor.locator(".card.own b").first.inner_text()
    cast.noor.get_by_role("button", name=f"Offer {OTHERS} to swap").click()
    cast.noor.wait_for_load_state()
    with signed_in("emeka.adeyemi@students.example") as page:
        page.goto(TALKS)
        page.get_by_role("button", name=f"Swap with {TEAM}").click()
        page.wait_for_selector(f"text=Swapped with team {TEAM}.")
    cast.oscar.goto(TALKS)
    assert cast.oscar.locator(".card.own b").first.inner_text() != before


def score(phone):
    phone.goto(TALKS)
    phone.click(f"text={TEAM}")
    talk = phone.url.rstrip("/").rsplit("/", 1)[1]
    phone.goto(f"{TALKS}live/{talk}/")
    assert phone.locator("h1").inner_text() == TEAM
    phone.fill("#points-1", "30")
    phone.wait_for_selector("[data-state]:has-text('✓ saved')")
    phone.context.set_offline(True)
    phone.fill("#points-2", "25")
    phone.fill("#comment-2", "Good pace.")
    phone.wait_for_selector("[data-state]:has-text('not saved yet')")
    phone.context.set_offline(False)
    phone.wait_for_selector("[data-state]:has-text('✓ saved')")
    phone.fill("#points-3", "99")
    phone.wait_for_selector("text=between 0 and 30 points")
    phone.fill("#points-3", "25")
    phone.wait_for_selector("[data-state]:has-text('✓ saved')")
    phone.reload()
    assert [phone.input_value(f"#points-{n}") for n in (1, 2, 3)] == ["30", "25", "25"]


def take_over_and_set_apart(page):
    page.goto(f"{TALKS}scores/")
    page.get_by_role("button", name="Take the chosen ones over").click()
    page.wait_for_selector("text=In the marks now: 1.")
    page.goto("/c/deep-learning/project/members/mid-term-presentation/")
    page.get_by_role("link", name=TEAM, exact=True).click()
    page.select_option("#member", label="Priya Nair")
    page.fill("#points", "61.5")
    page.fill("#reason", "Joined two weeks before the talk")
    page.get_by_role("button", name="Set apart").click()
    page.wait_for_selector("text=score is set apart from the team's")


def release(page):
    page.goto("/admin/grading/item/")
    page.locator("tr", has_text="Mid-term presentation").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("release", force=True)
    page.locator("#changelist-form").evaluate("form => form.submit()")
    page.get_by_role("button", name="Release to students").click()
    page.wait_for_selector("text=Released: 1.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_around_talks_hold_wcag_2_2_aa_and_fit_a_phone(signed_in, scheme):
    from axe_playwright_python.sync_playwright import Axe

    student = [TALKS, f"{TALKS}print/", f"{TALKS}1/", "/c/deep-learning/project/evaluation/proposal/",
               "/c/deep-learning/gallery/", "/c/deep-learning/gallery/ours/"]  # fmt: skip
    staff = [TALKS, f"{TALKS}open/", f"{TALKS}slots/1/", f"{TALKS}live/1/", f"{TALKS}scores/", f"{TALKS}1/",
             "/c/deep-learning/project/members/proposal/", "/c/deep-learning/project/members/proposal/1/"]  # fmt: skip
    for email, pages in (("amara.okafor@students.example", student), ("jusun@umn.edu", staff)):
        with signed_in(email, color_scheme=scheme, viewport={"width": 390, "height": 844}) as page:
            for path in pages:
                page.goto(path)
                found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
                assert found.violations_count == 0, (path, found.generate_report())
                assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
