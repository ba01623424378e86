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


def test_help_is_a_key_and_moving_saves_nothing_and_loses_nothing(site, signed_in):
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
        assert first.is_checked() != stored, "what was entered is still there"
        assert "not saved yet" in page.locator("#said").inner_text()
        page.keyboard.press("1")
        page.keyboard.press(away)
        there = shown(page, work)
        page.keyboard.press(back)
        assert shown(page, there) == work
        assert first.is_checked() == stored, "and what was taken back is gone"
        assert not page.locator("#said").inner_text()
    assert marks(site) == before


def first_of(page, title):
    """The address of the first work of a set, at the desk of its second problem."""
    page.goto("/admin/")
    row = page.locator("tr", has=page.locator("td", has_text=re.compile(rf"^\s*{title}(?!\d)")))
    page.goto(row.locator("a[href*='/desk/']").first.get_attribute("href"))
    links = page.locator("a[href*='/desk/']").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    work = next(link for link in links if re.search(r"/desk/[0-9a-f]{8}-[0-9a-f-]+/$", link))
    return work.replace("/desk/", "/desk/2/")


def test_pages_that_are_folded_away_are_not_counted(signed_in):
    with signed_in(TA, viewport={"width": 1280, "height": 900}) as page:
        page.goto(first_of(page, "Homework 1"))
        page.wait_for_selector(".work .sheet img", timeout=240_000)
        assert page.inner_text(".work [data-at]") == "1 of 1"
        page.click(".work details:has(.sheet) > summary")
        page.wait_for_selector(".work [data-at] >> text=/of [2-9]/")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_pages_of_the_desk_hold_wcag_2_2_aa(signed_in, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with signed_in(TA, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
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
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.goto(f"{item}rubric/2/")
        page.get_by_role("link", name=re.compile("used by")).first.click()
        page.wait_for_selector("text=Who got this item")
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()


def test_a_file_is_chosen_and_what_is_wrong_with_it_is_said(signed_in, tmp_path):
    """The theme's script expects fields of its own; `signed_in` fails on whatever the browser complains about."""
    file = tmp_path / "rubrics.yaml"
    with signed_in(TA, expected=[409]) as page:
        page.goto(re.match(r".*/item/\d+/", first_of(page, "Homework 2"))[0] + "rubric/")
        for text, said in (
            ("rubrics: [{problem: 9}]", "has no problem 9"),
            ("rubrics: [", "This is no valid YAML"),
            ("rubrics: [{problem: 2, items: [{text: From a file, points: 1}]}]", "1 new item."),
        ):
            file.write_text(text)
            page.set_input_files("input[type=file]", file)
            page.get_by_role("button", name="Take in").click()
            page.wait_for_selector(f"text={said}")


def test_what_lies_on_the_desk_next_has_the_focus_and_its_name_everywhere(signed_in):
    with signed_in(TA, viewport={"width": 1280, "height": 900}) as page:
        work = first_of(page, "Homework 1")
        page.goto(work)
        page.wait_for_selector("#marks [data-digit]")
        page.keyboard.press("n" if page.locator("[data-action=next]").count() else "p")
        shown(page, work)
        page.wait_for_function("document.activeElement.matches('#desk h1')")
        name = page.evaluate("document.activeElement.textContent")
        assert page.title() == f"Homework 1: {name} | Coursesite"
        assert page.locator("h1 > .truncate").inner_text().strip() == f"Homework 1: {name}"


def test_a_graders_own_keys_work_and_are_shown(signed_in):
    with signed_in(TA, viewport={"width": 1280, "height": 900}, expected=[409]) as page:
        page.goto("/admin/grading/item/desk/keys/")
        page.fill("#key-save", "n")
        page.get_by_role("button", name="Save my keys").click()
        page.wait_for_selector("[role=alert] >> text=The key N is also that of")
        for action, key in (("save", "z"), ("tool--", "x"), ("help", "h")):
            page.fill(f"#key-{action}", key)
        page.get_by_role("button", name="Save my keys").click()
        page.wait_for_selector("text=Your keys are saved.")
        page.goto(first_of(page, "Homework 1"))
        page.wait_for_selector("#marks [data-digit]")
        page.keyboard.press("h")
        assert page.locator("dialog#keys [data-act=save]").inner_text() == "Z"
        page.keyboard.press("Escape")
        assert page.locator("[data-action=save]").get_attribute("aria-keyshortcuts") == "Z"
        assert page.locator("[data-zoom='-1']").get_attribute("title") == "Smaller (X)"
        page.keyboard.press("x")
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zoom')") == "0.75"
        page.keyboard.press("z")
        page.wait_for_selector("text=: saved.")
        page.goto("/admin/grading/item/desk/keys/")
        page.get_by_role("button", name="Back to how they were").click()
        page.wait_for_selector("text=Your keys are saved.")
        assert page.input_value("#key-save") == "g"


def test_a_rubric_is_edited_amid_grading_and_nothing_entered_is_lost(signed_in):
    with signed_in(TA, viewport={"width": 1280, "height": 1000}) as page:
        page.goto(first_of(page, "Homework 1"))
        page.wait_for_selector("#marks [data-digit]")
        work, chosen = page.url, page.locator('[data-digit="2"]')
        page.keyboard.press("2")
        ticked, shown = chosen.is_checked(), page.locator("output").inner_text()
        page.keyboard.press("f")
        page.keyboard.type("Half a sentence")
        page.keyboard.press("Escape")
        page.keyboard.press("e")
        page.wait_for_url("**/rubric/2/?work=*")
        page.wait_for_load_state("load")
        was = page.locator("[data-order] textarea").evaluate_all("texts => texts.map((text) => text.value)")
        page.locator(".handle").nth(1).focus()
        page.keyboard.press("ArrowUp")
        page.wait_for_selector("#arranged >> text=1 of")
        page.wait_for_selector("#arranged >> text=The order is saved.")
        drag(page, page.locator(".handle").nth(1), page.locator("[data-order] > li").first)
        page.wait_for_selector("#arranged >> text=1 of")
        page.wait_for_selector("#arranged >> text=The order is saved.")
        page.reload()
        assert page.locator("[data-order] textarea").evaluate_all("texts => texts.map((text) => text.value)") == was
        page.get_by_role("link", name=re.compile("^back to ")).click()
        page.wait_for_url(work)
        page.wait_for_load_state("load")
        assert (chosen.is_checked(), page.locator("output").inner_text()) == (ticked, shown)
        assert "Half a sentence" in page.input_value("[name^=comment]")


def drag(page, handle, onto):
    """Slowly enough for a browser to see it as a drag."""
    from_, to = handle.bounding_box(), onto.bounding_box()
    page.mouse.move(from_["x"] + 10, from_["y"] + 10)
    page.mouse.down()
    page.mouse.move(from_["x"] + 14, from_["y"] - 10, steps=3)
    page.mouse.move(to["x"] + 20, to["y"] + 5, steps=8)
    page.mouse.up()


def test_who_saves_second_hears_of_it_and_sees_the_sum_of_what_they_entered(signed_in):
    with (
        signed_in(TA, viewport={"width": 1280, "height": 900}) as first,
        signed_in("jusun@umn.edu", viewport={"width": 1280, "height": 900}, expected=[409]) as second,
    ):
        work = first_of(first, "Homework 1")
        for page, key in ((first, "2"), (second, "3")):
            page.goto(work)
            page.wait_for_selector("#marks [data-digit]")
            item = page.locator(f'[data-digit="{key}"]')
            before = item.is_checked()
            page.keyboard.press(key)
            assert item.is_checked() != before
        first.get_by_role("button", name="Save", exact=True).click()
        first.wait_for_selector("#said >> text=: saved.")
        entered = second.locator("output").inner_text()
        assert entered != first.locator("output").inner_text()
        second.get_by_role("button", name="Save", exact=True).click()
        second.wait_for_selector(".theirs >> text=Keep theirs")
        second.wait_for_function("document.activeElement.matches('[role=alert]')")
        assert second.locator("output").inner_text() == entered
