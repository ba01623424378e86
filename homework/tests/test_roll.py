"""Who has handed in: the page of the staff, everything as a ZIP, reminders, and handing in for somebody."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import bundle, extensions
from coursesite.handin.models import Submission
from coursesite.roster import letters
from coursesite.roster.models import Letter
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
PDF = samples.pdf("Whole work")


@pytest.fixture
def page(homework):
    return f"/admin/handin/assignment/{homework.pk}/"


@pytest.fixture
def handed(homework, cast):
    def act(student, **files):
        delivery = cast.delivery(**files)
        return services.submit(homework=homework, enrollment=student, delivery=delivery, acknowledged=NOBODY)[0]

    return act


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def test_it_tells_who_has_who_has_not_and_who_has_more_time(as_tom, page, homework, handed, ada, alan, grace, tom):
    handed(ada)
    extensions.grant(
        assignment=homework, owner=alan, until=homework.due_at + timedelta(days=1), reason="Ill", by=tom.user
    )
    shown = as_tom.get(f"{page}roll/").content.decode()
    assert "1 of 3 handed in" in shown
    assert "Remind 2 who have not" in shown
    assert "until <time" in shown


def test_the_number_of_queries_does_not_grow(
    as_tom, page, handed, ada, alan, grace, django_assert_num_queries, django_assert_max_num_queries
):
    handed(ada)
    with django_assert_max_num_queries(25) as first:
        as_tom.get(f"{page}roll/")
    for student in (alan, grace):
        handed(student, written_part=samples.pdf(str(student)), notebook=samples.notebook())
    with django_assert_num_queries(len(first)):
        as_tom.get(f"{page}roll/")


def archive(client, page):
    return zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"{page}all.zip").streaming_content)))


def test_everything_comes_as_a_zip_whose_manifest_names_each_hash(as_tom, page, handed, ada, alan):
    handed(ada, written_part=PDF, notebook=samples.notebook())
    handed(alan, written_part=samples.pdf("another"))
    found = archive(as_tom, page)
    assert found.testzip() is None
    rows = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode())))
    assert len(rows) == 3
    for row in rows:
        assert hashlib.sha256(found.read(f"{row['folder']}/{row['file']}")).hexdigest() == row["SHA-256"]
    assert {row["for"] for row in rows} == {"Lovelace, Ada", "Turing, Alan"}


def test_a_file_that_is_gone_costs_nobody_the_others_and_the_manifest_says_so(as_tom, page, handed, ada, alan):
    gone = handed(ada).files.get(part__key="written-part").file
    handed(alan)
    gone.path.unlink()
    found = archive(as_tom, page)
    assert found.testzip() is None
    rows = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode())))
    assert [row["SHA-256"] == bundle.MISSING for row in rows] == [True, False, False, False]
    assert len(found.namelist()) == 4, "three files and the manifest"


def test_a_file_that_goes_while_the_zip_is_sent_does_not_break_it(homework, handed, ada, alan):
    handed(ada)
    last = handed(alan).files.get(part__key="notebook").file
    stream = bundle.bundle(homework)
    begun = next(stream)
    last.path.unlink()
    found = zipfile.ZipFile(io.BytesIO(begun + b"".join(stream)))
    assert found.testzip() is None
    assert bundle.MISSING in found.read("manifest.csv").decode()


@pytest.mark.parametrize("name", ["../../etc/passwd", "CON", "a/b\\c", "x\u202egpj.exe", "=1+1", "  .. "])
def test_u22_names_in_the_zip_lead_nowhere(name):
    clean = bundle.clean(name)
    assert not set(clean) & set("/\\:\u202e=")
    assert clean.strip(". ")
    assert clean not in ("CON", "..")


def test_two_people_of_one_name_get_two_folders(as_tom, page, handed, ada, alan):
    alan.user.sort_name = ada.user.sort_name.upper()
    alan.user.save()
    handed(ada)
    handed(alan, written_part=samples.pdf("b"))
    assert len({name.split("/")[0].lower() for name in archive(as_tom, page).namelist()}) == 3


def test_the_zip_takes_no_memory_of_its_size(homework, handed, ada, settings):
    handed(ada)
    for file in StoredFile.objects.all():
        file.path.write_bytes(bytes(40_000_000))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in bundle.bundle(homework))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 80_000_000
    assert peak < 10_000_000


def test_reminders_go_to_whoever_has_not_and_still_can(as_tom, page, homework, handed, ada, alan, grace, cast, tom):
    handed(ada)
    assert "Reminded: 2." in as_tom.post(f"{page}remind/", follow=True).content.decode()
    letters.send_waiting()
    written_to = {address for sent in mail.outbox if "not handed in" in sent.subject for address in sent.to}
    assert written_to == {alan.user.email, grace.user.email}
    cast.opened(homework, due=-timedelta(hours=1))
    extensions.grant(
        assignment=homework, owner=grace, until=timezone.now() + timedelta(hours=1), reason="Ill", by=tom.user
    )
    assert "was reminded a moment ago" in as_tom.post(f"{page}remind/", follow=True).content.decode()
    Letter.objects.update(made_at=timezone.now() - timedelta(hours=1))
    assert "Reminded: 1." in as_tom.post(f"{page}remind/", follow=True).content.decode()


def test_a_reminder_names_the_part_that_is_missing(as_tom, page, handed, ada, alan, grace):
    handed(ada, written_part=PDF)
    handed(alan)
    handed(grace)
    assert "Remind 1 who has not, or only in part" in as_tom.get(f"{page}roll/").content.decode()
    assert "Reminded: 1." in as_tom.post(f"{page}remind/", follow=True).content.decode()
    letters.send_waiting()
    (sent,) = (sent for sent in mail.outbox if "receipt" not in sent.subject)
    assert (sent.to, sent.subject) == ([ada.user.email], "Homework 1 is handed in only in part: Notebook missing")


def test_staff_hand_in_for_a_student_and_the_receipt_says_so(as_tom, page, homework, ada, tom, cast):
    cast.opened(homework, due=-timedelta(hours=1))
    sent = {"key": str(uuid4()), "file-written-part": SimpleUploadedFile("w.pdf", PDF)}
    answer = as_tom.post(f"{page}for/{ada.pk}/", sent, follow=True)
    assert "Version 1 of Lovelace, Ada is in" in answer.content.decode()
    made = Submission.objects.get(enrollment=ada)
    assert made.lateness.days == 1
    assert f"by: {tom.user.name} <{tom.user.email}>" in made.receipt.text
    letters.send_waiting()
    assert mail.outbox[0].to == [ada.user.email]


def test_what_is_refused_for_students_is_refused_for_staff(as_tom, page, ada):
    sent = {"key": str(uuid4()), "file-written-part": SimpleUploadedFile("w.pdf", b"no pdf")}
    answer = as_tom.post(f"{page}for/{ada.pk}/", sent)
    assert answer.status_code == 400
    assert not Submission.objects.exists()


def test_a02_others_find_nothing_there(client, page, homework, ada, alan, other, handed):
    handed(ada)
    for person in (alan, other["ta"], other["instructor"]):
        client.force_login(person.user)
        for path in ("roll/", "all.zip", f"for/{ada.pk}/"):
            assert client.get(page + path, follow=True).status_code == 404
        sent = {"key": str(uuid4()), "file-written-part": SimpleUploadedFile("w.pdf", PDF)}
        client.post(f"{page}for/{ada.pk}/", sent)
        client.post(f"{page}remind/")
    assert Submission.objects.count() == 1
    assert letters.send_waiting() == 1, "the receipt alone"


def test_one_part_of_two_is_told_as_partly_to_the_student_and_to_the_staff(client, page, homework, handed, ada, tom):
    handed(ada, written_part=PDF)
    client.force_login(ada.user)
    for address in ("/c/deep-learning/", "/c/deep-learning/homework/"):
        shown = client.get(address).content.decode()
        assert ("▲ Partly: Notebook missing" in shown, "✓ Submitted" in shown) == (True, False)
    client.force_login(tom.user)
    shown = client.get(f"{page}roll/").content.decode()
    assert "1 of 1 handed in, 1 of them partly" in " ".join(shown.split())
    assert "partly: Notebook missing" in shown
    handed(ada, notebook=samples.notebook())
    assert "partly" not in client.get(f"{page}roll/").content.decode()
    client.force_login(ada.user)
    for address in ("/c/deep-learning/", "/c/deep-learning/homework/"):
        shown = client.get(address).content.decode()
        assert ("Partly" in shown, "✓ Submitted" in shown) == (False, True)
