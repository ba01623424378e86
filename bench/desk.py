"""The grading desk: an item of a rubric that stands on thousands of marks, the page of a large set, and from key press
to the next page of work in a browser. `python -m bench.desk` runs these rows alone."""

import os
import shutil
import statistics
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .rows import HEAD, Row, sample, seconds

MARKS, WORKS, TAS, LIMIT, HALF, KEY_TO_PAGE = 5_000, 300, 10, 2.0, 0.5, 0.150
TIMES = 25
WORK = """
    INSERT INTO handin_submission (id, assignment_id, enrollment_id, submitted_by_id, number, is_current, began_at,
        completed_at, idempotency_key)
    SELECT gen_random_uuid(), %(assignment)s, id, user_id, 1, true, now(), now(), gen_random_uuid()
    FROM roster_enrollment WHERE course_id = %(course)s AND role = 'student' ORDER BY id LIMIT %(count)s
"""
FILES = """
    INSERT INTO handin_submittedfile (submission_id, part_id, file_id, position)
    SELECT work.id, %(part)s, %(file)s, 0 FROM handin_submission work
    WHERE assignment_id = %(assignment)s AND NOT EXISTS (
        SELECT FROM handin_submittedfile used WHERE used.submission_id = work.id)
"""
GIVEN = """
    INSERT INTO grading_mark (submission_id, problem_id, points, by_rubric, adjustment, comment, grader_id, version,
        marked_at)
    SELECT work.id, problem.id, problem.points - 2, problem.id = %(problem)s, 0, '', %(grader)s, 1, now()
    FROM handin_submission work, handin_problem problem
    WHERE work.assignment_id = %(assignment)s AND problem.assignment_id = %(assignment)s
"""
APPLIED = """
    INSERT INTO grading_applied (mark_id, item_id)
    SELECT id, %(item)s FROM grading_mark WHERE problem_id = %(problem)s AND by_rubric
"""
SCORED = """
    UPDATE grading_score SET state = 'graded', raw_points = 92, points = 92, source = 'marks'
    WHERE item_id IN (SELECT id FROM grading_item WHERE assignment_id = %(assignment)s)
"""


def rows() -> Iterator[Row]:
    """On courses of their own, in which nobody has handed in yet."""
    from django.conf import settings

    from .course import made

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    large, small = made(MARKS + 1), made(WORKS + 1)
    yield from item_rows(large)
    yield from queue_rows(large, small)
    yield from split_rows(large, small)
    yield from first_rows(large, small)
    yield from browser_rows(small)


def grader(course: Any) -> Any:
    from coursesite.roster.models import Enrollment, Role, User

    user = User.objects.create_superuser(f"desk-{course.slug}@example.org", "x", name="Grader")
    Enrollment.objects.create(course=course, user=user, role=Role.INSTRUCTOR)
    return user


def written(course: Any, count: int, *, marked: bool) -> tuple[Any, Any, Any]:
    """A set with so much work, and a rubric of which the first item applies to all."""
    from django.db import connection, transaction

    from grading.services import rubrics
    from homework.models import Homework

    homework, by = Homework.objects.filter(course=course).first(), grader(course)
    problem = homework.problems.first()
    lines = [rubrics.add_item(problem=problem, by=by, text=f"Item {n}", points=Decimal(2)) for n in range(5)]
    values = {"assignment": homework.pk, "course": course.pk, "count": count, "problem": problem.pk,
              "grader": by.pk, "item": lines[0].pk}  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (WORK, *((GIVEN, APPLIED, SCORED) if marked else ())):
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return homework, by, lines[0]


def item_rows(course: Any) -> Iterator[Row]:
    """The save, with every mark and score; course grades follow in the worker, which has rows of its own."""
    from grading.models import RubricItem
    from grading.services import rubrics

    _, by, line = written(course, MARKS, marked=True)

    def edit() -> None:
        row = RubricItem.objects.select_related("rubric__problem__assignment__course").get(pk=line.pk)
        changed = rubrics.edit_item(
            item=row, by=by, text=row.text, points=row.points + 1, group=None, version=row.version
        )
        if changed != MARKS:
            raise SystemExit(f"{changed} marks changed, not {MARKS}.")

    yield Row(f"an item that {MARKS:,} marks use / two seconds", seconds(edit, 3), LIMIT, "s", 1.0)


def queue_rows(large: Any, small: Any) -> Iterator[Row]:
    from homework.models import Homework

    found = []
    for course in (large, small):
        homework = Homework.objects.filter(course=course).first()
        if course == small:
            written(course, WORKS, marked=False)
        found.append(answered(desk_of(homework), grader_of(course)))
    yield from page_rows(f"grading queue of {MARKS:,} students", *found)


def split_rows(large: Any, small: Any) -> Iterator[Row]:
    """For a TA who sees nothing but what is theirs: by whichever split takes longest."""
    from grading.models import Split
    from homework.models import Homework

    found = []
    for course in (large, small):
        homework, graders = Homework.objects.filter(course=course).first(), tas(course)
        pages = []
        for split in (Split.PROBLEM, Split.SECTION, Split.SHARE):
            arranged(homework, grader_of(course), graders, split)
            pages.append(answered(desk_of(homework), graders[0]))
        found.append(max(pages))
    yield from page_rows(f"the same, split among {TAS} graders", *found)


