"""Numbers out and in: Canvas reads what we write, a snapshot stays whole, an import is looked at and takes no edit away."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal as D
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.roster.history import events_of
from coursesite.roster.models import User
from grading import policy
from grading.models import CourseGrade, Item, Override, PendingImport, Score, Stale
from grading.services import awarding, computing, export, importing, workbook
from grading.tests import canvas

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/numbers/"


@pytest.fixture
def scored(course, ada, alan):
    """Ada has 90, 80, ... 40 in the sets; Alan a zero, a missing and an excused one."""
    for student, canvas_id, sis in ((ada, "11", "s11"), (alan, "12", "s12")):
        User.objects.filter(pk=student.user_id).update(canvas_id=canvas_id, sis_id=sis)
    for n in range(1, 7):
        give(ada, f"Homework {n}", 100 - 10 * n)
    for n, (state, points) in enumerate((("graded", 0), ("missing", None), ("excused", None)), 1):
        give(alan, f"Homework {n}", points, state)
    computing.compute_stale()
    return course


def give(student, title, points, state="graded"):
    item = Item.objects.get(category__course=student.course, title=title)
    return Score.objects.update_or_create(
        item=item, enrollment=student, defaults={"state": state, "points": points, "raw_points": points}
    )[0]


def text(course, form, key=""):
    return "".join(export.export(course=course, form=form, key=key))


def table(course, form, key=""):
    return list(csv.reader(io.StringIO(text(course, form, key), newline="")))


def as_canvas_has_it(course):
    items = Item.objects.filter(category__course=course).order_by("position")
    students = [(u.sort_name, u.canvas_id, u.sis_id, u.email) for u in User.objects.filter(canvas_id__gt="")]
    return canvas.Gradebook(students, {str(900 + i.pk): (i.title, i.points_possible) for i in items})


def test_canvas_finds_every_student_and_every_column_by_title(scored):
    there = as_canvas_has_it(scored)
    found = canvas.read(text(scored, "canvas"), there)
    assert (found.created, found.left_out, found.unmatched) == ([], [], [])
    assert len(found.possible) == 9
    ids = {title: key for key, (title, _) in there.assignments.items()}
    assert found.changed["11", ids["Homework 1"]] == ("", "90.00")
    assert found.changed["12", ids["Homework 3"]] == ("", "EX")
    assert [found.changed["12", ids[f"Homework {n}"]][1] for n in (1, 2)] == ["0.00", "0.00"]
    there.scores = {key: after for key, (_, after) in found.changed.items()}
    assert canvas.read(text(scored, "canvas"), there).changed == {}


def test_canvas_finds_columns_by_id_when_titles_differ(scored):
    there = as_canvas_has_it(scored)
    for item in Item.objects.filter(category__course=scored):
        Item.objects.filter(pk=item.pk).update(canvas_id=str(900 + item.pk), title=f"Renamed {item.pk}")
    assert canvas.read(text(scored, "canvas"), there).created == []


def test_canvas_agrees_with_equal_weights_when_each_item_is_out_of_100(scored):
    Item.objects.filter(title="Homework 1").update(points_possible=40)
    give(Score.objects.first().enrollment, "Homework 1", D("30"))
    found = canvas.read(text(scored, "percent"), as_canvas_has_it(scored))
    assert set(found.possible.values()) == {"100.00"}
    assert "75.00" in [after for _, after in found.changed.values()]


def test_titles_that_canvas_leaves_out_are_warned_about(client, scored, ines):
    client.force_login(ines.user)
    assert "without a word" not in client.get(PAGE).content.decode()
    Item.objects.filter(title="Final report").update(title="Final Score")
    there = as_canvas_has_it(scored)
    assert canvas.read(text(scored, "canvas"), there).left_out == ["Final Score"]
    assert "“Final Score”" in client.get(PAGE).content.decode()


def test_the_anonymous_form_names_nobody_and_its_pseudonyms_are_stable(scored, ada):
    one, again, other = (text(scored, "anonymous", key) for key in ("study", "study", "another"))
    assert one == again
    told = {line.split(",")[0] for line in one.splitlines()[1:]}
    assert len(told) == 2
    assert not told & {line.split(",")[0] for line in other.splitlines()[1:]}
    for secret in ("Lovelace", "Alan", "example.org", "s11", "On-campus", "UNITE"):
        assert secret not in one
    assert [line.split(",")[0] for line in one.splitlines()[1:]] == sorted(told)
    assert "Reachable percent" in one


def test_a_grade_that_waits_for_the_worker_is_exported_as_it_will_be(scored, ada):
    give(ada, "Homework 6", 100)
    assert Stale.objects.exists()
    row = next(row for row in table(scored, "complete") if row[0] == "Lovelace, Ada")
    computing.compute_stale()
    assert row == next(row for row in table(scored, "complete") if row[0] == "Lovelace, Ada")
    assert row[-4] == "51.00"  # 60 * (100 + 90 + 80 + 70) / 400


def test_a_letter_set_by_hand_is_what_the_exports_tell(scored, ada, ines):
    Override.objects.create(enrollment=ada, letter="I", reason="Ill", set_by=ines.user)
    assert next(row for row in table(scored, "complete") if row[0] == "Lovelace, Ada")[-2] == "I"


def cells_of_xlsx(course, form):
    book = zipfile.ZipFile(io.BytesIO(b"".join(workbook.workbook(course=course, form=form))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    return re.findall(r'<c r="([A-Z]+\d+)"([^>]*)>(.*?)</c>', sheet), sheet


def test_g17_a_workbook_keeps_numbers_and_escapes_what_looks_like_a_formula(scored, ada):
    User.objects.filter(pk=ada.user_id).update(sort_name="=1+1")
    cells, sheet = cells_of_xlsx(scored, "complete")
    found = {at: (attributes, inner) for at, attributes, inner in cells}
    ada_line = next(at[1:] for at, (_, inner) in found.items() if "'=1+1" in inner)
    assert "<v>90.00</v>" in found[f"F{ada_line}"][1]
    assert "inlineStr" not in found[f"F{ada_line}"][0]
    assert "<f>" not in sheet


def test_g17_titles_letters_and_sections_are_escaped_too(scored, ada):
    Item.objects.filter(title="Homework 1").update(title="@SUM(1)")
    row = next(row for row in table(scored, "complete") if row[0] == "Lovelace, Ada")
    assert row[-1].startswith("'@SUM(1);")
    assert table(scored, "complete")[0][5] == "'@SUM(1)"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["canvas", "complete", "anonymous"])
def test_g18_an_export_during_a_recomputation_is_one_state(scored, cast, form, monkeypatch):
    """Read half, change everything and compute it in another connection, read the rest: all of it is the old state."""
    monkeypatch.setattr(export, "BATCH", 1)
    before = text(scored, form, "k")
    lines = export.export(course=scored, form=form, key="k")
    found = [next(lines), next(lines)]

    def meanwhile():
        Score.objects.filter(state="graded").update(points=1)
        Score.objects.filter(state="missing").delete()
        computing.compute_stale()
        connection.close()

    other = Thread(target=meanwhile)
    other.start()
    other.join(30)
    assert "".join([*found, *lines]) == before
    assert text(scored, form, "k") != before


def test_downloads_are_for_who_leads(client, scored, ines, tom, ada):
    for person, status in ((ines, 200), (tom, 404), (ada, 404)):
        client.force_login(person.user)
        for path in ("", "canvas.csv", "complete.xlsx", "anonymous.csv?key=a"):
            answer = client.get(f"{PAGE}{path}")
            assert answer.status_code == status, (path, person)
            if answer.streaming:
                b"".join(answer.streaming_content)
    client.force_login(ines.user)
    assert client.get(f"{PAGE}nothing.csv").status_code == 404
    assert client.get(f"{PAGE}canvas.exe").status_code == 404


def test_a_download_has_its_moment_in_its_name(client, scored, ines):
    client.force_login(ines.user)
    answer = client.get(f"{PAGE}canvas.csv")
    assert b"".join(answer.streaming_content).decode() == text(scored, "canvas")
    name = re.search('filename="(.*)"', answer["Content-Disposition"])[1]
    assert abs(importing.exported_at(name) - timezone.now()) < timedelta(seconds=30)


class Door:
    """The import page as a browser uses it."""

    def __init__(self, client):
        self.client = client

    def send(self, content, name="scores.csv", **fields):
        file = SimpleUploadedFile(name, content.encode())
        return self.client.post(f"{PAGE}import/", {"file": file, **fields})

    def look(self, content, name="scores.csv", **fields):
        answer = self.send(content, name, **fields)
        assert answer.status_code == 302, answer.content.decode()
        self.address = answer["Location"]
        return self.client.get(self.address)

    def confirm(self, page, **fields):
        return self.client.post(self.address, {"seen": page.context["found"].seen, **fields})


@pytest.fixture
def door(client, ines):
    client.force_login(ines.user)
    return Door(client)


def edited(content, **changes):
    """Ada's cells in that CSV, by column title with `_` for a space."""
    rows = list(csv.reader(io.StringIO(content, newline="")))
    for name, value in changes.items():
        at = rows[0].index(name.replace("_", " "))
        next(row for row in rows if row[0] == "Lovelace, Ada")[at] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def held(student, title):
    score = Score.objects.get(enrollment=student, item__title=title)
    return score.state, score.points


