"""The instructor moves a student of a proposal to another team: by mouse, and by keyboard; what is shown follows."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
FORMING = "/c/deep-learning/project/forming/"


def seats(page, team):
    return page.locator(f"[data-team='{team}'] [data-student]")


def of(page, team):
    return [seat.get_attribute("data-student") for seat in seats(page, team).all()]


def sizes(page):
    """What the page says: how many teams of which size."""
    said = page.get_by_text(re.compile(r"^\s*\d+ teams: ")).inner_text().split(".")[0]
    return {int(size): int(count) for count, size in re.findall(r"(\d+) of (\d+)", said)}


def counted(page):
    """What stands on it."""
    found = {}
    for team in page.locator("li.card[data-team]").all():
        size = team.locator("[data-student]").count()
        found[size] = found.get(size, 0) + 1
    return found


def test_a_student_of_a_proposal_is_moved_by_mouse_and_by_keyboard(signed_in):
    with signed_in("jusun@umn.edu", expected=[400]) as page:
        page.goto(FORMING)
        page.get_by_role("button", name="Compute a proposal").click()
        page.locator("#seat").wait_for(timeout=120_000)
        address, before = page.url, sizes(page)
        assert before == counted(page)
        student, there = of(page, 1)[0], of(page, 2)

        with page.expect_navigation():
            page.locator(f"[data-student='{student}']").drag_to(page.locator("#team-2 h3"))
        assert student not in of(page, 1)
        assert sorted(of(page, 2)) == sorted([*there, student])
        assert sizes(page) == counted(page) != before

        page.get_by_label("Move", exact=True).focus()
        page.get_by_label("Move", exact=True).select_option(student)
        page.keyboard.press("Tab")
        page.get_by_label("to", exact=True).select_option("1")
        page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert student in of(page, 1)
        assert (sorted(of(page, 2)), sizes(page)) == (sorted(there), before)

        page.goto(address)  # it is stored, not only shown
        assert student in of(page, 1)
        with page.expect_navigation():
            page.get_by_role("button", name="Discard").click()
        assert page.get_by_text("Nobody was moved.").is_visible()
