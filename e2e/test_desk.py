"""The desk by keyboard alone, and each of its pages by axe."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
TA = "wang9881@umn.edu"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
MARKS = (
    "from grading.models import Mark; "
    f"print(Mark.objects.filter(submission__assignment__slug='homework-2', grader__email='{TA}', points__isnull=False).count())"
)


def marks(site):
    return int(site.run("shell", "-v", "0", "-c", MARKS).strip().splitlines()[-1])


def reach(page, name):
    """By the tabulator, as somebody without a mouse does."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip().startswith(name):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by keyboard.")


def shown(page, work):
    """The next one lies on the desk, and the keys are at it."""
    page.wait_for_function("work => document.querySelector('#marks') && location.pathname !== work", arg=work)
    page.wait_for_load_state("load")  # where it came as a page of its own
    return page.evaluate("location.pathname")


def test_ten_submissions_are_graded_by_keyboard_alone(site, signed_in):
    before, graded = marks(site), 0
    with signed_in(TA, viewport={"width": 1280, "height": 900}) as page:
        page.goto("/admin/")
        reach(page, "Homework 2")
        page.wait_for_url("**/desk/")
        for problem in (1, 2):
            reach(page, f"Grade problem {problem}")
            page.wait_for_url(re.compile(rf"/desk/{problem}/[0-9a-f-]+/$"))
            work = page.evaluate("location.pathname")
            while graded < 10 and f"/desk/{problem}/" in work:
                page.wait_for_selector("#marks [data-digit]")
                grade(page, graded)
                graded += 1
                page.wait_for_function("work => location.pathname !== work", arg=work)
                page.wait_for_load_state("load")
                work = page.evaluate("location.pathname")
            if graded == 10:
                break
    assert graded == 10
    assert marks(site) == before + 10


def grade(page, turn):
    """Items by digits, an adjustment, a comment, full marks: each in its turn."""
    keys = page.keyboard
    if turn % 3 == 2:
        keys.press("m")
        assert page.locator("output").inner_text() == "25"
    else:
        keys.press("2")
        assert page.locator('[data-digit="2"]').is_checked()
    if turn % 3 == 1:
        keys.press("a")
        keys.type("-0.5")
        keys.press("Escape")
        keys.press("f")
        keys.type("Nearly: say why.")
        keys.press("Escape")
    keys.press("g")


def test_help_is_a_key_and_moving_saves_nothing(site, signed_in):
    before = marks(site)
    with signed_in(TA, viewport={"width": 1280, "height": 900}) as page:
        page.goto(first_of(page, "Homework 2"))
        page.wait_for_selector("#marks [data-digit]")
        page.keyboard.press("?")
        assert page.locator("dialog#keys").is_visible()
        page.keyboard.press("Escape")
        work = page.evaluate("location.pathname")
        first = page.locator('[data-digit="1"]')
        stored = first.is_checked()
        page.keyboard.press("1")
        assert first.is_checked() != stored
        # The order is drawn: this one may be the last.
        away, back = ("n", "p") if page.locator("[data-action=next]").count() else ("p", "n")
        page.keyboard.press(away)
        there = shown(page, work)
        page.keyboard.press(back)
        assert shown(page, there) == work
        assert first.is_checked() == stored
    assert marks(site) == before


def first_of(page, title):
    """The address of the first work of a set, at the desk of its second problem."""
    page.goto("/admin/")
    row = page.locator("tr", has=page.locator("td", has_text=re.compile(rf"^\s*{title}(?!\d)")))
    page.goto(row.locator("a[href*='/desk/']").first.get_attribute("href"))
    links = page.locator("a[href*='/desk/']").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    work = next(link for link in links if re.search(r"/desk/[0-9a-f]{8}-[0-9a-f-]+/$", link))
    return work.replace("/desk/", "/desk/2/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_desk_hold_wcag_2_2_aa(signed_in, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with signed_in(TA, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as page:
        one = first_of(page, "Homework 1")
        item = re.match(r".*/item/\d+/", one)[0]
        pages = [
            "/admin/",
            f"{item}desk/",
            one,
            one.replace("/desk/2/", "/desk/"),
            f"{item}rubric/",
            f"{item}rubric/2/",
        ]
        for path in [*pages, "/admin/grading/item/desk/keys/"]:
            page.goto(path)
            page.wait_for_load_state("load")
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, (path, found.generate_report())
        page.goto(f"{item}rubric/2/")
        page.get_by_role("link", name=re.compile("used by")).first.click()
        page.wait_for_selector("text=Who got this item")
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
