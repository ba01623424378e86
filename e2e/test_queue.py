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


def saved(page, points):
    page.locator("input[name=points-4]").fill(points)
    page.locator("input[name=points-4]").press("Enter")


def test_the_second_who_saves_the_same_mark_sees_both_and_chooses(signed_in):
    with signed_in(FIRST) as one, signed_in(SECOND, expected=[409]) as two:
        one.goto("/admin/grading/item/")
        one.goto(f"{desk_of(one, 'Homework 2')}4/")
        two.goto(one.url)
        before = one.url
        saved(one, "7")
        one.wait_for_function("before => location.href !== before", arg=before)
        one.wait_for_function("document.getElementById('said').textContent.endsWith('saved.')")
        saved(two, "9")
        two.get_by_text("Theirs: 7").wait_for()
        assert two.locator("#total-4").inner_text() == "9"
        two.get_by_role("button", name="Put yours in its place").click()
        two.wait_for_function("document.getElementById('said').textContent.endsWith('saved.')")
        one.goto(before)
        assert one.locator("input[name=points-4]").input_value() == "9"
        assert "Yash Travadi" in one.locator(".total").inner_text()
        one.goto("/admin/")
        two.goto("/admin/")


def test_what_was_refused_is_saved_once_it_is_put_right(signed_in):
    with signed_in(FIRST, expected=[409]) as page:
        page.goto("/admin/grading/item/")
        page.goto(f"{desk_of(page, 'Homework 2')}4/")
        before = page.url
        saved(page, "much")
        page.get_by_text("Points are a number").wait_for()
        assert page.url == before
        saved(page, "8")
        page.wait_for_function("before => location.href !== before", arg=before)
        page.wait_for_function("document.getElementById('said').textContent.endsWith('saved.')")
        page.goto(before)
        assert page.locator("input[name=points-4]").input_value() == "8"
        page.goto("/admin/")


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
