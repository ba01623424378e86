"""Two graders at once on one problem: each grades by keyboard, and they never meet at the same work."""

import re
import time

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
FIRST, SECOND = "wang9881@umn.edu", "trava029@umn.edu"
WORK = re.compile(r"/desk/2/([0-9a-f-]{36})/$")
TURNS = 3


def open_of(page):
    """The work that this page shows."""
    return WORK.search(page.url).group(1)


def desk_of(page, title):
    row = page.locator("#result_list tr").filter(has=page.get_by_role("link", name=title, exact=True))
    return row.get_by_role("link", name="Grade").get_attribute("href")


def begin(page, title="Homework 2"):
    page.goto("/admin/grading/item/")
    page.goto(desk_of(page, title))
    page.get_by_role("link", name="Grade problem 2").click()
    page.wait_for_url(WORK)
    page.wait_for_selector("#marks")


def give_full_marks(page):
    page.keyboard.press("m")
    page.keyboard.press("g")


def test_two_graders_at_once_never_meet_at_the_same_work(site, signed_in):
    graded = {FIRST: [], SECOND: []}
    with signed_in(FIRST) as one, signed_in(SECOND) as two:
        pages = {FIRST: one, SECOND: two}
        for page in pages.values():
            begin(page)
        for _ in range(TURNS):
            shown = {email: open_of(page) for email, page in pages.items()}
            assert shown[FIRST] != shown[SECOND]
            for email, page in pages.items():
                graded[email].append(shown[email])
                give_full_marks(page)
            for email, page in pages.items():
                page.wait_for_function("before => !location.pathname.includes(before)", arg=shown[email])
        assert len(set(graded[FIRST] + graded[SECOND])) == 2 * TURNS

        # Who opens what the other has open is told so, and a page that is left lets it go.
        held = open_of(one)
        two.goto(one.url)
        assert two.locator("#claim-said").inner_text().startswith("Hengkang Wang has this open")
        one.goto("/admin/")
        until = time.monotonic() + 10
        two.reload()
        while two.locator("#claim-said").inner_text() and time.monotonic() < until:
            two.reload()
        assert open_of(two) == held
        assert two.locator("#claim-said").inner_text() == ""
        two.goto("/admin/")


def begin_and_fetch(page):
    """The work that is opened, and the one that its page fetches ahead."""
    with page.expect_response(lambda answer: "/desk/2/?after=" in answer.url) as ahead:
        begin(page)
    page.wait_for_function("performance.getEntriesByType('resource').some((one) => one.name.includes('?after='))")
    return open_of(page), WORK.search(ahead.value.headers["location"]).group(1)


def test_what_was_fetched_ahead_is_free_with_the_page_that_is_left(signed_in):
    with signed_in(FIRST) as one, signed_in(SECOND) as two:
        held = begin_and_fetch(one)
        one.goto("/admin/")
        until = time.monotonic() + 10
        while (found := begin_and_fetch(two)) != held and time.monotonic() < until:
            pass  # the word that a page is left arrives on its own
        two.goto("/admin/")
        assert found == held


def test_skip_goes_on_and_hand_on_reaches_the_colleague_first(signed_in):
    with signed_in(FIRST) as page:
        begin(page)
        skipped = open_of(page)
        page.keyboard.press("s")
        page.wait_for_function("before => !location.pathname.includes(before)", arg=skipped)
        handed = open_of(page)
        page.get_by_text("Hand on or flag").click()
        page.locator("#claim select[name=to]").select_option(label="Yash Travadi")
        page.locator("#claim textarea").fill("You know this proof.")
        page.get_by_role("button", name="Hand on, and go to the next").click()
        page.wait_for_function("before => !location.pathname.includes(before)", arg=handed)
    with signed_in(SECOND) as page:
        begin(page)
        assert open_of(page) == handed
        assert page.get_by_text("You know this proof.").is_visible()


def test_pages_of_many_graders_hold_wcag_2_2_aa(signed_in):
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with signed_in("jusun@umn.edu", color_scheme=scheme) as page:
            page.goto("/admin/grading/item/")
            desk = desk_of(page, "Homework 1")
            page.goto("/admin/grading/regrade/")
            one = page.locator("#result_list a, table a[href*='/regrade/']").first.get_attribute("href")
            for path in (desk, f"{desk}arrange/", f"{desk}agreement/", "/admin/grading/regrade/statistics/", one):
                page.goto(path)
                found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
                assert found.violations_count == 0, (path, scheme, found.generate_report())
