"""The main line on the demo course: hand in, grade, release, export; pages on a phone, by axe."""

import re
from pathlib import Path

import pytest

from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]


def test_hand_in_grade_release_and_export(signed_in, tmp_path):
    student, name = "xiao.lin@students.example", "Xiao Lin"
    with signed_in(student) as page:
        hand_in(page, tmp_path)
    with signed_in("wang9881@umn.edu") as page:
        grade_by_keyboard(page, name)
    with signed_in("jusun@umn.edu") as page:
        release(page)
    with signed_in(student) as page:
        page.goto("/c/deep-learning/grades/")
        assert page.locator("li", has_text="Homework 3").get_by_text("47.5 of 100").is_visible()
        shown = page.locator(".figures .value").all_inner_texts()
        final = page.locator("tfoot td").last.inner_text()
        assert shown[1] == final
    with signed_in("jusun@umn.edu") as page:
        row = exported(page, name)
        assert "47.50,graded" in row


def hand_in(page, folder):
    (folder / "work.pdf").write_bytes(samples.pdf("My solution"))
    (folder / "work.ipynb").write_bytes(samples.notebook("print('hello')"))
    page.goto("/c/deep-learning/homework/homework-3/")
    page.set_input_files("[name=file-written-part]", folder / "work.pdf")
    page.set_input_files("[name=file-notebook]", folder / "work.ipynb")
    for number in range(1, 5):
        page.check(f"[name=who-{number}][value=nobody]")
    page.click("text=Hand in Homework 3")
    page.wait_for_selector("text=is in")
    # The worker makes the previews while the page waits; htmx brings them in.
    page.wait_for_selector("summary >> text=1 page", timeout=90_000)
    assert page.locator(".sheet img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500


def grade_by_keyboard(page, name):
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


def release(page):
    page.goto("/admin/grading/item/")
    page.locator("tr", has_text="Homework 3").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("release", force=True)
    page.locator("#changelist-form").evaluate("form => form.submit()")
    page.get_by_role("button", name="Release to students").click()
    page.wait_for_selector("text=Released: 1.")


def exported(page, name):
    page.goto("/admin/grading/item/")
    with page.expect_download() as download:
        page.click("text=complete format")
    text = Path(download.value.path()).read_text()
    last, first = name.split()[-1], name.split()[0]
    return next(line for line in text.splitlines() if line.startswith(f'"{last}, {first}"'))


PAGES = [
    "",
    "schedule/",
    "people/",
    "about/",
    "homework/",
    "homework/homework-3/",
    "project/",
    "grades/",
    "more-time/homework-3/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_hold_wcag_2_2_aa_and_fit_a_phone(signed_in, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with signed_in(
        "amara.okafor@students.example", color_scheme=scheme, viewport={"width": 390, "height": 844}
    ) as page:
        for path in [*(f"/c/deep-learning/{path}" for path in PAGES), "/verify/"]:
            page.goto(path)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert found.violations_count == 0, (path, found.generate_report())
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_the_start_page_asks_to_sign_in_and_says_no_to_a_wrong_password(site, browser):
    page = browser.new_page(base_url=site.url)
    page.goto("/")
    page.fill("[name=login]", "amara.okafor@students.example")
    page.fill("[name=password]", "wrong")
    page.click("main button")
    assert re.search("not correct", page.inner_text("main"))