def test_the_preview_shows_each_change_and_writes_nothing_until_it_is_confirmed(door, scored, ada):
    content = edited(text(scored, "canvas"), Homework_1="95,5", Homework_2="EX", Homework_3="")
    page = door.look(content)
    assert [(str(c.cell.item), c.now, c.wanted) for c in page.context["found"].changes] == [
        ("Homework 1", ("graded", D(90)), ("graded", D("95.5"))),
        ("Homework 2", ("graded", D(80)), ("excused", None)),
        ("Homework 3", ("graded", D(70)), ("ungraded", None)),
    ]
    assert held(ada, "Homework 1") == ("graded", D(90))
    door.confirm(page)
    assert [held(ada, f"Homework {n}") for n in (1, 2, 3)] == [
        ("graded", D("95.5")), ("excused", None), ("ungraded", None),
    ]  # fmt: skip
    assert not PendingImport.objects.exists()
    event = events_of(Score).objects.filter(item__title="Homework 1", enrollment=ada).latest("pgh_id")
    assert event.pgh_context.metadata["reason"] == "Imported from scores.csv"


def test_an_import_over_a_score_set_by_hand_does_not_keep_that_ones_reason(door, scored, ada, ines):
    item = Item.objects.get(category__course=scored, title="Homework 1")
    awarding.award(item=item, enrollment=ada, by=ines.user, state=policy.State.GRADED, points=D(91), reason="Oral exam")
    door.confirm(door.look(edited(text(scored, "canvas"), Homework_1="95.00")))
    score = Score.objects.get(item=item, enrollment=ada)
    assert (score.points, score.source, score.reason) == (95, "import", "")


