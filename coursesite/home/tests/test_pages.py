"""Every page answers, for whom it should, and nobody else; handing in through the browser's form."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Submission

pytestmark = pytest.mark.django_db
PAGES = [
    "",
    "schedule/",
    "people/",
    "about/",
    "homework/",
    "homework/homework-1/",
    "project/",
    "project/proposal/",
    "grades/",
]


@pytest.fixture
def as_ada(client, ada, homework, proposal):
    client.force_login(ada.user)
    return client


def address(page=""):
    return f"/c/deep-learning/{page}"


@pytest.mark.parametrize("page", PAGES)
def test_a_student_sees_each_page(as_ada, page):
    answer = as_ada.get(address(page))
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("page", [page for page in PAGES if page != "grades/"])
def test_staff_see_each_page(client, tom, homework, proposal, page):
    client.force_login(tom.user)
    assert client.get(address(page)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a02_others_get_what_a_missing_course_gets(client, other, homework, proposal, page):
    client.force_login(other["student"].user)
    found, missing = client.get(address(page)), client.get(f"/c/no-such-course/{page}")
    assert (found.status_code, found.content) == (404, missing.content)


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(client, homework, page):
    answer = client.get(address(page))
    assert answer["Location"] == f"/accounts/login/?next={address(page)}"


def form(**changes):
    found = {"key": str(uuid4())}
    found |= {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    found["file-written-part"] = SimpleUploadedFile("work.pdf", samples.pdf())
    found["file-notebook"] = SimpleUploadedFile("work.ipynb", samples.notebook())
    return found | changes


def test_handing_in_ends_with_a_receipt_that_names_the_hash(as_ada, ada):
    answer = as_ada.post(address("homework/homework-1/"), form(), follow=True)
    made = Submission.objects.get(enrollment=ada)
    assert answer.redirect_chain[-1][0] == f"/submissions/{made.pk}/"
    for file in StoredFile.objects.all():
        assert file.sha256 in answer.content.decode()
    assert "version 1 is in" in answer.content.decode()


def test_u26_forged_fields_are_ignored(as_ada, ada, alan):
    as_ada.post(address("homework/homework-1/"), form(completed_at="2001-01-01", enrollment=alan.pk, owner=alan.pk))
    made = Submission.objects.get()
    assert made.enrollment == ada
    assert made.completed_at.year > 2001


def test_u06_two_files_for_one_part_are_refused(as_ada, settings):
    two = [SimpleUploadedFile("a.pdf", samples.pdf()), SimpleUploadedFile("b.pdf", samples.pdf("b"))]
    answer = as_ada.post(address("homework/homework-1/"), form(**{"file-written-part": two}))
    assert answer.status_code == 400
    assert "is one file, or several photos; 2 files came" in answer.content.decode()
    assert not Submission.objects.exists()
    assert list(settings.INCOMING_ROOT.iterdir()) == []


def test_u02_a_file_over_the_limit_is_refused_and_swept(as_ada, settings):
    settings.UPLOAD_MAX_BYTES = 2000
    answer = as_ada.post(
        address("homework/homework-1/"), form(**{"file-notebook": SimpleUploadedFile("n.ipynb", b"x" * 5000)})
    )
    assert answer.status_code == 400
    assert "larger than 2000 bytes" in answer.content.decode()
    assert list(settings.INCOMING_ROOT.iterdir()) == []


def test_u01_u07_mistakes_stand_beside_their_fields_and_nothing_is_kept(as_ada, settings):
    bad = {"file-written-part": SimpleUploadedFile("w.pdf", b"no"), "file-notebook": SimpleUploadedFile("n.ipynb", b"")}
    answer = as_ada.post(address("homework/homework-1/"), form(**bad))
    assert answer.status_code == 400
    assert "is neither a PDF" in answer.content.decode()
    assert "is empty" in answer.content.decode()
    assert list(settings.INCOMING_ROOT.iterdir()) == []
    assert not StoredFile.objects.exists()


def test_u28_a_signed_out_form_is_refused_in_words(client, homework, settings):
    answer = client.post(address("homework/homework-1/"), form())
    assert answer.status_code == 403
    assert "nothing was handed in" in answer.content.decode()
    assert not settings.INCOMING_ROOT.exists()


def test_u28_a_missing_csrf_token_is_refused_in_words(ada, homework):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada.user)
    answer = strict.post(address("homework/homework-1/"), form())
    assert answer.status_code == 403
    assert "nothing was handed in" in answer.content.decode()


def test_classmates_are_acknowledged_by_name_and_strangers_are_refused(as_ada, alan):
    together = {"who-2": "somebody", "mates-2": "Alan Turing", "others-2": "A book"}
    answer = as_ada.post(address("homework/homework-1/"), form(**together | {"mates-2": "Nobody Known"}))
    assert "is no classmate" in answer.content.decode()
    answer = as_ada.post(address("homework/homework-1/"), form(**together), follow=True)
    assert "Alan Turing, A book" in answer.content.decode()


@pytest.fixture
def used(as_ada, ada):
    as_ada.post(address("homework/homework-1/"), form())
    return Submission.objects.get(enrollment=ada).files.first()


def test_u11_files_are_only_ever_attachments(as_ada, used):
    answer = as_ada.get(reverse("handin:download", args=[used.submission_id, used.pk]))
    assert b"".join(answer.streaming_content) == used.file.path.read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="work.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_a02_a_submission_is_for_its_owner_and_the_staff(client, used, ada, alan, tom, ines, other):
    paths = [
        reverse("handin:receipt", args=[used.submission_id]),
        reverse("handin:download", args=[used.submission_id, used.pk]),
    ]
    expected = {
        ada: 200,
        tom: 200,
        ines: 200,
        alan: 404,
        other["student"]: 404,
        other["ta"]: 404,
        other["instructor"]: 404,
    }
    for person, status in expected.items():
        client.force_login(person.user)
        assert [client.get(path).status_code for path in paths] == [status] * 2


def test_a05_a_dropped_student_is_out_at_once(as_ada, used, ada):
    ada.status = "dropped"
    ada.save()
    assert as_ada.get(reverse("handin:receipt", args=[used.submission_id])).status_code == 404
    assert as_ada.get(address()).status_code == 404


def test_a_team_is_founded_and_hands_in_on_the_pages(as_ada, client, alan):
    answer = as_ada.post(address("project/"), {"act": "found", "name": "Deep Sea"}, follow=True)
    assert "Team Deep Sea is founded." in answer.content.decode()
    as_ada.post(address("project/"), {"act": "invite", "invited": alan.pk})
    client.force_login(alan.user)
    invitation = alan.invitations.get()
    client.post(address("project/"), {"act": "accept", "invitation": invitation.pk})
    proposal = {"key": str(uuid4()), "file-proposal": SimpleUploadedFile("p.pdf", samples.pdf())}
    answer = client.post(address("project/proposal/"), proposal, follow=True)
    assert "Deep Sea, handed in by Alan Turing" in answer.content.decode()


def test_what_is_not_out_is_there_for_staff_alone(as_ada, client, tom, homework):
    later = timezone.now() + timedelta(days=1)
    type(homework).objects.filter(slug="homework-6").update(opens_at=later, due_at=later + timedelta(days=7))
    assert as_ada.get(address("homework/homework-6/")).status_code == 404
    client.force_login(tom.user)
    assert client.get(address("homework/homework-6/")).status_code == 200


def test_the_grades_page_needs_three_queries(as_ada, django_assert_num_queries):
    with django_assert_num_queries(3):
        as_ada.get(address("grades/"))


def test_photos_are_handed_in_by_the_form_and_shown_as_pages(as_ada, ada):
    photos = [SimpleUploadedFile(f"page {n}.jpg", samples.photo(light=240 - n)) for n in (1, 2)]
    page = as_ada.post(address("homework/homework-1/"), form(**{"file-written-part": photos}), follow=True)
    assert "Written part, page 2" in page.content.decode()
    assert Submission.objects.get(enrollment=ada).files.filter(part__key="written-part").count() == 2


def test_functions_are_built_from_text_in_the_admin_alone(client, tom):
    client.force_login(tom.user)
    allowed = {
        page: [
            word for word in ("'unsafe-eval'", "'unsafe-inline'") if word in client.get(page)["Content-Security-Policy"]
        ]
        for page in ("/admin/", "/api/v1/", "/api/v1/courses/", "/c/deep-learning/")
    }
    assert allowed == {
        "/admin/": ["'unsafe-eval'", "'unsafe-inline'"],
        "/api/v1/": ["'unsafe-inline'"],
        "/api/v1/courses/": [],
        "/c/deep-learning/": [],
    }


@pytest.mark.parametrize(
    "page", ["homework/homework-1/classmates/?mates-1=%00", "homework/homework-1/classmates/?mates-1=a%00"]
)
def test_a_character_that_no_database_keeps_is_no_mistake_of_ours(as_ada, page):
    assert as_ada.get(address(page)).status_code == 400


def test_a_form_that_comes_in_one_piece_is_read(as_ada):
    """Without files a script may send it as a plain form."""
    form = {"key": uuid4()} | {f"who-{n}": "nobody" for n in range(1, 5)}
    answer = as_ada.post(
        address("homework/homework-1/"), urlencode(form), content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, "Choose at least one file" in answer.content.decode()) == (400, True)
