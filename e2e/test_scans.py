"""A student hands in scans and a notebook, is told what was wrong, hands in again, and downloads the receipt."""

import pytest

from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
PAGE = "/c/deep-learning/homework/homework-3/"


def test_scans_a_mistake_a_second_version_and_the_receipt(signed_in, tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"page {number}.jpg").write_bytes(samples.photo(upright=number != 2))
    (tmp_path / "work.ipynb").write_bytes(samples.notebook("print(1)"))
    scans = [tmp_path / f"page {number}.jpg" for number in (1, 2, 3)]
    with signed_in("noor.rahimi@students.example", expected=[400]) as page:
        page.goto(PAGE)
        page.set_input_files("[name=file-written-part]", scans)
        assert page.locator(".files-chosen li").all_inner_texts()[0].startswith("page 1.jpg")
        page.set_input_files("[name=file-notebook]", scans[0])
        page.check("[name=who-1][value=nobody]")
        for button in page.locator("[data-same]").all():
            button.click()
        page.click("text=Hand in Homework 3")
        page.wait_for_selector(".errors >> text=is not a notebook")
        assert page.locator(".files-chosen li").count() == 4, "the files are still chosen"

        page.set_input_files("[name=file-notebook]", tmp_path / "work.ipynb")
        page.click("text=Hand in Homework 3")
        page.wait_for_selector("text=is in")
        page.wait_for_selector("h3:has-text('page 3')")
        page.wait_for_selector(".sheet img >> nth=2", timeout=90_000)
        size = (
            page.locator(".sheet img").nth(1).evaluate("i => i.decode().then(() => [i.naturalWidth, i.naturalHeight])")
        )
        assert size[0] < size[1], "it lay on its side and is shown upright"
        with page.expect_download() as download:
            page.click("text=Download the signed receipt")
        receipt = download.value.path().read_text()
        assert receipt.count("\nfile: ") == 4

        page.goto(PAGE)
        assert page.is_checked("[name=who-4][value=nobody]"), "taken over from the version before"
        page.set_input_files("[name=file-written-part]", scans[:1])
        page.click("text=Hand in Homework 3")
        page.wait_for_selector("text=version")
        page.goto("/verify/")
        page.fill("[name=text]", receipt)
        page.set_input_files("[name=file]", scans[2])
        page.click("main button")
        assert "This receipt is genuine" in page.inner_text("main")
        assert "page 3.jpg is the file that was handed in" in page.inner_text("main")
