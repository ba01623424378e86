"""The admin by axe: lists, and forms with rows, choices and moments."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
LISTS = [
    "grading/item", "grading/score", "grading/category", "grading/coursegrade", "grading/regrade", "handin/assignment",
    "handin/submission", "handin/extension", "handin/extensionrequest", "homework/homework", "projects/placement",
    "roster/course", "roster/enrollment", "roster/section", "schedule/lecture", "schedule/officehours",
]  # fmt: skip
FORMS = ["handin/assignment", "grading/category", "roster/enrollment", "roster/course", "schedule/lecture"]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    # The theme's column for dragging rows has no words; no rule of WCAG asks for them.
    "rules": {"empty-table-header": {"enabled": False}},
}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_lists_and_forms_hold_wcag_2_2_aa(signed_in, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with signed_in("jusun@umn.edu", viewport={"width": width, "height": 900}, color_scheme=scheme) as page:

        def holds(address):
            page.goto(address)
            page.wait_for_load_state("load")
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, (address, found.generate_report())

        for name in ["", *(f"{name}/" for name in LISTS)]:
            holds(f"/admin/{name}")
        for name in FORMS:
            page.goto(f"/admin/{name}/")
            holds(page.locator("#result_list a[href*='/change/']").first.get_attribute("href"))
        holds("/admin/handin/extension/add/")
        holds("/admin/grading/score/add/")
