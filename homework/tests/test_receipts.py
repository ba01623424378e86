"""U29: receipts are signed, stored with the version, mailed once, and can be checked by anybody, offline too."""

import base64
import errno
import hashlib
import re
import shutil
import subprocess
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.handin import receipts, signing
from coursesite.handin.models import Receipt, Submission
from coursesite.roster import letters
from coursesite.roster.models import Letter
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
PDF = samples.pdf("My work")


@pytest.fixture
def submission(homework, ada, cast):
    delivery = cast.delivery(written_part=PDF, notebook=samples.notebook())
    return services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=NOBODY)[0]


def test_u29_it_names_the_version_both_instants_and_every_hash(submission):
    text = submission.receipt.text
    assert "handed in: Homework 1, version 1\n" in text
    assert f"request complete: {receipts.instant(submission.completed_at)}\n" in text
    assert "time: on time\n" in text
    assert f"file: {hashlib.sha256(PDF).hexdigest()} {len(PDF)} written-part written_part.bin\n" in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", ["coursesite.files.uploads.os.fsync", "coursesite.handin.writing.tagging.carry_over"])
def test_u29_there_is_no_receipt_and_no_letter_when_disk_or_database_fail(homework, ada, cast, monkeypatch, fails):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    delivery = cast.delivery()
    monkeypatch.setattr(fails, full)
    with pytest.raises(OSError, match="No space left"):
        services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=NOBODY)
    for sent in (one for part in delivery.files.values() for one in part):
        sent.close()
    assert (Submission.objects.count(), Receipt.objects.count(), Letter.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    "change", ["on time/late", "Ada/Eve", "version 1/version 2", "file: /file:  ", "receipt: /receipt:\n"]
)
def test_u29_a_changed_receipt_is_not_genuine(submission, change):
    text = submission.receipt.text
    assert receipts.read(text).genuine
    assert receipts.read(f"  \r\n{text}".replace("\n", "\r\n") + " \n").genuine, "mail changes line ends"
    assert not receipts.read(text.replace(*change.split("/"), 1)).genuine


@pytest.mark.parametrize("text", ["x", receipts.SIGNATURE, f"{receipts.HEAD}\n{receipts.SIGNATURE}AAAA", "\0" * 100])
def test_what_is_no_receipt_is_not_genuine(text, client):
    assert not receipts.read(text).genuine
    assert "no receipt of this site" in client.post("/verify/", {"text": text}).content.decode()


def test_who_gives_no_receipt_is_asked_for_one(client):
    assert not receipts.read("").genuine
    assert "No receipt was given" in client.post("/verify/", {"text": " "}).content.decode()


def test_a_name_can_not_forge_a_line(submission, ada):
    ada.user.name = "Ada\ntime: on time\u2028file: 0 0 x"
    submission.enrollment.user.name = ada.user.name
    assert (
        len(receipts.lines(submission, submission.files.select_related("part", "file")))
        == len(submission.receipt.text.splitlines()) - 1
    )


def test_anybody_checks_a_receipt_and_its_files_and_nothing_is_stored(submission, client, settings):
    page = client.post("/verify/", {"text": submission.receipt.text}).content.decode()
    assert "This receipt is genuine" in page
    sent = {
        "receipt": SimpleUploadedFile("receipt.txt", submission.receipt.text.encode()),
        "file": [SimpleUploadedFile("same.pdf", PDF), SimpleUploadedFile("other.pdf", PDF + b" ")],
    }
    page = client.post("/verify/", sent).content.decode()
    assert "same.pdf is the file that was handed in" in page
    assert "other.pdf is not on this receipt" in page
    assert list(settings.INCOMING_ROOT.glob("*")) == []


def test_a_long_receipt_is_read_to_its_end(homework, ada, cast, client, settings):
    """Twenty photos with long names: the signature stands after them."""
    settings.UPLOAD_MAX_FILES = 40
    delivery = cast.delivery(written_part=[samples.photo() + bytes([n]) for n in range(40)])
    for n, sent in enumerate(delivery.files["written-part"]):
        sent.name = "😀" * 190 + f"{n}.jpg"
    made, _ = services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=NOBODY)
    text = made.receipt.text.encode()
    assert len(text) > 20_000
    page = client.post("/verify/", {"receipt": SimpleUploadedFile("receipt.txt", text)}).content.decode()
    assert "This receipt is genuine" in page


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_openssl_checks_it_offline_as_the_page_says(submission, client, tmp_path):
    (tmp_path / "receipt.txt").write_text(submission.receipt.text)
    (tmp_path / "coursesite-receipts.pem").write_bytes(client.get("/verify/key.pem").content)
    script = as_the_page_says(client)
    assert "Verified Successfully" in run(script, tmp_path).stdout
    for was, now in (("on time", "in time"), ("time: ", "signature of the dean, who saw it\ntime: ")):
        (tmp_path / "receipt.txt").write_text(submission.receipt.text.replace(was, now))
        assert run(script, tmp_path).returncode != 0


def as_the_page_says(client):
    """Its commands are those of the documentation."""
    page = unescape(client.get("/verify/").content.decode())
    commands = re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1].strip().splitlines()
    told = (Path(__file__).parents[2] / "docs" / "receipts.md").read_text()
    assert all(f"    {command}\n" in told for command in commands)
    return "\n".join(command for command in commands if not command.startswith("sha256sum"))


def run(script, folder):
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=30)


def test_the_owner_downloads_it_and_gets_it_by_mail_once(submission, client, ada):
    client.force_login(ada.user)
    answer = client.get(f"/submissions/{submission.pk}/receipt.txt")
    assert answer.content.decode() == submission.receipt.text
    assert letters.send_waiting() == 1
    assert letters.send_waiting() == 0
    (sent,) = mail.outbox
    assert sent.to == [ada.user.email]
    assert sent.attachments[0].content == submission.receipt.text


def test_f05_a_mail_server_that_is_down_is_asked_some_times_and_then_given_up(submission, monkeypatch):
    def down(self):
        raise ConnectionRefusedError("no mail today")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", down)
    assert letters.send_new() == letters.send_new() == letters.send_waiting() == 0
    assert Letter.objects.get().tries == 1, "the next try is a minute later"
    for minutes in range(0, 3 * 24 * 60, 30):
        assert letters.send_waiting(now=timezone.now() + timedelta(minutes=minutes)) == 0
    row = Letter.objects.get()
    assert (row.tries, row.sent_at, row.problem) == (letters.TRIES, None, "no mail today")


def test_the_key_is_made_once_and_readable_by_its_owner_alone(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSESITE_DATA", str(tmp_path))
    signing.key.cache_clear()
    first = signing.public_pem()
    signing.key.cache_clear()
    assert signing.public_pem() == first
    assert (tmp_path / "receipt_key").stat().st_mode & 0o777 == 0o600
    settings.RECEIPT_KEY = base64.b64encode(b"k" * 32).decode()
    signing.key.cache_clear()
    assert signing.public_pem() != first
    signing.key.cache_clear()
