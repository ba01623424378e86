"""A student hands in scans and a notebook, tags pages, acknowledges collaborators, hands in again, and has a receipt."""

import pytest

from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
PAGE = "/c/deep-learning/homework/homework-3/"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def students(newcomers):
    return newcomers("Nova", "Nils", "Nora", "Olga")


@pytest.fixture
def work(tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"page {number}.jpg").write_bytes(samples.photo(upright=number != 2))
    (tmp_path / "work.ipynb").write_bytes(samples.notebook("x = 1", "print(x)"))
    return tmp_path


def photos(work, *numbers):
    return [work / f"page {number}.jpg" for number in numbers]


def chosen(page):
    return [text.split(",")[0] for text in page.locator(".photos li > span.small").all_inner_texts()]


def accessible(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, (page.url, found.generate_report())


def size(page, nth):
    image = page.locator(".sheet img").nth(nth)
    image.scroll_into_view_if_needed()
    return image.evaluate("i => i.decode().then(() => [i.naturalWidth, i.naturalHeight])")


def test_scans_a_notebook_tags_collaborators_a_second_version_and_the_receipt(signed_in, students, work):
    with signed_in(students["Nova"], expected=[400]) as page:
        page.goto(PAGE)
        choose_and_move(page, work)
        acknowledge(page)
        accessible(page)
        be_told_of_a_mistake(page, work)
        first = tag_by_click_and_by_keyboard(page)
        hand_in_again_and_find_the_tags(page, work)
        verify(page, work, first)


def choose_and_move(page, work):
    page.set_input_files("[name=file-written-part]", photos(work, 3, 1))
    assert chosen(page) == ["page 1.jpg", "page 3.jpg"], "in the order of their names"
    page.set_input_files("[name=file-written-part]", photos(work, 2))
    page.click("button[aria-label='Move page 2.jpg to the front']")
    assert chosen(page) == ["page 1.jpg", "page 2.jpg", "page 3.jpg"]
    page.click("button[aria-label='Take page 1.jpg away']")
    assert page.evaluate("document.activeElement.closest('.photos li') !== null"), "the keyboard is among the photos"
    page.set_input_files("[name=file-written-part]", photos(work, 1))
    for _ in range(2):
        page.click("button[aria-label='Move page 1.jpg to the front']")
    assert chosen(page) == ["page 1.jpg", "page 2.jpg", "page 3.jpg"]
    page.click("button[aria-label='Turn page 3.jpg right']")
    until(page, "document.querySelectorAll('.photos canvas')[2].width === 240")


def until(page, holds):
    """Asked from outside: the page's own policy lets nothing wait inside it that is made from text."""
    for _ in range(400):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    raise AssertionError(holds)


def acknowledge(page):
    """By keyboard: names are asked of whoever says that others helped, Enter takes the first that is found."""
    assert not page.is_visible("[name=mates-1]")
    page.focus("[name=who-1][value=nobody]")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("[name=who-1][value=somebody]")
    page.keyboard.press("Tab")
    page.keyboard.type("oka")
    page.wait_for_selector("[data-pick='Amara Okafor']")
    page.keyboard.press("Enter")
    assert page.input_value("[name=mates-1]") == "Amara Okafor, "
    page.keyboard.type("cast")
    page.wait_for_selector("[data-pick='Bruno Castelli']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.fill("[name=mates-1]", "Amara Okafor, ")
    for button in page.locator("[data-same]").all():
        button.click()
    page.check("[name=who-4][value=nobody]")
    assert page.input_value("[name=mates-4]") == "", "who worked alone names nobody"


def be_told_of_a_mistake(page, work):
    """What the server would refuse after minutes of sending is said at once; what it does refuse, beside the field."""
    (work / "empty.ipynb").write_bytes(b"")
    page.set_input_files("[name=file-notebook]", work / "empty.ipynb")
    page.click("text=Hand in Homework 3")
    page.wait_for_selector(".field:has([name=file-notebook]) .bad:has-text('“empty.ipynb” is empty')")
    assert page.evaluate("document.activeElement.className") == "errors"
    page.set_input_files("[name=file-notebook]", photos(work, 1))
    page.click("text=Hand in Homework 3")
    page.wait_for_selector(".errors >> text=is not a notebook")
    page.wait_for_selector(".field:has([name=file-notebook]) .bad:has-text('is not a notebook')")
    assert page.locator(".errors >> text=Browsers forget").count() == 0
    assert chosen(page) == ["page 1.jpg", "page 2.jpg", "page 3.jpg"], "the photos are still chosen"
    page.set_input_files("[name=file-notebook]", work / "work.ipynb")
    page.click("text=Hand in Homework 3")
    page.wait_for_selector("h1:has-text('version 1 is in')")


def turn_on_the_receipt(page, way, becomes):
    """The new picture is shown, not the one that the browser has already, and the keyboard is where it was."""
    page.locator(".photo").nth(2).get_by_role("button", name=f"Turn {way}").click()
    page.locator(".photo").nth(2).get_by_text("The preview is being made").wait_for()
    page.wait_for_selector(".photo >> nth=2 >> img", timeout=120_000)
    assert size(page, 2) == becomes
    assert page.evaluate("document.activeElement.name") == way


def tag_by_click_and_by_keyboard(page):
    """The worker makes the previews meanwhile; htmx brings each in."""
    page.wait_for_selector(".sheet img >> nth=2", timeout=120_000)
    page.wait_for_selector(".cells .sheet >> nth=1", timeout=120_000)
    assert page.locator("#tagged .warn:has-text('no page yet')").count() == 4
    wide, tall = size(page, 1), size(page, 2)
    assert wide[0] < wide[1], "it lay on its side and is shown upright"
    assert tall[0] > tall[1], "it was turned before it was sent"
    turn_on_the_receipt(page, "right", tall[::-1])
    turn_on_the_receipt(page, "left", tall)
    page.click(".sheet >> nth=0 >> label:has-text('1')")
    page.wait_for_selector("#tagged >> text=✓ Saved.")
    page.keyboard.press("2")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    page.wait_for_selector("#tagged li:has-text('Problem 3') .good")
    page.click(".cells .sheet >> nth=1 >> label:has-text('4')")
    page.wait_for_selector("#tagged >> text=notebook cell 2")
    page.wait_for_selector("#tagged >> text=Each problem has its place")
    accessible(page)
    page.reload()
    page.wait_for_selector("#tagged >> text=Each problem has its place")
    page.wait_for_selector("text=as one PDF")
    with page.expect_download() as download:
        page.click("text=Download the signed receipt")
    receipt = download.value.path().read_text()
    assert receipt.count("\nfile: ") == 4
    return receipt


def hand_in_again_and_find_the_tags(page, work):
    page.goto(PAGE)
    assert page.input_value("[name=mates-2]") == "Amara Okafor", "taken over from the version before"
    assert page.is_checked("[name=who-4][value=nobody]")
    page.set_input_files("[name=file-written-part]", photos(work, 1, 2, 3))
    page.click("button[aria-label='Turn page 1.jpg left']")
    page.click("text=Hand in Homework 3")
    page.wait_for_selector("h1:has-text('version 2 is in')")
    page.wait_for_selector("#tagged >> text=Taken over from the version before")
    assert page.locator("#tagged .good").count() == 4
    page.wait_for_selector(".sheet img >> nth=2", timeout=120_000)
    assert page.locator("input[name=tag]:checked").count() == 4
    accessible(page)


def verify(page, work, receipt):
    page.goto("/verify/")
    page.fill("[name=text]", receipt)
    page.set_input_files("[name=file]", work / "page 3.jpg")
    page.click("main button")
    assert "This receipt is genuine" in page.inner_text("main")
    assert "page 3.jpg is the file that was handed in" in page.inner_text("main")


def test_who_was_signed_out_meanwhile_signs_in_and_sends_the_same_again(signed_in, students, work):
    with signed_in(students["Nora"], expected=[403]) as page:
        page.goto(PAGE)
        page.set_input_files("[name=file-notebook]", work / "work.ipynb")
        for number in (1, 2, 3, 4):
            page.check(f"[name=who-{number}][value=nobody]")
        page.context.clear_cookies()
        page.click("text=Hand in Homework 3")
        with page.expect_popup() as opened:
            page.click("text=sign in, in another tab")
        opened.value.fill("[name=login]", students["Nora"])
        opened.value.fill("[name=password]", "deep-learning-demo")
        opened.value.click("main button")
        opened.value.wait_for_url(f"**{PAGE}")
        page.click("text=Hand in Homework 3")
        page.wait_for_selector("h1:has-text('version 1 is in')")


DROP = """(field, name) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(3_000_000).fill(32)], name));
    for (const kind of ["dragover", "drop"]) field.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_a_file_is_dropped_and_its_way_is_shown_and_a_double_click_sends_once(signed_in, students):
    with signed_in(students["Olga"], expected=[400]) as page:
        page.goto(PAGE)
        page.eval_on_selector(".field:has([name=file-notebook])", DROP, "work.ipynb")
        page.wait_for_selector(".field:has([name=file-notebook]) li:has-text('work.ipynb, 2,930 KB')")
        page.context.new_cdp_session(page).send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 50, "downloadThroughput": -1, "uploadThroughput": 2_000_000},
        )
        sent = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.dblclick("text=Hand in Homework 3")
        page.wait_for_selector(".sending [role=status]:has-text('% is sent')")
        assert page.is_disabled("text=Hand in Homework 3")
        page.wait_for_selector(".errors >> text=Say whether you worked on it alone")
        assert page.locator("fieldset .bad:has-text('Say whether')").count() == 4
        assert len(sent) == 1
        assert page.is_enabled("text=Hand in Homework 3")


def test_without_script_photos_go_in_the_order_of_their_names_and_tags_have_a_button(
    browser, site, signed_in, students, work
):
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", students["Nils"])
    page.fill("[name=password]", "deep-learning-demo")
    page.click("main button")
    page.goto(PAGE)
    page.set_input_files("[name=file-written-part]", photos(work, 2, 3, 1))
    for number in (1, 2, 3, 4):
        page.check(f"[name=who-{number}][value=nobody]")
    page.click("text=Hand in Homework 3")
    page.wait_for_url("**/submissions/**")
    with signed_in(students["Nils"]) as live:  # a page with script comes by itself when the worker is done
        live.goto(page.url)
        live.locator(".sheet img").nth(2).wait_for(timeout=120_000)
    page.reload()
    assert page.locator(".card h3 + p a").all_inner_texts() == ["page 1.jpg", "page 2.jpg", "page 3.jpg"]
    page.check(".sheet >> nth=1 >> input >> nth=3")
    page.click("text=Save the tags")
    page.wait_for_selector("text=Tags saved.")
    assert page.is_checked(".sheet >> nth=1 >> input >> nth=3")
    context.close()
