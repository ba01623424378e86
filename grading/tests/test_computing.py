"""Stale marks, and the stored grades that follow from them, on a real PostgreSQL."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from coursesite.roster.history import events_of
from coursesite.roster.models import Course, Enrollment, Section, User
from grading.models import Category, CourseGrade, Item, Score, Stale
from grading.services import computing

pytestmark = pytest.mark.django_db
SHIPPED = Path(__file__).parents[2] / "courses" / "deep-learning-2022.yaml"


@pytest.fixture
def course(db):
    call_command("load_course", SHIPPED, verbosity=0)
    return Course.objects.get()


@pytest.fixture
def ada(course):
    user = User.objects.create_user("ada@example.org", name="Ada Lovelace")
    return Enrollment.objects.create(course=course, user=user, section=Section.objects.get(name="UNITE"))


def give(enrollment, title, points, state="graded"):
    item = Item.objects.get(category__course=enrollment.course, title=title)
    return Score.objects.create(item=item, enrollment=enrollment, state=state, points=points, raw_points=points)


def test_scores_become_the_course_grade(ada):
    for number, points in enumerate([90, 80, 70, 60, 50, 40], 1):
        give(ada, f"Homework {number}", points)
    give(ada, "Proposal", 50)
    computing.compute_stale()
    grade = CourseGrade.objects.get(enrollment=ada)
    assert grade.final == Decimal("47.50")  # 60 * 0.75 + 5 * 0.5
    assert grade.letter == "F"
    assert grade.so_far == Decimal("73.08")
    assert list(Item.objects.filter(pk__in=grade.counted).values_list("title", flat=True)) == [
        f"Homework {n}" for n in (1, 2, 3, 4)
    ]


def test_what_is_not_released_is_open_to_the_student(ada):
    give(ada, "Homework 1", 90)
    computing.compute_stale()
    grade = CourseGrade.objects.get(enrollment=ada)
    assert (grade.so_far, grade.student_so_far, grade.student_final) == (Decimal(90), None, Decimal(0))


def changes(ada):
    score = give(ada, "Homework 1", 90)
    return {
        "save": lambda: score.save(),
        "update": lambda: Score.objects.update(points=80),
        "delete": lambda: score.delete(),
        "points": lambda: Item.objects.filter(title="Homework 1").update(points_possible=50),
        "weight": lambda: Category.objects.filter(title="Homework").update(keep_best=3),
        "role": lambda: Enrollment.objects.filter(pk=ada.pk).update(status="dropped"),
    }


@pytest.mark.parametrize("way", ["save", "update", "delete", "points", "weight", "role"])
def test_g15_every_change_marks_the_grade_stale_and_is_computed(ada, way):
    change = changes(ada)[way]
    computing.compute_stale()
    assert not Stale.objects.exists()
    change()
    assert ada.pk in Stale.objects.values_list("enrollment", flat=True)
    computing.compute_stale()
    assert not Stale.objects.exists()
    assert list(computing.differences(ada.course)) == []


def test_g16_raw_sql_leaves_history_and_a_stale_mark(ada):
    score = give(ada, "Homework 1", 90)
    computing.compute_stale()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE grading_score SET points = 10 WHERE id = %s", [score.pk])
    last = events_of(Score).objects.filter(pgh_obj=score).latest("pgh_id")
    assert (last.points, last.pgh_context, last.database_role) == (10, None, "coursesite")
    assert Stale.objects.filter(enrollment=ada).exists()


def test_check_lists_a_grade_that_was_tampered_with(ada):
    give(ada, "Homework 1", 90)
    computing.compute_stale()
    CourseGrade.objects.update(final=99)
    assert list(computing.differences(ada.course)) == ["ada@example.org: final is 99.00, computed anew 13.50"]


def test_who_is_in_the_queue_twice_is_computed_once(ada, monkeypatch):
    monkeypatch.setattr(computing, "BATCH", 1)
    computing.compute_stale()
    Stale.objects.bulk_create(Stale(enrollment=ada) for _ in range(3))
    assert computing.compute_stale() == 1
    assert not Stale.objects.exists()


def test_f04_computing_again_has_no_further_effect(ada):
    give(ada, "Homework 1", 90)
    assert computing.compute_stale() == 1
    assert computing.compute_stale() == 0


@pytest.mark.django_db(transaction=True)
def test_f02_a_broker_that_is_down_is_asked_once_and_the_work_is_found_later(ada, monkeypatch):
    from kombu.exceptions import OperationalError

    from coursesite.files import tasks as files_tasks
    from grading import tasks

    asked = []

    def down(*arguments, **options):
        asked.append(arguments)
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.reconcile, "apply_async", down)
    monkeypatch.setattr(files_tasks, "asked_again", 0.0)
    computing.soon()
    computing.soon()
    give(ada, "Homework 1", 90)
    files_tasks.postman().submit(str).result()  # after all that was said before
    assert len(asked) == 1
    tasks.reconcile()  # what beat does
    assert CourseGrade.objects.get(enrollment=ada).final == Decimal("13.50")


def test_the_command_reports_each_difference_and_exits_1(ada, capsys):
    give(ada, "Homework 1", 90)
    computing.compute_stale()
    call_command("check_grades", ada.course.slug)
    assert capsys.readouterr().out == ""
    CourseGrade.objects.update(final=99, student_letter="A")
    with pytest.raises(SystemExit) as ended:
        call_command("check_grades", ada.course.slug)
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "ada@example.org: final is 99.00, computed anew 13.50",
        "ada@example.org: student_letter is A, computed anew F",
    ]
    assert "2 differences" in told.err


def test_only_rows_that_differ_are_written(ada):
    other = Enrollment.objects.create(course=ada.course, user=User.objects.create_user("b@example.org", name="B"))
    give(ada, "Homework 1", 90)
    computing.compute_stale()
    CourseGrade.objects.update(computed_at="2020-06-01T00:00Z")
    Score.objects.update(points=80)
    computing.compute_course(ada.course)
    years = dict(CourseGrade.objects.values_list("enrollment", "computed_at__year"))
    assert years[other.pk] == 2020
    assert years[ada.pk] > 2020


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_wait_for_rows_that_another_one_holds(ada):
    other = Enrollment.objects.create(course=ada.course, user=User.objects.create_user("b@example.org", name="B"))
    computing.compute_stale()
    Stale.objects.bulk_create([Stale(enrollment=ada), Stale(enrollment=other)])
    second = connection.copy()
    try:
        with second.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM grading_stale WHERE enrollment_id = %s FOR UPDATE", [ada.pk])
            assert computing.compute_stale() == 1
            assert list(Stale.objects.values_list("enrollment", flat=True)) == [ada.pk]
            cursor.execute("ROLLBACK")
    finally:
        second.close()
    assert computing.compute_stale() == 1


def test_the_admin_s_list_says_whose_figures_are_old(client, ada):
    give(ada, "Homework 1", 90)
    computing.compute_stale()
    user = User.objects.create_user("ines@example.org", name="Ines")
    Enrollment.objects.create(course=ada.course, user=user, role="instructor")
    client.force_login(user)
    assert "being updated" not in client.get("/admin/grading/coursegrade/").content.decode()
    Score.objects.update(points=80)
    assert "being updated" in client.get("/admin/grading/coursegrade/").content.decode()
