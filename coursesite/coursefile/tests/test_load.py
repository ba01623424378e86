"""The shipped course file, all the way into the database."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from coursesite.coursefile import layout, parse
from coursesite.roster.models import Course
from grading.models import Category, Item, Score
from grading.services import computing

SHIPPED = Path(__file__).parents[3] / "courses" / "deep-learning-2022.yaml"


def shipped():
    return parse.parse(SHIPPED.read_bytes(), name=SHIPPED.name)


@pytest.fixture
def course(db):
    call_command("load_course", SHIPPED, verbosity=0)
    return Course.objects.get(slug="deep-learning")


def test_all_27_lectures_fall_on_meeting_days_and_one_is_spare():
    lectures = layout.lectures(shipped())
    assert len(lectures) == 27
    assert len(layout.meeting_days(shipped().schedule.meetings)) == 28
    assert {lecture.starts.strftime("%a %H:%M") for lecture in lectures} == {"Tue 14:30", "Thu 14:30"}
    assert date(2022, 11, 24) not in {lecture.starts.date() for lecture in lectures}


def test_the_course_has_what_the_slides_say(course):
    assert course.lectures.count() == 27
    assert course.topics.count() == 13 + 4
    assert course.office_hours.count() == 3
    assert course.resources.filter(kind="book").count() == 6
    assert course.resources.filter(kind="related").count() == 3
    assert [c.weight for c in course.categories.all()] == [60, 5, 10, 25]
    assert Category.objects.get(title="Homework").keep_best == 4
    assert [i.title for i in Category.objects.get(title="Homework").items.all()] == [
        f"Homework {n}" for n in range(1, 7)
    ]
    assert course.cutoffs.count() == 11


def test_loading_again_changes_nothing(course, capsys):
    call_command("load_course", SHIPPED)
    assert ": 0 created, 0 changed," in capsys.readouterr().out


def edited(tmp_path, old, new):
    """The shipped file with one place changed."""
    text = SHIPPED.read_text()
    assert text.count(old) == 1
    (tmp_path / "edited.yaml").write_text(text.replace(old, new))
    return tmp_path / "edited.yaml"


def test_an_edit_made_on_the_site_stays_and_is_told(course, capsys):
    homework = course.assignments.get(slug="homework-1")
    moved = homework.due_at + timedelta(days=2)
    course.assignments.filter(pk=homework.pk).update(due_at=moved)
    call_command("load_course", SHIPPED)
    told = capsys.readouterr().out
    assert "Homework 1: due at stays" in told
    assert "0 changed" in told
    assert "1 kept as edited" in told
    homework.refresh_from_db()
    assert homework.due_at == moved
    call_command("load_course", SHIPPED, overwrite=True)
    homework.refresh_from_db()
    assert homework.due_at == moved - timedelta(days=2)


def test_what_the_file_changes_is_changed_and_told(course, tmp_path, capsys):
    file = edited(tmp_path, "due: 2022-09-22 23:59", "due: 2022-09-23 23:59")
    call_command("load_course", file, dry_run=True)
    told = capsys.readouterr().out
    assert "Homework 1: due at" in told
    assert told.endswith("Nothing was written.\n")
    before = course.assignments.get(slug="homework-1").due_at
    call_command("load_course", file)
    assert course.assignments.get(slug="homework-1").due_at == before + timedelta(days=1)


def test_what_the_file_no_longer_names_stays_and_is_told(course, tmp_path, capsys):
    call_command("load_course", edited(tmp_path, "title: The Deep Learning Revolution", "title: Another Book"))
    assert "no longer in the file; it stays here" in capsys.readouterr().out
    assert course.resources.filter(title="The Deep Learning Revolution").exists()


def test_moved_in_time_deadlines_keep_their_time_of_day(db):
    call_command("load_course", SHIPPED, first_day=date(2026, 10, 20), slug="moved", verbosity=0)
    course = Course.objects.get(slug="moved")
    assert course.first_day == date(2026, 10, 20)
    due = {a.due_at.astimezone(course.zone).strftime("%H:%M") for a in course.assignments.all()}
    assert due == {"23:59"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight: 60", "weight: 61", "grading.categories: the weights sum to 101, not 100."),
        ("keep_best: 4", "keep_best: 0", "keep_best: Input should be greater than or equal to 1."),
        ("keep_best: 4", "keep_best: 4, drop_lowest: 1", "say how many to keep or how many to drop, not both."),
        ("keep_best: 4", "drop_lowest: 6", "drop_lowest: dropping 6 of 6 leaves nothing."),
        ("keep_best: 4", "cap_percent: 0", "cap_percent: Input should be greater than 0."),
        ("source: Proposal }", "items: [] }", "Proposal has a weight but no column."),
        ("  slug: deep-learning", "  slag: deep-learning", "course.slag: this key is not known."),
        ("America/Chicago\n", "America/Chikago\n", "course.time_zone: 'America/Chikago' is not a known time zone."),
        (
            "due: 2022-09-22 23:59",
            "due: 9999-12-31 23:59",
            "homework.1.due: must be in a year from 1971 to 2199, not 9",
        ),
        ("due: 2022-09-22 23:59", "due: 2022-09-01 23:59", "homework.1.due: Homework 1 is due before it opens."),
    ],
)
def test_a_mistake_is_told_with_its_place_and_changes_nothing(db, tmp_path, old, new, said):
    broken = tmp_path / "broken.yaml"
    broken.write_text(SHIPPED.read_text().replace(old, new, 1))
    with pytest.raises(CommandError) as refusal:
        call_command("load_course", broken)
    assert said in str(refusal.value)
    assert "broken.yaml:" in str(refusal.value)
    assert not Course.objects.exists()


def test_every_rule_of_a_scheme_can_stand_in_the_file(course, tmp_path, capsys):
    rules = "drop_lowest: 2, points_weighted: true, cap_percent: 105"
    exam = "{ title: Final report, weight: 25, items: [{ title: Exam, points: 80 }] }"
    file = edited(tmp_path, "keep_best: 4", rules)
    file.write_text(file.read_text().replace("{ title: Final report, weight: 25, source: Final report }", exam))
    call_command("load_course", file, slug="ruled")
    homework = Category.objects.get(course__slug="ruled", title="Homework")
    assert (homework.keep_best, homework.drop_lowest, homework.points_weighted, homework.cap_percent) == (
        None, 2, True, 105,
    )  # fmt: skip
    assert Category.objects.get(course__slug="ruled", title="Final report").items.get().points_possible == 80


def test_a_changed_scheme_says_how_many_move(course, tmp_path, capsys):
    call_command("load_course", edited(tmp_path, "keep_best: 4", "keep_best: 3"), dry_run=True)
    assert "Scheme: This change moves none of 0 students." in capsys.readouterr().out


def test_file_and_edits_that_do_not_fit_together_change_nothing(course, tmp_path):
    Category.objects.filter(title="Homework").update(weight=50)
    Category.objects.filter(title="Proposal").update(weight=15)
    file = edited(tmp_path, "title: Final report, weight: 25", "title: Final report, weight: 30")
    file.write_text(file.read_text().replace("Homework, weight: 60", "Homework, weight: 55"))
    with pytest.raises(CommandError, match="Together with what was edited here: The weights sum to 105, not 100"):
        call_command("load_course", file)
    assert Category.objects.get(title="Final report").weight == 25


def test_letters_may_take_each_others_minima(course, tmp_path):
    """A at 90 where A- was, and A- at 87 where B+ was: on the way two letters would share a minimum."""
    text = SHIPPED.read_text()
    for old, new in (
        ("A, at_least: 93", "A, at_least: 90"),
        ("A-, at_least: 90", "A-, at_least: 87"),
        ("B+, at_least: 87", "B+, at_least: 85"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "letters.yaml").write_text(text)
    call_command("load_course", tmp_path / "letters.yaml")
    minima = dict(course.cutoffs.values_list("letter", "minimum"))
    assert [minima[letter] for letter in ("A", "A-", "B+")] == [90, 87, 85]


def test_a_changed_scheme_says_who_moves_before_it_is_loaded(course, ada, tmp_path, capsys):
    for n, points in enumerate((100, 100, 100, 60, 60, 60), 1):
        item = Item.objects.get(category__course=course, title=f"Homework {n}")
        Score.objects.create(item=item, enrollment=ada, state="graded", points=points, raw_points=points)
    for title in ("Proposal", "Mid-term presentation", "Final report"):
        item = Item.objects.get(category__course=course, title=title)
        Score.objects.create(item=item, enrollment=ada, state="graded", points=100, raw_points=100)
    computing.compute_stale()
    before = (ada.grade.final, ada.grade.letter)
    file = edited(tmp_path, "keep_best: 4", "keep_best: 6")
    call_command("load_course", file, dry_run=True)
    assert "Scheme: This change moves 1 student, 1 letter." in capsys.readouterr().out
    computing.compute_stale()
    ada.grade.refresh_from_db()
    assert (ada.grade.final, ada.grade.letter) == before
    assert before == (94, "A")
    call_command("load_course", file)
    assert "Scheme: This change moves 1 student, 1 letter." in capsys.readouterr().out
    computing.compute_stale()
    ada.grade.refresh_from_db()
    assert (ada.grade.final, ada.grade.letter) == (88, "B+")