def first_rows(large: Any, small: Any) -> Iterator[Row]:
    """At the end of a term: everybody has handed everything in; for a TA, and for the instructor."""
    found = []
    for course, count in ((large, MARKS), (small, WORKS)):
        hand_in_everything(course, count)
        found.append(max(answered("/admin/", who) for who in (grader_of(course), tas(course)[0])))
    yield from page_rows(f"first page of the admin, {MARKS:,} students", *found)


def page_rows(name: str, large: tuple[float, int], small: tuple[float, int]) -> Iterator[Row]:
    yield Row(f"{name} / half a second", large[0], HALF, "s", 1.0)
    yield Row("its queries / those of a smaller course", large[1], small[1], "queries", 1.0)


def answered(address: str, who: Any) -> tuple[float, int]:
    """How long a page takes (the median), and how many queries."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(who)
    if client.get(address).status_code != 200:
        raise SystemExit(f"{address} does not answer.")
    took = statistics.median(sample(lambda: client.get(address)) for _ in range(7))
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return took, len(queries)


def desk_of(homework: Any) -> str:
    from grading.models import Item

    return f"/admin/grading/item/{Item.objects.get(assignment=homework).pk}/desk/"


def tas(course: Any) -> list[Any]:
    from coursesite.roster.models import Enrollment, Role, User

    names = [f"ta-{n}-{course.slug}@example.org" for n in range(TAS)]
    for name in names:
        user, is_new = User.objects.get_or_create(email=name, defaults={"name": name, "password": "!"})
        if is_new:
            Enrollment.objects.create(course=course, user=user, role=Role.TA)
    return list(User.objects.filter(email__in=names).order_by("pk"))


def arranged(homework: Any, by: Any, graders: list[Any], split: Any) -> None:
    """Each TA has a part alone, and a tenth is read twice."""
    from coursesite.roster.models import Section
    from grading.models import Item
    from grading.services import arranging

    problems = list(homework.problems.values_list("pk", flat=True))
    sections = list(Section.objects.filter(course=homework.course).values_list("pk", flat=True))
    plan = arranging.Plan(
        split=split,
        only=True,
        second_percent=10,
        problems={one.pk: problems for one in graders},
        sections={one.pk: sections for one in graders},
        weights={one.pk: 1 for one in graders},
    )
    arranging.arrange(item=Item.objects.get(assignment=homework), by=by, plan=plan)


def hand_in_everything(course: Any, count: int) -> None:
    from django.db import connection, transaction

    from homework.models import Homework

    waiting = [row.pk for row in Homework.objects.filter(course=course) if not row.submissions.exists()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for assignment in waiting:
            cursor.execute(WORK, {"assignment": assignment, "course": course.pk, "count": count})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def grader_of(course: Any) -> Any:
    from coursesite.roster.models import User

    return User.objects.get(email=f"desk-{course.slug}@example.org")


def browser_rows(course: Any) -> Iterator[Row]:
    """Full marks, save, and the next one's first page decoded on the screen, by keys in headless Chromium."""
    chromium = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    if chromium is None:
        print("No Chromium here: the desk is not measured in a browser.", file=sys.stderr)
        return
    from django.conf import settings
    from django.utils import timezone

    from grading.models import Item
    from homework.models import Homework

    homework = Homework.objects.filter(course=course).first()
    with_pages(homework)
    Homework.objects.filter(pk=homework.pk).update(due_at=timezone.now() + timedelta(days=1))
    start = f"/admin/grading/item/{Item.objects.get(assignment=homework).pk}/desk/1/"
    from . import served

    cookie = served.signed_in(grader_of(course)).split("=", 1)[1]
    with served.web() as server:
        took = pressed(chromium, f"http://127.0.0.1:{server.port}", start, cookie, settings.SESSION_COOKIE_NAME)
    yield Row(f"save and next to the first page, set of {WORKS} / 150 ms", took, KEY_TO_PAGE, "s", 1.0)


def with_pages(homework: Any) -> None:
    """Every work has the same document of four pages, since here their number and not their words count."""
    from django.db import connection

    from coursesite.demo import works
    from coursesite.files import services as files
    from coursesite.files.uploads import uploaded

    kept = files.take_in(
        incoming=uploaded(works.written("Set", "A student", ["One", "Two", "Three", "Four"], 3), "set.pdf"),
        formats=["pdf"],
    )
    files.inspect(str(kept.pk))
    part = homework.parts.first()
    with connection.cursor() as cursor:
        cursor.execute(FILES, {"part": part.pk, "file": kept.pk, "assignment": homework.pk})


PRESS = """() => new Promise((done) => {
    const start = performance.now();
    document.addEventListener("desk:shown", async () => {
        const image = document.querySelector(".work img.page");
        await image.decode();
        requestAnimationFrame(() => done(performance.now() - start));
    }, { once: true });
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "g", bubbles: true }));
})"""


def pressed(chromium: str, url: str, start: str, cookie: str, name: str) -> float:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": name, "value": cookie, "url": url}])
        page = context.new_page()
        page.goto(start)
        found = []
        for _ in range(TIMES + 2):
            page.wait_for_timeout(600)  # somebody reads
            page.keyboard.press("m")
            found.append(page.evaluate(PRESS) / 1000)
        browser.close()
    return statistics.median(found[2:])


def main() -> int:
    """Alone, on an embedded database of its own."""
    from coursesite.embedded import testing

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
    testing.start()
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(HEAD)
        found = []
        for row in rows():
            print(row, flush=True)
            found.append(row)
        return 0 if all(row.ok for row in found) else 1
    finally:
        testing.services.close()


if __name__ == "__main__":
    sys.exit(main())
