"""Whatever a file is called, and whatever is wrong with it, on the pages (battery U13, U22)."""

import io
import unicodedata
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db


NAMES = [
    'a".pdf',
    "a\r\nSet-Cookie: x=1.pdf",
    "\u202efdp.exe.pdf",
    "😀 naïve.pdf",
    "ג.pdf",
    "<img src=x onerror=alert(1)>.pdf",
    "x" * 240 + ".pdf",
    "CON.pdf",
    "../../etc/passwd",
]


def as_sent(name):
    """What a browser writes into the form's headers (HTML, section 4.10.21.8)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@pytest.mark.parametrize("name", NAMES)
def test_u22_a_name_is_shown_escaped_and_breaks_no_header(client, homework, ada, name):
    client.force_login(ada.user)
    sent = {"key": str(uuid4()), **{f"who-{n}": "nobody" for n in (1, 2, 3, 4)}}
    file = SimpleUploadedFile("w.pdf", samples.pdf())
    file._name = as_sent(name)  # Django's own class would cut it
    client.post(f"/c/deep-learning/homework/{homework.slug}/", sent | {"file-written-part": file})
    used = Submission.objects.get().files.get()
    assert used.file.path.name == used.file.pk.hex
    page = client.get(reverse("handin:receipt", args=[used.submission_id])).content.decode()
    assert escape(used.file.name) in page
    assert "<img src=x" not in page
    answer = client.get(reverse("handin:download", args=[used.submission_id, used.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert not set(answer["Content-Disposition"]) & set("\r\n\u202e")
    assert "Set-Cookie" not in answer.headers
    assert b"".join(answer.streaming_content) == samples.pdf()


def test_u22_a_name_that_breaks_its_own_header_is_cut_there_and_makes_no_other(client, homework, ada):
    client.force_login(ada.user)
    sent = {"key": str(uuid4()), **{f"who-{n}": "nobody" for n in (1, 2, 3, 4)}}
    file = SimpleUploadedFile("w.pdf", samples.pdf())
    file._name = "a\r\nSet-Cookie: x=1.pdf"  # as no browser sends it
    answer = client.post(f"/c/deep-learning/homework/{homework.slug}/", sent | {"file-written-part": file})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (302, False)
    assert StoredFile.objects.get().name.strip('"') == "a"


@pytest.mark.parametrize("letter", ["x", "ä", "課", "😀", '"'])
def test_u22_a_name_of_five_thousand_characters_is_kept_shortened_with_its_suffix(client, homework, ada, letter):
    client.force_login(ada.user)
    file = SimpleUploadedFile("w.pdf", samples.pdf())
    file._name = as_sent(letter * 5000) + ".pdf"
    sent = {"key": str(uuid4()), **{f"who-{n}": "nobody" for n in (1, 2, 3, 4)}}
    answer = client.post(f"/c/deep-learning/homework/{homework.slug}/", sent | {"file-written-part": file})
    assert answer.status_code == 302
    stored = StoredFile.objects.get()
    assert stored.name == letter * 196 + ".pdf"
    assert stored.path.read_bytes() == samples.pdf()


def test_u22_a_head_without_an_end_is_refused_in_words(client, homework, ada):
    client.force_login(ada.user)
    file = SimpleUploadedFile("w.pdf", samples.pdf())
    file._name = "x" * 40_000 + ".pdf"
    answer = client.post(f"/c/deep-learning/homework/{homework.slug}/", {"file-written-part": file})
    assert answer.status_code == 400
    assert "nothing was handed in" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_u22_twins_of_one_name_are_two_pages(client, homework, ada):
    client.force_login(ada.user)
    twins = [unicodedata.normalize(form, "ä.jpg") for form in ("NFC", "NFD")]
    photos = [SimpleUploadedFile(name, samples.photo(light=240 - n)) for n, name in enumerate(twins)]
    sent = {"key": str(uuid4()), **{f"who-{n}": "nobody" for n in (1, 2, 3, 4)}}
    client.post(f"/c/deep-learning/homework/{homework.slug}/", sent | {"file-written-part": photos})
    assert [file.name for file in StoredFile.objects.order_by("uses__position")] == ["ä.jpg"] * 2


def test_u13_the_page_says_that_a_pdf_asks_for_a_password(client, homework, ada, cast):
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret"))
    canvas.showPage()
    canvas.save()
    delivery = cast.delivery(written_part=out.getvalue())
    nobody = {number: Credit() for number in (1, 2, 3, 4)}
    made, _ = services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=nobody)
    files.inspect_waiting()
    client.force_login(ada.user)
    assert "▲ This PDF asks for a password." in client.get(f"/submissions/{made.pk}/").content.decode()
