"""The command line from a roster to a CSV, with figures worked out by hand."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from coursesite.roster.models import Course, Enrollment, User
from grading.models import Item, Score
from grading.services import export

SHIPPED = Path(__file__).parents[2] / "courses" / "deep-learning-2022.yaml"
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
"Lovelace, Ada",11,s11,ada@example.org,On-campus
"Turing, Alan",12,s12,alan@example.org,UNITE
"""
ITEMS = "Homework 1,Homework 2,Homework 3,Homework 4,Homework 5,Homework 6,Proposal,Mid-term presentation,Final report"
SCORES = f"""Student,ID,SIS User ID,SIS Login ID,Section,{ITEMS}
    Points Possible,,,,,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00
"Lovelace, Ada",11,s11,ada@example.org,On-campus,90.00,80.00,70.00,60.00,60.00,EX,100.00,80.00,90.50
"Turing, Alan",12,s12,alan@example.org,UNITE,0.00,,,,,,,,
""".replace("\n", "\r\n")


@pytest.fixture
def course(db, tmp_path):
    call_command("load_course", SHIPPED, verbosity=0)
    (tmp_path / "roster.csv").write_text(ROSTER)
    call_command("import_roster", "deep-learning", tmp_path / "roster.csv", verbosity=0)
    return Course.objects.get()


@pytest.fixture
def scored(course, tmp_path):
    (tmp_path / "scores.csv").write_text(SCORES)
    call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    call_command("compute_grades", "deep-learning")
    return course


def text(course, form):
    return "".join(export.export(course=course, form=form))


def test_export_import_export_gives_the_same_bytes(scored):
    assert text(scored, "canvas") == SCORES


def test_complete_format_tells_figures_letter_and_counted_sets(scored):
    _, ada, alan, _ = text(scored, "complete").split("\r\n")
    # 60 * (90 + 80 + 70 + 60) / 400 + 5 * 1 + 10 * 0.8 + 25 * 0.905 = 45 + 5 + 8 + 22.625
    assert ada.endswith("90.50,graded,80.63,80.63,B-,Homework 1;Homework 2;Homework 3;Homework 4")
    assert ",excused," in ada
    assert alan.endswith(",ungraded,0.00,0.00,F,Homework 1;Homework 2;Homework 3;Homework 4")


def test_check_grades_finds_nothing_and_then_what_was_changed(scored):
    call_command("check_grades", "deep-learning")
    Enrollment.objects.get(user__email="ada@example.org").grade.__class__.objects.update(letter="A")
    with pytest.raises(SystemExit):
        call_command("check_grades", "deep-learning")


def test_zero_over_missing_and_blank_keep_missing(scored, tmp_path):
    score = Score.objects.get(enrollment__user__email="alan@example.org", item__title="Homework 1")
    Score.objects.filter(pk=score.pk).update(state="missing", points=None)
    call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    score.refresh_from_db()
    assert score.state == "missing"


def test_another_maximum_is_rescaled(course, tmp_path):
    file = tmp_path / "percent.csv"
    head = "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1"
    file.write_text(f"{head}\n    Points Possible,,,,,50\n,,,ada@example.org,,40\n")
    call_command("import_scores", "deep-learning", file)
    assert Score.objects.get().points == 80


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("90.50", "ninety", "scores.csv:3: Final report: “ninety” is not a number"),
        ("90.50", "-1", "is not between 0 and"),
        ("90.50", "NaN", "is not a number"),
        ("Final report", "Final Score", "there is no item “Final Score”"),
        ('"Turing, Alan",12,s12,alan@', '"Nobody",99,s99,nobody@', "scores.csv:4: “Nobody” is no student"),
    ],
)
def test_a_mistake_refuses_the_whole_file_with_its_line(course, tmp_path, old, new, said):
    (tmp_path / "scores.csv").write_text(SCORES.replace(old, new))
    with pytest.raises(CommandError, match=said):
        call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    assert not Score.objects.exists()


def test_semicolons_and_decimal_commas_are_understood(course, tmp_path):
    swapped = (
        SCORES.replace("Lovelace, Ada", "Ada").replace("Turing, Alan", "Alan").replace(",", ";").replace(".50", ",50")
    )
    (tmp_path / "scores.csv").write_text(swapped)
    call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    assert str(Score.objects.get(item__title="Final report").points) == "90.5000"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_g17_names_that_look_like_formulas_are_escaped(scored, start):
    User.objects.filter(email="ada@example.org").update(sort_name=f"{start}1+1")
    assert f"'{start}1+1" in text(scored, "canvas")


def test_an_unknown_section_is_refused_and_nobody_is_enrolled(course, tmp_path):
    (tmp_path / "more.csv").write_text(ROSTER.replace("UNITE", "Moon").replace("ada@", "new@"))
    with pytest.raises(CommandError, match=r"more\.csv:3: There is no section “Moon”"):
        call_command("import_roster", "deep-learning", tmp_path / "more.csv")
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_column_is_found_by_its_canvas_id(course, tmp_path):
    Item.objects.filter(title="Homework 1").update(canvas_id="777")
    (tmp_path / "scores.csv").write_text(SCORES.replace("Homework 1,", "Renamed (777),"))
    call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    assert Score.objects.filter(item__title="Homework 1").count() == 2


def test_a_student_who_stands_there_twice_is_refused(course, tmp_path):
    last = SCORES.splitlines()[-1]
    (tmp_path / "scores.csv").write_text(SCORES + last + "\n")
    with pytest.raises(CommandError, match=r"stands in line \d already"):
        call_command("import_scores", "deep-learning", tmp_path / "scores.csv")
    assert not Score.objects.exists()


def test_the_roster_keeps_a_role_it_does_not_tell_and_refuses_people_twice(course, tmp_path):
    Enrollment.objects.filter(user__email="ada@example.org").update(role="ta")
    (tmp_path / "again.csv").write_text(ROSTER)
    call_command("import_roster", "deep-learning", tmp_path / "again.csv")
    assert Enrollment.objects.get(user__email="ada@example.org").role == "ta"
    (tmp_path / "twice.csv").write_text(ROSTER + ROSTER.splitlines()[1].replace("ada@", "ADA@") + "\n")
    with pytest.raises(CommandError, match=r"twice\.csv:\d: ada@example\.org stands in the file twice"):
        call_command("import_roster", "deep-learning", tmp_path / "twice.csv")


def test_a_percent_export_is_out_of_100_and_comes_back_as_it_was(scored, tmp_path):
    Item.objects.filter(title="Final report").update(points_possible=50)
    Score.objects.filter(item__title="Final report").update(points="45.25", raw_points="45.25")
    before = text(scored, "canvas")
    percent = text(scored, "percent")
    assert percent.splitlines()[1].endswith("100.00,100.00,100.00")
    assert percent.splitlines()[2].endswith(",90.50")
    (tmp_path / "percent.csv").write_text(percent)
    call_command("import_scores", "deep-learning", tmp_path / "percent.csv")
    assert text(scored, "canvas") == before
