"""A whole term in a browser: three students, six sets, a project, two TAs, and figures worked out by hand.

Homework: the best four of six, 60%. Project: 5% proposal, 10% presentation, 25% report.
"""

import csv
import io
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from coursesite.files.tests import samples

pytestmark = [pytest.mark.browser, pytest.mark.slow_up]
SHIPPED = Path(__file__).parents[1] / "courses" / "deep-learning-2022.yaml"
SLUG = "whole-term"
HOMEWORK = {
    # 100 + 90 + 80 + 70 = 340, / 4 = 85, * 60% = 51
    "Xenia First": ("100", "90", "80", "70", "60", "50"),
    # 70.25 + 88 + 92.5 + 100 = 350.75, / 4 = 87.6875, * 60% = 52.6125
    "Yusuf Second": ("40", "55.5", "70.25", "88", "92.5", "100"),
    # five equal ones: the earlier four count; 75 * 60% = 45
    "Zoe Third": ("75", "75", "60", "75", "75", "75"),
}
PROJECT = {"Proposal": "90", "Mid-term presentation": "80", "Final report": "96"}  # 4.5 + 8 + 24 = 36.5
GRADES = {
    "Xenia First": ("87.50", "B+", "Homework 1;Homework 2;Homework 3;Homework 4"),
    "Yusuf Second": ("89.11", "B+", "Homework 3;Homework 4;Homework 5;Homework 6"),  # 89.1125
    "Zoe Third": ("81.50", "B-", "Homework 1;Homework 2;Homework 4;Homework 5"),
}
STAFF = {"Ines Leader": "instructor", "Tom Tutor": "ta", "Tara Tutor": "ta"}
SETS = [f"Homework {n}" for n in range(1, 7)]
MILESTONE_FILES = {"Proposal": "proposal", "Mid-term presentation": "slides", "Final report": "report"}


def mail(name):
    return f"{name.split()[0].lower()}@example.edu"


@pytest.fixture(scope="module")
def course(site, tmp_path_factory):
    """The shipped course with everything open now, its people enrolled by a roster file."""
    folder = tmp_path_factory.mktemp("course")
    written = yaml.safe_load(SHIPPED.read_text())
    now = datetime.now()
    for row in [*written["homework"], *written["project"]["milestones"]]:
        row["opens"], row["due"] = (f"{now + timedelta(days=days):%Y-%m-%d %H:%M}" for days in (-2, 9))
    written["people"] = [{"role": r, "name": name, "email": mail(name)} for name, r in STAFF.items()]
    written["assumptions"] = []
    (folder / "course.yaml").write_text(yaml.safe_dump(written, sort_keys=False))
    roster = ["Student,ID,SIS User ID,SIS Login ID,Section"]
    for number, name in enumerate(HOMEWORK, 1):
        first, last = name.split()
        roster.append(f'"{last}, {first}",{number},s{number},{mail(name)},On-campus')
    (folder / "roster.csv").write_text("\n".join(roster) + "\n")
    (folder / "work.pdf").write_bytes(samples.pdf("Our work"))
    (folder / "work.ipynb").write_bytes(samples.notebook("print(6 * 7)"))
    site.run("load_course", str(folder / "course.yaml"), "--slug", SLUG)
    site.run("import_roster", SLUG, str(folder / "roster.csv"))
    site.run("shell", "-c", SET_PASSWORDS)
    return folder


SET_PASSWORDS = """
from django.contrib.auth.hashers import make_password
from coursesite.roster.models import User
User.objects.filter(email__endswith="@example.edu").update(password=make_password("deep-learning-demo"))
"""


def test_a_whole_term(site, signed_in, course):
    for name in HOMEWORK:
        with signed_in(mail(name), SLUG) as page:
            for title in SETS:
                hand_in_homework(page, title, course)
    form_a_team(signed_in)
    with signed_in(mail("Zoe Third"), SLUG) as page:
        for title, part in MILESTONE_FILES.items():
            hand_in_milestone(page, title, part, course)

    with signed_in(mail("Tom Tutor"), SLUG) as page:
        for title in SETS[:3]:
            grade(page, title, lambda name, title=title: HOMEWORK[name][SETS.index(title)], [25, 25, 25, 25])
    with signed_in(mail("Tara Tutor"), SLUG) as page:
        for title in SETS[3:]:
            grade(page, title, lambda name, title=title: HOMEWORK[name][SETS.index(title)], [25, 25, 25, 25])
        for title, parts in (("Proposal", [40, 30, 30]), ("Mid-term presentation", [40, 30, 30])):
            grade(page, title, lambda _, title=title: PROJECT[title], parts)
        grade(page, "Final report", lambda _: PROJECT["Final report"], [35, 35, 30])

    with signed_in(mail("Xenia First"), SLUG) as page:
        page.goto(f"/c/{SLUG}/grades/")
        assert page.locator(".figures .value").all_inner_texts() == ["—", "0.00 %", "100.00 %"], "nothing is released"
    with signed_in(mail("Ines Leader"), SLUG) as page:
        release_everything(page)
        check_csv(page)
    for name in HOMEWORK:
        with signed_in(mail(name), SLUG) as page:
            check_page(page, name)
            check_api(page, name)
    assert site.run("check_grades", SLUG) == "", "stored grades are what a fresh computation gives"


def slug(title):
    return title.lower().replace(" ", "-")