def test_export_import_export_gives_the_same_bytes_and_touches_no_score(door, scored, ada):
    give(ada, "Homework 1", D("33.3333"))
    content, before = text(scored, "canvas"), events_of(Score).objects.count()
    page = door.look(content)
    assert "Nothing would change" in page.content.decode()
    door.confirm(page)
    assert text(scored, "canvas") == content
    assert events_of(Score).objects.count() == before
    assert held(ada, "Homework 1") == ("graded", D("33.3333"))


@pytest.mark.django_db(transaction=True)
def test_a_cell_changed_here_since_the_export_is_kept_or_asked_about(door, scored, ada):
    content = text(scored, "canvas")
    name = export.file_name(scored, "canvas", timezone.now() + timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2.1)")
    give(ada, "Homework 1", 91)
    give(ada, "Homework 2", 81)
    page = door.look(edited(content, Homework_2="85.00", Homework_3="75.00"), name)
    found = page.context["found"]
    assert [str(c.cell.item) for c in found.kept] == ["Homework 1"]
    assert [str(c.cell.item) for c in found.conflicts] == ["Homework 2"]
    assert [str(c.cell.item) for c in found.changes] == ["Homework 3"]
    assert "Say for each which counts" in page.content.decode()
    door.confirm(page)  # what is here counts unless somebody says otherwise
    assert [held(ada, f"Homework {n}")[1] for n in (1, 2, 3)] == [91, 81, 75]
    page = door.look(edited(content, Homework_2="85.00", Homework_3="75.00"), name)
    door.confirm(page, **{f"side-{page.context['found'].conflicts[0].key}": "file"})
    assert [held(ada, f"Homework {n}")[1] for n in (1, 2, 3)] == [91, 85, 75]


def test_scores_that_change_between_look_and_confirmation_refuse_the_import(door, scored, ada):
    page = door.look(edited(text(scored, "canvas"), Homework_1="95"))
    give(ada, "Homework 1", 60)
    answer = door.confirm(page)
    assert answer.status_code == 409
    assert "Scores have changed here meanwhile" in answer.content.decode()
    assert held(ada, "Homework 1") == ("graded", D(60))


