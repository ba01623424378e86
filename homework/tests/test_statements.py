"""What a set asks, its files, and its solutions: at their moment, never before."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.uploads import uploaded
from coursesite.handin.models import Handout

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/homework/homework-1/"
SECRET = "The answer is forty-two"


@pytest.fixture
def template(homework):
    file = files.take_any(incoming=uploaded(b"\\documentclass{article}", "template.tex"))
    return Handout.objects.create(assignment=homework, title="Template", file=file)


@pytest.fixture
def solution(homework):
    homework.problems.filter(number=1).update(statement="Show that $x^2 \\ge 0$.", solution=SECRET)
    file = files.take_any(incoming=uploaded(SECRET.encode(), "solution.txt"))
    return Handout.objects.create(assignment=homework, title="Solutions", file=file, is_solution=True)


def page(client, person):
    client.force_login(person.user)
    return client.get(PAGE).content.decode()


def download(client, handout):
    return client.get(f"/c/deep-learning/handouts/{handout.pk}/")


def test_a_statement_stands_on_the_page_with_its_maths(client, ada, solution):
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page(client, ada)


def test_a_template_is_downloaded_as_it_is(client, ada, template):
    assert "template.tex" in page(client, ada)
    answer = download(client, template)
    assert b"".join(answer.streaming_content) == b"\\documentclass{article}"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a06_solutions_appear_at_their_moment_and_never_before(client, ada, tom, homework, solution):
    for moment in (None, timezone.now() + timedelta(minutes=1)):
        homework.solutions_at = moment
        homework.save()
        shown = page(client, ada)
        assert SECRET not in shown
        assert "Solutions" not in shown
        assert download(client, solution).status_code == 404
        assert SECRET not in str(client.get("/api/v1/courses/deep-learning/homework/").json())
    assert f"{SECRET}" in page(client, tom)
    assert "hidden from students" in page(client, tom)
    homework.solutions_at = timezone.now() - timedelta(seconds=1)
    homework.save()
    assert SECRET in page(client, ada)
    assert download(client, solution).status_code == 200


def test_a02_handouts_are_for_the_course_and_come_out_with_the_set(client, ada, tom, other, homework, template):
    for person in (other["student"], other["instructor"]):
        client.force_login(person.user)
        assert download(client, template).status_code == 404
    homework.opens_at, homework.due_at = (timezone.now() + timedelta(days=d) for d in (1, 2))
    homework.save()
    client.force_login(ada.user)
    assert download(client, template).status_code == 404
    client.force_login(tom.user)
    assert download(client, template).status_code == 200


def inline(homework, **handout):
    local = timezone.localtime(homework.due_at, homework.course.zone)
    opens = timezone.localtime(homework.opens_at, homework.course.zone)
    sent = {"title": homework.title, "description": "", "grace_minutes": 0, "late_days": 0, "penalty_percent": 0,
            "floor_percent": 0, "solutions_at_0": "", "solutions_at_1": "", "opens_at_0": f"{opens:%Y-%m-%d}",
            "opens_at_1": f"{opens:%H:%M:%S}", "due_at_0": f"{local:%Y-%m-%d}", "due_at_1": f"{local:%H:%M:%S}",
            "handouts-TOTAL_FORMS": 1, "handouts-INITIAL_FORMS": 0, "problems-TOTAL_FORMS": 4,
            "problems-INITIAL_FORMS": 4, "parts-TOTAL_FORMS": 0, "parts-INITIAL_FORMS": 0,
            "outages-TOTAL_FORMS": 0, "outages-INITIAL_FORMS": 0}  # fmt: skip
    for at, problem in enumerate(homework.problems.all()):
        sent |= {f"problems-{at}-id": problem.pk, f"problems-{at}-assignment": homework.pk,
                 f"problems-{at}-title": problem.title, f"problems-{at}-points": problem.points,
                 f"problems-{at}-statement": "Prove it.", f"problems-{at}-solution": ""}  # fmt: skip
    return sent | {f"handouts-0-{name}": value for name, value in handout.items()}


def test_the_instructor_writes_statements_and_adds_files_in_the_admin(client, ines, tom, homework):
    address = f"/admin/handin/assignment/{homework.pk}/change/"
    data = {"title": "Data", "upload": SimpleUploadedFile("data.csv", b"1,2\n")}
    client.force_login(tom.user)
    client.post(address, inline(homework, **data))
    assert not Handout.objects.exists()
    client.force_login(ines.user)
    answer = client.post(address, inline(homework, title="Data", upload=SimpleUploadedFile("data.csv", b"")))
    assert "This file is empty." in answer.content.decode()
    answer = client.post(address, inline(homework, title="Data", upload=SimpleUploadedFile("data.csv", b"1,2\n")))
    assert answer.status_code == 302
    made = Handout.objects.get()
    assert (made.file.name, made.file.path.read_bytes()) == ("data.csv", b"1,2\n")
    assert homework.problems.get(number=3).statement == "Prove it."
