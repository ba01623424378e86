"""The API through the same services; tokens, refusals, and what nobody else may see."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from grading.models import Item, Score

pytestmark = pytest.mark.django_db
COURSE = "/api/v1/courses/deep-learning/"


def api(enrollment):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=enrollment.user)[0]}")
    return client


def work(**more):
    return {
        "key": str(uuid4()),
        "acknowledged": "true",
        "written-part": SimpleUploadedFile("w.pdf", samples.pdf()),
        "notebook": SimpleUploadedFile("n.ipynb", samples.notebook()),
    } | more


def test_a_student_hands_in_with_a_token_and_reads_it_back(ada, homework):
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", work(**{"others-2": "A book"}))
    assert answer.status_code == 201, answer.json()
    assert [row["id"] for row in api(ada).get(COURSE + "submissions/").json()] == [answer.json()["id"]]
    assert Submission.objects.get().acknowledgements.get(problem__number=2).others == "A book"


def test_classmates_are_acknowledged_by_name_as_on_the_page(ada, alan, other, homework):
    address = COURSE + "homework/homework-1/submissions/"
    for stranger in ("Otto Outside", "Ada Lovelace"):
        refused = api(ada).post(address, work(**{"classmates-2": stranger}))
        assert (refused.status_code, list(refused.json())) == (400, ["classmates-2"])
    assert api(ada).post(address, work(**{"classmates-2": "alan turing", "others-2": "A book"})).status_code == 201
    said = Submission.objects.get().acknowledgements.get(problem__number=2)
    assert (list(said.classmates.all()), said.others, said.nobody) == ([alan], "A book", False)


@pytest.mark.parametrize("field", ["owner", "score", "submitted_at", "completed_at", "role", "course", "is_staff"])
def test_a04_fields_that_may_not_be_set_are_refused(ada, homework, field):
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", work(**{field: "x"}))
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Submission.objects.exists()


def test_u01_u07_what_the_service_refuses_is_a_400_by_part(ada, homework):
    bad = work(**{"written-part": SimpleUploadedFile("w.pdf", b"no")})
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", bad)
    assert (answer.status_code, list(answer.json())) == (400, ["written-part"])


@pytest.mark.parametrize("part", ["written-part", "notebook"])
def test_a_part_that_comes_as_text_is_refused_and_not_left_out(ada, homework, part):
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", work(**{part: "%PDF-1.7"}))
    assert (answer.status_code, answer.json()) == (400, {part: ["Send a file here, with a name."]})
    assert not Submission.objects.exists()


def test_f09_what_is_refused_after_it_found_its_place_leaves_it_again(ada, homework, settings):
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", work(**{"others-1": "x" * 501}))
    assert answer.status_code == 400
    assert not StoredFile.objects.exists()
    assert [path for path in settings.FILES_ROOT.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", ["schedule/", "homework/", "submissions/", "grades/", "scores/", "export/canvas.csv"])
def test_a02_outsiders_get_what_a_missing_course_gets(other, path, client):
    assert client.get(COURSE + path).status_code in (401, 403)
    found = api(other["student"]).get(COURSE + path)
    missing = api(other["student"]).get(f"/api/v1/courses/no-such/{path}")
    assert (found.status_code, found.content) == (404, missing.content)


def test_scores_and_release_and_export_are_for_those_who_may(ada, tom, ines, homework):
    award = {
        "item": "Homework 1",
        "student": ada.user.email,
        "state": "graded",
        "points": "80.5",
        "reason": "Oral exam",
    }
    for person, status in ((ada, 404), (tom, 404), (ines, 200)):
        assert api(person).post(COURSE + "scores/", award, format="json").status_code == status
    assert Score.objects.get(enrollment=ada).points == 80.5
    for person, status in ((ada, 404), (tom, 200), (ines, 200)):
        assert api(person).get(COURSE + "scores/").status_code == status
    assert b"80.50" in b"".join(api(ines).get(COURSE + "export/canvas.csv").streaming_content)
    assert (
        api(tom).post(COURSE + "release/", {"item": "Homework 1", "released": True}, format="json").status_code == 404
    )


def test_a06_an_unreleased_score_shows_nowhere_and_then_page_and_api_agree(ada, ines, homework):
    award = {
        "item": "Homework 1",
        "student": ada.user.email,
        "state": "graded",
        "points": "80.5",
        "reason": "Oral exam",
    }
    api(ines).post(COURSE + "scores/", award, format="json")
    assert "80.5" not in api(ada).get(COURSE + "grades/").content.decode()
    api(ines).post(COURSE + "release/", {"item": "Homework 1", "released": True}, format="json")
    told = api(ada).get(COURSE + "grades/").json()
    assert (told["final"], told["so_far"], told["items"][0]["points"]) == ("12.08", "80.50", "80.5000")
    assert Item.objects.get(title="Homework 1").released_at <= timezone.now()


def test_a04_an_award_with_a_strange_field_is_refused(ada, ines):
    award = {"item": "Homework 1", "student": ada.user.email, "state": "excused", "reason": "Ill", "source": "marks"}
    answer = api(ines).post(COURSE + "scores/", award, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["source"])


def test_a05_a_token_stops_with_the_enrolment(ada):
    client = api(ada)
    assert client.get(COURSE + "schedule/").status_code == 200
    ada.status = "dropped"
    ada.save()
    assert client.get(COURSE + "schedule/").status_code == 404


def test_the_openapi_page_and_schema_are_there(ada, client):
    client.force_login(ada.user)
    assert client.get("/api/v1/").status_code == 200
    assert client.get("/api/v1/schema/").status_code == 200


@pytest.mark.parametrize("body", ["[" * 100_000, '{"assignment":' * 100_000])
def test_json_that_is_nested_too_deeply_is_refused(ada, homework, body):
    answer = api(ada).post(COURSE + "late-days/", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"detail": "This is nested too deeply."})


def test_a_character_that_no_database_keeps_is_refused(ada, homework):
    answer = api(ada).post(COURSE + "homework/homework-1/submissions/", work(**{"others-1": "a\0b"}))
    assert answer.status_code == 400
    assert not Submission.objects.exists()