def test_one_mistake_refuses_the_whole_file_with_its_line(door, scored, ada):
    answer = door.send(edited(text(scored, "canvas"), Homework_1="95", Homework_2="lots"))
    assert answer.status_code == 400
    assert "scores.csv:3: Homework 2: “lots” is not a number" in answer.content.decode()
    assert held(ada, "Homework 1") == ("graded", D(90))
    assert not PendingImport.objects.exists()


@pytest.mark.parametrize("content", ["", "a", "Name,ID\nx,1\n", "\xff\x00", "Student\x00,ID"])
def test_what_is_no_such_csv_is_refused_in_words(door, scored, content):
    file = SimpleUploadedFile("scores.csv", content.encode("latin-1"))
    answer = door.client.post(f"{PAGE}import/", {"file": file})
    assert answer.status_code == 400
    assert "Nothing was imported" in answer.content.decode()


FROM_CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (901),Homework 2 (902),Current Score,Final Grade
,,,,,Manual Posting,,,
    Points Possible,,,,,100.00,100.00,(read only),(read only)
"Lovelace, Ada",11,s11,ada@example.org,On-campus,90.00,80.00,85,B
"Turing, Alan",12,s12,alan@example.org,UNITE,0.00,0.00,0,F
"Student, Test",99,,abc,UNITE,,,,
"""


def test_ids_are_learned_from_a_file_that_canvas_wrote(door, scored, ada):
    User.objects.filter(pk=ada.user_id).update(canvas_id="")
    page = door.look(FROM_CANVAS)
    assert "Homework 1 is 901 in Canvas" in page.content.decode()
    assert "IDs of 1 student" in page.content.decode()
    assert page.context["found"].sheet.left_out == ["Current Score", "Final Grade"]
    assert page.context["found"].changes == []
    door.confirm(page)
    assert Item.objects.get(title="Homework 2", category__course=scored).canvas_id == "902"
    ada.user.refresh_from_db()
    assert ada.user.canvas_id == "11"
    assert text(scored, "canvas").startswith(
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (901),Homework 2 (902)"
    )


def test_another_instructor_never_sees_a_pending_file(door, client, scored, other, cast):
    door.look(edited(text(scored, "canvas"), Homework_1="95"))
    second = cast.enroll(scored, "Second Instructor", "instructor")
    for person in (other["instructor"], second):
        client.force_login(person.user)
        assert client.get(door.address).status_code == 404
        assert client.post(door.address, {"drop": "1"}).status_code == 404
    assert PendingImport.objects.count() == 1


def test_a_file_can_be_dropped_and_old_ones_go_by_themselves(door, scored):
    door.look(text(scored, "canvas"))
    door.client.post(door.address, {"drop": "1"})
    assert not PendingImport.objects.exists()
    door.look(text(scored, "canvas"))
    PendingImport.objects.update(made_at=timezone.now() - timedelta(days=2))
    door.look(text(scored, "canvas"))
    assert PendingImport.objects.count() == 1


def test_the_command_refuses_a_conflict_unless_told_which_side_counts(scored, ada, tmp_path):
    content = edited(text(scored, "canvas"), Homework_1="95.00")
    moment = timezone.now() - timedelta(days=1)
    events_of(Score).objects.filter(enrollment=ada, item__title="Homework 1").update(
        pgh_created_at=moment - timedelta(hours=1)
    )
    give(ada, "Homework 1", 91)
    file = tmp_path / export.file_name(scored, "canvas", moment)
    file.write_text(content)
    with pytest.raises(CommandError, match="changed here and in the file since the export"):
        call_command("import_scores", "deep-learning", file)
    assert held(ada, "Homework 1") == ("graded", D(91))
    call_command("import_scores", "deep-learning", file, conflicts="file")
    assert held(ada, "Homework 1") == ("graded", D(95))


def test_the_page_needs_the_same_queries_for_one_change_and_for_three(door, scored, django_assert_num_queries):
    door.look(edited(text(scored, "canvas"), Homework_1="95"))
    with CaptureQueriesContext(connection) as before:
        door.client.get(door.address)
    count = len(before)
    door.look(edited(text(scored, "canvas"), Homework_1="95", Homework_2="95", Homework_3="95"))
    with django_assert_num_queries(count):
        door.client.get(door.address)


def test_the_grade_in_every_form_is_the_one_that_is_stored(scored, ada):
    grade = CourseGrade.objects.get(enrollment=ada)
    row = next(row for row in table(scored, "complete") if row[0] == "Lovelace, Ada")
    assert row[-4:-1] == [str(grade.final), str(grade.so_far), grade.letter]
