"""What if: a student types scores into open items and the figures follow, with script and without."""

import re

import pytest

from e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
STUDENT = "amara.okafor@students.example"
PAGE = "/c/deep-learning/grades/what-if/"


def figures(page):
    """Final, so far and reachable, as the page tells them."""
    told = page.locator("#outcome .figures .value").all_inner_texts()
    return [float(re.sub(r"[^\d.]", "", text)) for text in told]


def until_they_move(page, before):
    for _ in range(100):
        if figures(page) != before:
            return figures(page)
        page.wait_for_timeout(50)
    raise AssertionError(before)


def test_figures_follow_while_scores_are_typed_and_the_address_keeps_them(signed_in):
    with signed_in(STUDENT) as page:
        page.goto(PAGE)
        assert page.locator(".guesses .field label").last.inner_text() != ""
        before, report = figures(page), page.get_by_label("Final report", exact=True)
        report.press_sequentially("80")
        typed = until_they_move(page, before)
        assert typed[0] == pytest.approx(before[0] + 20), "a quarter of 80"
        assert typed[2] == pytest.approx(before[2] - 5), "a quarter of the 20 that are lost"
        page.wait_for_selector("#outcome .figures >> text=now ")
        report.fill("80,5")
        assert until_they_move(page, typed)[0] == pytest.approx(before[0] + 20.13, abs=0.01)
        report.fill("much")
        page.wait_for_selector("#outcome [role=alert] >> text=Points are a number")
        assert figures(page) == before, "what can't be read is not counted"
        beside = page.locator(f"#{report.get_attribute('aria-describedby')}")
        assert beside.inner_text() == "Points are a number, like 85 or 7.5."
        report.fill("100")
        full = until_they_move(page, before)
        assert beside.inner_text() == ""
        page.select_option("#others", "full")
        page.wait_for_selector("#outcome >> text=else that is open brings full points")
        report.press("Enter")
        assert "others=full" in page.url
        page.reload()
        assert (report.input_value(), figures(page)) == ("100", full)
        page.click("text=Empty all fields")
        page.wait_for_url(f"**{PAGE}")
        assert (report.input_value(), figures(page)) == ("", before)


def test_without_script_a_button_works_it_out_and_mistakes_stand_beside_their_fields(browser, site):
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", STUDENT)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.goto(PAGE)
    before, report = figures(page), page.get_by_label("Final report", exact=True)
    report.fill("80")
    page.click("text=Work it out")
    assert figures(page)[0] == pytest.approx(before[0] + 20)
    report.fill("-1")
    page.click("text=Work it out")
    assert report.get_attribute("aria-invalid") == "true"
    assert page.inner_text(".guesses .bad:not(:empty)") == "Points can't be below zero."
    assert (report.input_value(), figures(page)) == ("-1", before)
    context.close()
