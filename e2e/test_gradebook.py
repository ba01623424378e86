"""The gradebook in a browser: keys, a pasted column, two people at one cell, history on a click; by axe in both themes."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
BOOK, INSTRUCTOR, TA = "/c/deep-learning/gradebook/", "jusun@umn.edu", "trava029@umn.edu"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
FOCUSED = "document.activeElement.closest('td')?.dataset.c"
PASTE = """text => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def column(page, title):
    """Its cells' links, from the top."""
    item = page.locator("#book thead th", has_text=title).first.get_attribute("data-item")
    return page.locator(f"#book tbody td[data-c] a[href$='/{item}/']")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_cells_are_edited_by_keyboard(signed_in):
    with signed_in(INSTRUCTOR) as page:
        page.goto(BOOK)
        column(page, "Homework 5").first.focus()
        press(
            page, "ArrowDown", "ArrowRight", "ArrowUp", "Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"
        )
        assert page.evaluate(FOCUSED) == "u"
        press(page, "Enter")
        page.keyboard.type("81,5")
        press(page, "Escape")
        assert page.evaluate(FOCUSED) == "u", "nothing is saved, and the cell has the focus again"

        press(page, "8")
        page.keyboard.type("1,5")
        press(page, "Enter")
        page.keyboard.type("Oral exam")
        press(page, "Enter")
        page.wait_for_selector("#book tbody tr:first-child td[data-c=gh81\\.5]")
        press(page, "x")
        press(page, "Enter")
        page.wait_for_selector("#book tbody tr:nth-child(2) td[data-c=xh]")
        assert column(page, "Homework 5").nth(1).inner_text() == "EX by hand", "readable without colour"
        page.wait_for_selector("#book .wait", state="detached", timeout=40_000)
        page.reload()
        assert [link.inner_text() for link in column(page, "Homework 5").all()[:2]] == ["81.5 by hand", "EX by hand"]

        press(page, "Tab")
        column(page, "Homework 5").first.focus()
        press(page, "Delete", "Enter")
        page.wait_for_selector(".editor [role=alert] >> visible=true", state="hidden")
        page.keyboard.type("Was another's")
        press(page, "Enter")
        page.wait_for_selector("#book tbody tr:first-child td[data-c=gh81\\.5]", state="detached")


def test_a_mistake_is_told_beside_the_cell(signed_in):
    with signed_in(INSTRUCTOR, expected=[400]) as page:
        page.goto(BOOK)
        column(page, "Homework 5").nth(4).focus()
        press(page, "Enter")
        page.keyboard.type("A-")
        press(page, "Enter")
        page.keyboard.type("Oral")
        press(page, "Enter")
        page.wait_for_selector(".editor [role=alert]:has-text('is no score')")
        press(page, "Escape")
        assert page.locator(".editor").count() == 0


def test_a_column_is_pasted_after_a_look_at_it(signed_in):
    with signed_in(INSTRUCTOR) as page:
        page.goto(BOOK)
        column(page, "Homework 6").nth(2).focus()
        page.evaluate(PASTE, "70\n\n71,5\nA\nx\n")
        page.wait_for_selector("h1:has-text('3 cells would change')")
        assert "“A” is no score" in page.inner_text(".refused")
        page.fill("[name=reason]", "From the exam sheet")
        page.click("text=Save 3 changes")
        page.wait_for_selector("text=3 changed")
        found = [link.inner_text() for link in column(page, "Homework 6").all()[2:7]]
        assert found == ["70 by hand", found[1], "71.5 by hand", found[3], "EX by hand"]
        assert {found[1], found[3]} <= {"open", "▸ to grade"}


def test_the_second_of_two_sees_both_values_and_chooses(signed_in, browser):
    with signed_in(INSTRUCTOR, expected=[409]) as page, signed_in(INSTRUCTOR) as other:
        for one in (page, other):
            one.goto(BOOK)
            column(one, "Homework 6").nth(8).focus()
        for one, value in ((other, "55"), (page, "66")):
            press(one, "Enter")
            one.keyboard.type(value)
            press(one, "Enter")
            one.keyboard.type("Oral")
            press(one, "Enter")
            if one is other:
                one.wait_for_selector("#book tbody tr:nth-child(9) td[data-c=gh55]")
        page.wait_for_selector(".editor button:has-text('Keep 55')")
        assert "it is 55 now" in page.inner_text(".editor [role=alert]")
        page.click(".editor button:has-text('Save 66')")
        page.wait_for_selector("#book tbody tr:nth-child(9) td[data-c=gh66]")


def test_history_opens_on_a_click(signed_in):
    with signed_in(TA) as page:
        page.goto(BOOK)
        column(page, "Homework 1").first.click()
        page.wait_for_selector("#drawer h2:has-text('History')")
        assert page.locator("#drawer .steps li").count() >= 1
        assert page.locator("#drawer [name=value]").count() == 0, "a TA reads"
        press(page, "Escape")
        assert page.locator("#drawer").is_hidden()


def test_sorting_and_searching_ask_the_server(signed_in):
    with signed_in(INSTRUCTOR) as page:
        page.goto(BOOK)
        page.click("#book thead a:text-is('Homework 1')")
        page.wait_for_selector("#book th[aria-sort=descending]:has-text('Homework 1')")
        points = [float(text) for text in (link.inner_text() for link in column(page, "Homework 1").all()[:5])]
        assert points == sorted(points, reverse=True)
        page.fill("[name=q]", "okafor")
        page.wait_for_selector("#book tbody tr:only-child")
        assert "q=okafor" in page.url
        page.go_back()
        page.wait_for_selector("#book tbody tr:nth-child(20)")


def test_it_can_be_read_without_script(signed_in):
    with signed_in(INSTRUCTOR, java_script_enabled=False) as page:
        page.goto(BOOK)
        column(page, "Homework 4").first.click()
        page.fill("[name=value]", "90")
        page.fill("[name=reason]", "On paper")
        page.click("text=Save")
        assert "“On paper”" in page.inner_text(".steps")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_hold_wcag_2_2_aa(signed_in, scheme):
    from axe_playwright_python.sync_playwright import Axe

    def holds(page, what):
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, (what, found.generate_report())

    with signed_in(INSTRUCTOR, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as page:
        page.goto(BOOK)
        holds(page, "table")
        student = page.locator("#book tbody th a").first.get_attribute("href")
        item = page.locator("#book thead [data-item]").first.get_attribute("data-item")
        column(page, "Homework 1").first.click()
        page.wait_for_selector("#drawer .steps")
        column(page, "Homework 1").nth(1).focus()
        press(page, "Enter")
        holds(page, "table with editor and drawer")
        press(page, "Escape")
        column(page, "Homework 1").nth(1).focus()
        page.evaluate(PASTE, "1\n2\nA\n")
        page.wait_for_selector("h1:has-text('would change')")
        holds(page, "preview")
        for path in (f"{student}", f"columns/{item}/", "statistics/", "?at=2026-01-01T00:00"):
            page.goto(BOOK + path)
            holds(page, path)


def test_its_pages_fit_a_phone(signed_in):
    with signed_in(INSTRUCTOR, viewport={"width": 390, "height": 844}) as page:
        for path in ("", "statistics/", "columns/1/"):
            page.goto(BOOK + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