def hand_in_homework(page, title, course):
    page.goto(f"/c/{SLUG}/homework/{slug(title)}/")
    page.set_input_files("[name=file-written-part]", course / "work.pdf")
    page.set_input_files("[name=file-notebook]", course / "work.ipynb")
    for number in range(1, 5):
        page.check(f"[name=who-{number}][value=nobody]")
    page.click(f"text=Hand in {title}")
    page.wait_for_selector("text=version 1 is in")


def hand_in_milestone(page, title, part, course):
    page.goto(f"/c/{SLUG}/project/{slug(title)}/")
    page.set_input_files(f"[name=file-{part}]", course / "work.pdf")
    page.click(f"button:has-text('Hand in {title}')")
    page.wait_for_selector("text=version 1 is in")


def form_a_team(signed_in):
    founder, *others = HOMEWORK
    with signed_in(mail(founder), SLUG) as page:
        page.goto(f"/c/{SLUG}/project/")
        page.fill("[name=name]", "Gradient Descenders")
        page.click("text=Found the team")
        for name in others:
            page.select_option("[name=invited]", label=name)
            page.click("main button:has-text('Invite')")
            page.wait_for_selector(f"text={name} is invited.")
    for name in others:
        with signed_in(mail(name), SLUG) as page:
            page.goto(f"/c/{SLUG}/project/")
            page.click("text=Join Gradient Descenders")
            page.wait_for_selector("text=You are in team Gradient Descenders.")


def grade(page, title, points_of, parts):
    """Through the queue by "save and next", until the desk says that all is done."""
    page.goto("/admin/grading/item/")
    page.get_by_role("row").filter(has=page.get_by_role("link", name=title, exact=True)).get_by_role(
        "link", name="Grade", exact=True
    ).click()
    page.get_by_role("link", name="grade the next one").click()
    for _ in range(3):
        name = page.locator(".desk h1").inner_text()
        left = Decimal(points_of(name))
        for number, possible in enumerate(parts, 1):
            given = min(left, Decimal(possible))
            left -= given
            page.fill(f"[name=points-{number}]", str(given))
        assert left == 0
        page.click("button:visible >> text=Save and next")
        page.wait_for_selector(f"text={name}: saved.")
        if not page.locator(".marks").count():
            return


def release_everything(page):
    page.goto("/admin/grading/item/")
    for box in page.locator("input[name=_selected_action]").all():
        box.press("Space")  # the bar of actions lies over the lowest row
    page.locator("select[name=action]").select_option("release", force=True)
    page.locator("#changelist-form").evaluate("form => form.submit()")
    page.get_by_role("button", name="Release to students").click()
    page.wait_for_selector("text=Released: 9.")


def rows_when_computed(page, seconds=30):
    """The worker may still be computing: the export is asked for again until it has every figure."""
    deadline, meant = time.monotonic() + seconds, {name: grade[0] for name, grade in GRADES.items()}
    while True:
        rows = {row["SIS Login ID"]: row for row in downloaded(page, "complete format")}
        final = {name: rows[mail(name)]["Final percent"] for name in GRADES}
        if final == meant:
            return rows
        assert time.monotonic() < deadline, final
        page.wait_for_timeout(100)


def check_csv(page):
    rows = rows_when_computed(page)
    for name, (percent, letter, counted) in GRADES.items():
        row = rows[mail(name)]
        assert (row["Final percent"], row["So far percent"]) == (percent, percent), name
        assert (row["Letter"], row["Counted"]) == (letter, counted), name
        for title, points in [*zip(SETS, HOMEWORK[name], strict=True), *PROJECT.items()]:
            assert (row[title], row[f"{title} state"]) == (f"{Decimal(points):.2f}", "graded"), (name, title)
    canvas = {row["Student"]: row for row in downloaded(page, "Canvas format")}
    assert [canvas["First, Xenia"][title] for title in SETS] == ["100.00", "90.00", "80.00", "70.00", "60.00", "50.00"]
    assert canvas["    Points Possible"]["Final report"] == "100.00"


def downloaded(page, link):
    page.goto("/admin/grading/item/")
    with page.expect_download() as download:
        page.click(f"text={link}")
    return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))


def check_page(page, name):
    percent, letter, counted = GRADES[name]
    page.goto(f"/c/{SLUG}/grades/")
    assert page.locator(".figures .value").all_inner_texts() == [f"{percent} %"] * 3
    assert f": {letter}." in page.locator(".figures").inner_text()
    assert page.locator("tfoot td").last.inner_text() == f"{percent} %"
    lines = page.locator("ul.sets").first.locator("li").all_inner_texts()
    for title, points, line in zip(SETS, HOMEWORK[name], lines, strict=True):
        assert line.startswith(title)
        assert f"{points} of 100" in line
        assert ("✓ one of the best 4" in line) == (title in counted.split(";")), (name, title)


def check_api(page, name):
    percent, letter, counted = GRADES[name]
    told = page.request.get(f"/api/v1/courses/{SLUG}/grades/").json()
    assert (told["final"], told["so_far"], told["reachable"], told["letter"]) == (percent, percent, percent, letter)
    items = {item["item"]: item for item in told["items"]}
    for title, points in [*zip(SETS, HOMEWORK[name], strict=True), *PROJECT.items()]:
        assert Decimal(items[title]["points"]) == Decimal(points)
        assert items[title]["counted"] == (title in counted.split(";")), (name, title)
