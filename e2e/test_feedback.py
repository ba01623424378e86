"""A TA writes on the work by mouse and by keyboard; the instructor releases it; the student reads it on a phone."""

import json
import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
TA, INSTRUCTOR = "wang9881@umn.edu", "jusun@umn.edu"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


def holds(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def opened(page, title):
    """The desk of a set; its address."""
    page.goto("/admin/grading/item/")
    page.locator("tr", has=page.get_by_text(title, exact=True)).get_by_role("link", name="Grade", exact=True).click()
    page.wait_for_url("**/desk/")
    return page.url


def test_notes_by_mouse_and_by_keyboard_reach_the_student_with_the_release(signed_in):
    with signed_in(TA, expected=[400]) as page:
        desk = opened(page, "Homework 2")
        page.locator("tr", has_text="✓ graded").get_by_role("link").first.click()
        page.wait_for_selector(".work .sheet img", timeout=240_000)
        name = page.locator(".desk h1").inner_text()
        page.locator(".work .sheet img").first.evaluate("image => image.decode()")
        by_mouse(page)
        by_keyboard(page)
        a_saved_comment_goes_where_it_is_seen(page)
        on_a_cell_and_on_the_whole(page)
        holds(page)
    item = desk.split("/item/")[1].split("/")[0]
    student = f"{name.lower().split()[0]}.{name.lower().split()[-1]}@students.example"

    with signed_in(student, expected=[404]) as page:
        assert page.goto(f"/c/deep-learning/grades/{item}/").status == 404
    with signed_in(INSTRUCTOR) as page:
        page.goto(f"/admin/grading/item/release/?item={item}")
        assert "see points and comments, and 5 notes on their pages" in page.inner_text(".told")
        holds(page)
        page.get_by_role("button", name="Release to students").click()
        page.wait_for_selector("text=Released: 1.")
    with signed_in(student, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"/c/deep-learning/grades/{item}/")
        reads(page)
        holds(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with signed_in(INSTRUCTOR) as page:
        page.goto(f"/admin/grading/item/release/?item={item}")
        page.click("text=Hide it from students again")
        page.wait_for_selector("text=Hidden from students again")
    with signed_in(student, expected=[404]) as page:
        assert page.goto(f"/c/deep-learning/grades/{item}/").status == 404


def by_mouse(page):
    paper = page.locator(".work .turn").first.bounding_box()

    def drag(*places):
        (x, y), *rest = places
        page.mouse.move(paper["x"] + x, paper["y"] + y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(paper["x"] + x, paper["y"] + y)
        page.mouse.up()

    page.click("[data-tool=box]")
    drag((50, 50), (51, 51))
    page.wait_for_selector(".work > [data-wrong] >> text=This box is too small to be seen; draw a larger one.")
    drag((60, 90), (150, 120), (260, 160))
    page.wait_for_selector("form.write:not([hidden])")
    page.keyboard.type("Why is this $x^2$?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".notes msup")
    assert page.locator(".work > [data-wrong]").is_hidden()
    page.click("[data-tool=stroke]")
    drag((60, 180), (90, 200), (120, 180), (150, 200))
    page.wait_for_selector("[data-said] >> text=Stroke saved.")
    page.keyboard.press("Escape")
    assert page.locator("[data-tool][aria-pressed=true]").count() == 0
    pin = page.locator(".ink g[data-note] circle").first
    before = pin.get_attribute("cx")
    box = pin.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_selector("[data-said] >> text=Moved.")
    assert float(page.locator(".ink g[data-note] circle").first.get_attribute("cx")[:-1]) > float(before[:-1])


def by_keyboard(page):
    """T, arrows, Enter; and the same place moved again."""
    page.locator(".work .sheets").focus()
    page.keyboard.press("t")
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.type("Pinned by keyboard")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".notes >> text=Pinned by keyboard")
    page.keyboard.press("Escape")
    place = page.locator(".notes li", has_text="Pinned by keyboard")
    before = place.get_attribute("data-points")
    place.get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".aim")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=Moved.")
    assert place.get_attribute("data-points") != before
    place.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=Deleted.")
    page.locator("[data-said] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=It is back.")
    assert place.count() == 1
    page.locator(".work .sheets").focus()
    page.keyboard.press("b")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=Box saved.")
    page.keyboard.press("Escape")
    by_pen_without_mouse(page)


def by_pen_without_mouse(page):
    """D, Enter, arrows, Enter: a stroke of three straight parts; a step is taken back."""
    strokes = page.locator(".notes li[data-shape=stroke]")
    before = strokes.count()
    page.locator(".work .sheets").focus()
    page.keyboard.press("d")
    page.wait_for_selector("[data-said] >> text=Enter puts it down")
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowDown", "PageUp", "ArrowLeft", "Backspace"):
        page.keyboard.press(key)
    assert page.locator(".ink .draft").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=Stroke saved.")
    assert strokes.count() == before + 1
    points = json.loads(strokes.last.get_attribute("data-points"))
    assert [[x - points[0][0], y - points[0][1]] for x, y in points] == [[0, 0], [700, 0], [700, 100], [800, 0]]
    assert page.evaluate("document.activeElement.dataset.shape") == "stroke"
    strokes.last.get_by_role("button", name="Delete").click()
    page.wait_for_selector("[data-said] >> text=Deleted.")


def test_a_finger_draws_scrolls_and_pinches(signed_in):
    """On a tablet: with a tool a finger draws and nothing scrolls; without one it scrolls; two fingers draw nothing."""
    with signed_in(TA, viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True) as page:
        opened(page, "Homework 3")
        page.get_by_role("link", name="Grade problem 1").tap()
        page.wait_for_selector(".work .sheet img", timeout=240_000)
        page.locator(".work .sheet img").first.evaluate("image => image.decode()")
        paper = page.locator(".work .turn").first.bounding_box()
        fingers = Fingers(page, paper)
        scrolled = "document.querySelector('.work .sheets').scrollTop + window.scrollY"

        page.locator("[data-tool=stroke]").tap()
        before = page.evaluate(scrolled)
        fingers.draw((80, 120), (140, 200), (200, 120), (260, 220))
        page.wait_for_selector("[data-said] >> text=Stroke saved.")
        assert page.evaluate(scrolled) == before
        stroke = page.locator(".notes li[data-shape=stroke]").last
        assert len(json.loads(stroke.get_attribute("data-points"))) >= 4

        fingers.pinch()
        page.locator("[data-tool=box]").tap()
        fingers.draw((80, 240), (300, 320))
        page.wait_for_selector("[data-said] >> text=Box saved.")
        page.locator("form.write button[data-cancel]").tap()
        assert page.locator(".notes li[data-shape=stroke]").count() == 1

        page.locator("[data-tool=text]").tap()
        fingers.draw((120, 360))
        page.locator("form.write textarea").fill("By finger")
        page.locator("form.write button[type=submit]").tap()
        page.wait_for_selector(".notes >> text=By finger")

        box = page.locator("[data-tool][aria-pressed=true]")
        while box.count():
            box.first.tap()
        notes = page.locator(".notes li").count()
        fingers.draw((200, 500), (200, 300), (200, 100))
        page.wait_for_function(f"before => {scrolled} > before", arg=before)
        assert page.locator(".notes li").count() == notes


class Fingers:
    """Touches as a screen sends them, in pixels of the page that lies there."""

    def __init__(self, page, paper):
        self.client, self.paper = page.context.new_cdp_session(page), paper

    def send(self, kind, *places):
        points = [{"x": self.paper["x"] + x, "y": self.paper["y"] + y, "id": n} for n, (x, y) in enumerate(places)]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def draw(self, first, *rest):
        self.send("touchStart", first)
        for place in rest:
            self.send("touchMove", place)
        self.send("touchEnd")

    def pinch(self):
        self.send("touchStart", (150, 200))
        self.send("touchMove", (150, 210))
        self.send("touchStart", (150, 210), (250, 300))
        self.send("touchMove", (140, 200), (260, 310))
        self.send("touchEnd")


def on_a_cell_and_on_the_whole(page):
    form = page.locator("form.on-cell")
    form.locator("select").select_option("2")
    form.locator("textarea").fill("A note on cell two")
    form.get_by_role("button").click()
    page.wait_for_selector(".notes >> text=A note on cell two")
    page.keyboard.press("Escape")
    remark = page.locator("[name=remark]")
    remark.fill("Keep the comment that stands here.")
    remark.press("Alt+c")
    page.wait_for_selector("dialog.bank[open] [role=option]")
    page.keyboard.type("step size")
    page.wait_for_function("document.querySelectorAll('dialog.bank [role=option]').length === 1")
    holds(page)
    page.keyboard.press("Enter")
    assert "State what you assume about the step size" in page.locator("[name=remark]").input_value()
    page.locator("[name=remark]").press("Control+Enter")
    page.wait_for_selector("[data-said] >> text=Comment saved.")


def a_saved_comment_goes_where_it_is_seen(page):
    """Not into the note that was written before and is closed now."""
    page.keyboard.press("c")
    page.wait_for_selector("dialog.bank[open] [role=option]")
    page.keyboard.press("Enter")
    written = page.locator(":focus")
    assert (written.is_visible(), written.input_value() != "") == (True, True)
    written.fill("")
    page.keyboard.press("Escape")


def reads(page):
    body = page.inner_text("main")
    for words in ("Why is this", "Pinned by keyboard", "A note on cell two", "Keep the comment", "1 pen stroke"):
        assert words in body, words
    assert page.locator("main .ink rect").count() == 2
    assert page.locator("main .ink polyline").count() == 1
    assert (
        page.locator("main .sheet img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    )
    assert page.locator("main [data-act]").count() == 0


def test_a_long_name_makes_no_page_wider_than_a_phone(signed_in):
    student = "wanda.heuvel-papadopoulos@students.example"
    with signed_in(student, viewport={"width": 390, "height": 844}, color_scheme="dark") as page:
        page.goto("/c/deep-learning/grades/")
        assert "<" not in page.inner_text("main")  # no tag is shown as text
        released = page.get_by_role("link", name=re.compile(r"^[0-9.]+ of 100$")).first.get_attribute("href")
        for address in ("", "homework/", "grades/", released):
            page.goto(address if address.startswith("/") else f"/c/deep-learning/{address}")
            page.wait_for_load_state("load")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
            holds(page)
