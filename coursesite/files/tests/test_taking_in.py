"""What is taken, what is refused, and what the worker finds out; rows of the battery by their ids."""

import errno
import hashlib
import io
import json
import os
import random
import tracemalloc
from subprocess import CompletedProcess

import pytest
from django.core.exceptions import ValidationError

from coursesite.files import services
from coursesite.files.models import Format, StoredFile
from coursesite.files.tests import samples
from coursesite.files.uploads import CHUNK, HASHED_AT_ONCE, Incoming, place_of, plain_name, uploaded

pytestmark = pytest.mark.django_db


def take(content, name="work.pdf", formats=(Format.PDF,)):
    return services.take_in(incoming=uploaded(content, name), formats=formats)


def refused(content, name, formats):
    with pytest.raises(ValidationError) as caught:
        take(content, name, formats)
    assert not StoredFile.objects.exists()
    return caught.value.messages[0]


def test_bytes_are_kept_as_they_came():
    content = samples.pdf("One", "Two")
    file = take(content)
    assert file.path.read_bytes() == content
    assert file.path.name == file.id.hex


def test_u01_an_empty_file_is_refused():
    assert (
        refused(b"", "work.pdf", [Format.PDF]) == "“work.pdf” is empty. Check that it was saved, and choose it again."
    )


def test_u02_the_limit_itself_is_taken_and_one_byte_over_is_not(settings):
    content = samples.pdf()
    settings.UPLOAD_MAX_BYTES = len(content)
    take(content)
    StoredFile.objects.all().delete()
    assert "larger than" in refused(content + b"\n", "work.pdf", [Format.PDF])


@pytest.mark.parametrize(
    ("content", "name", "formats"),
    [
        (samples.pdf(), "work.ipynb", [Format.NOTEBOOK]),
        (b"MZ\x90\x00 program", "work.pdf", [Format.PDF]),
        (b"\x7fELF", "work.pdf.exe", [Format.PDF]),
        (b"<html><script>alert(1)</script>", "work.pdf", [Format.PDF]),
    ],
)
def test_u07_content_decides_not_the_name(content, name, formats):
    assert refused(content, name, formats)


def test_u07_a_pdf_of_another_name_is_taken():
    assert take(samples.pdf(), "work.docx").format == Format.PDF


ENCRYPTED_ADVICE = "This PDF asks for a password."


def test_u13_an_encrypted_pdf_is_kept_with_a_warning():
    from io import BytesIO

    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret"))
    canvas.drawString(72, 720, "x")
    canvas.save()
    file = take(out.getvalue())
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.warning.startswith(ENCRYPTED_ADVICE)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", samples.pdf()[:300], b"%PDF-1.4\n" + b"\0" * 5000])
def test_u14_a_damaged_pdf_is_kept_with_a_warning(content):
    file = take(content)
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert "damaged" in file.warning
    assert file.path.read_bytes() == content


def test_u14_a_pdf_of_many_pages_shows_the_first_ones(monkeypatch):
    file = take(samples.pdf(*map(str, range(210))))
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.pages == 210
    assert len(list(file.preview_path.glob("*.png"))) == 200


def rendered(content):
    file = take(content, "work.ipynb", [Format.NOTEBOOK])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    return (file.preview_path / "notebook.html").read_text()


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"nbformat": 4, "x": ' + b"1" * 1_000_000 + b"}",
        b'{"nbformat": 3, "worksheets": []}',
        b'{"nbformat": 99, "cells": []}',
        b"{",
        b"[]",
        b'"text"',
        b'{"nbformat": 4}',
        b'{"nbformat": "4"}',
        b"\xff\xfe\x00",
    ],
)
def test_u20_u21_what_jupyter_cannot_open_is_refused(content):
    assert "is not a notebook that Jupyter can open" in refused(content, "work.ipynb", [Format.NOTEBOOK])


def outputs(count):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "", "execution_count": 1, "outputs": [{}] * count}
    return samples.notebook(cells=[cell])


def test_u20_outputs_that_are_none_cost_no_memory():
    """Listing every thing that each of them might be takes ten thousand times the size of the file."""
    tracemalloc.start()
    refused(outputs(2_000), "work.ipynb", [Format.NOTEBOOK])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10 * 2**20


def test_u20_a_small_notebook_of_very_many_things_is_read_in_a_child_process(monkeypatch):
    monkeypatch.setattr(services, "run_child", lambda *words: CompletedProcess(words, 0, "it was read elsewhere\n", ""))
    assert "it was read elsewhere" in refused(outputs(200_000), "work.ipynb", [Format.NOTEBOOK])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_u21_a_bom_does_no_harm(encoding):
    page = rendered(samples.notebook("print('ä')").decode().encode(encoding))
    assert "print" in page


@pytest.mark.parametrize("name", ["a" * 100, "<img src=x onerror=1>", "two words", 5, None])
def test_u19_an_id_that_is_none_is_taken_and_shown_without(name):
    cell = {"cell_type": "code", "id": name, "metadata": {}, "source": "print(41)", "outputs": [], "execution_count": 1}
    page = rendered(samples.notebook(cells=[cell, cell]))
    assert ("41" in page, "<img" in page, "onerror" in page) == (True, False, False)


def test_u20_nan_and_duplicate_keys_do_no_harm():
    text = (
        samples.notebook().decode().replace('"metadata": {}, "cells"', '"metadata": {"a": NaN, "a": Infinity}, "cells"')
    )
    assert "print" in rendered(text.encode())


def test_u20_a_large_notebook_is_read_in_a_child_process_and_has_no_preview(monkeypatch):
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 21_000_000}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [text], "execution_count": 1}
    file = take(samples.notebook(cells=[cell]), "work.ipynb", [Format.NOTEBOOK])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert "too large for a preview" in file.warning


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x", "x"),
        ("C:\\x.pdf", "x.pdf"),
        ("/etc/x", "x"),
        ("a\0b\r\nc.pdf", "abc.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        (".", "unnamed"),
        ("", "unnamed"),
        ("CON", "CON"),
        ("<img onerror=x>.pdf", "<img onerror=x>.pdf"),
        ("😀.pdf", "😀.pdf"),
    ],
)
def test_u22_names_are_for_people_only(name, shown):
    assert plain_name(name) == shown


def test_u22_a_long_name_keeps_its_suffix():
    assert plain_name("x" * 5000 + ".pdf") == "x" * 196 + ".pdf"


def test_f09_what_broke_off_and_what_has_no_row_is_swept_and_nothing_else(settings, tmp_path):
    settings.FILES_ROOT, settings.INCOMING_ROOT = tmp_path / "files", tmp_path / "incoming"
    kept, orphan = take(samples.pdf()), take(samples.pdf("b"))
    broken = uploaded(b"half", "x.pdf")
    StoredFile.objects.filter(pk=orphan.pk).delete()
    assert services.sweep() == []
    assert set(services.sweep(older_than=-60)) == {orphan.path, broken.path}
    assert kept.path.exists()


@pytest.mark.parametrize(
    "size", [1, CHUNK, HASHED_AT_ONCE - 1, HASHED_AT_ONCE, HASHED_AT_ONCE + 1, 2 * HASHED_AT_ONCE + 7]
)
def test_the_hash_is_that_of_all_bytes_in_their_order(size):
    content = random.Random(size).randbytes(size)
    incoming = uploaded(content, "x.pdf")
    assert incoming.sha256 == hashlib.sha256(content).hexdigest()
    assert incoming.path.read_bytes() == content
    incoming.close()


def test_a_file_that_lost_bytes_on_the_disk_gets_no_fingerprint():
    incoming = uploaded(b"x" * 10, "x.pdf")
    os.truncate(incoming.path, 5)
    with pytest.raises(OSError, match="shorter than what was written"):
        _ = incoming.sha256
    incoming.close()


def test_what_nobody_keeps_leaves_its_place_again(settings):
    incoming = uploaded(b"no PDF", "x.pdf")
    waits = incoming.path
    incoming.sync()
    incoming.settle()
    assert incoming.path == place_of(incoming.id)
    assert (waits.exists(), incoming.path.read_bytes()) == (False, b"no PDF")
    incoming.close()
    assert not incoming.path.exists()


def test_f07_a_disk_that_takes_less_than_it_is_given_is_given_the_rest(monkeypatch, settings):
    settings.INCOMING_ROOT.mkdir(parents=True)

    class Nearly(io.FileIO):
        def write(self, data):
            return super().write(data[: max(1, len(data) // 2)])

    monkeypatch.setattr(Incoming, "_opened", lambda self: Nearly(self.path, "x+"))
    content = random.Random(1).randbytes(100_000)
    incoming = uploaded(content, "x.pdf")
    assert incoming.path.read_bytes() == content
    assert incoming.sha256 == hashlib.sha256(content).hexdigest()
    incoming.close()


def test_f07_a_disk_that_fails_beside_other_work_is_not_overheard(monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("coursesite.files.uploads.os.fsync", full)
    incoming = uploaded(samples.pdf(), "work.pdf")
    with pytest.raises(OSError, match="No space left"):
        services.take_in(incoming=incoming, formats=[Format.PDF])
    assert not StoredFile.objects.exists()
    incoming.close()
    assert not incoming.path.exists()


def test_notebook_tells_when_it_was_not_run_in_order():
    cells = json.loads(samples.notebook("1", "2"))["cells"]
    cells[0]["execution_count"] = 7
    file = take(samples.notebook(cells=cells), "work.ipynb", [Format.NOTEBOOK])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert "not run from top to bottom" in file.warning


ACTIVE = b"""%PDF-1.7
1 0 obj << /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R /AA << /WC 5 0 R >> /AcroForm << /Fields [7 0 R] >>
 /Names << /EmbeddedFiles << /Names [(a.exe) 8 0 R] >> /JavaScript << /Names [(x) 5 0 R] >> >> >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [6 0 R 7 0 R] /AA << /O 6 0 R >> >> endobj
5 0 obj << /S /JavaScript /JS (app.launchURL\\("ADDRESS/js"\\); this.submitForm\\("ADDRESS/form"\\);) >> endobj
6 0 obj << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /S /Launch /A << /S /Launch /F (/bin/sh) /Next << /S /URI /URI (ADDRESS/uri) >> >> >> endobj
7 0 obj << /Type /Annot /Subtype /Widget /FT /Btn /Rect [0 0 9 9] /T (b) /A << /S /SubmitForm /F (ADDRESS/submit) >> >> endobj
8 0 obj << /Type /Filespec /F (a.exe) /EF << /F 9 0 R >> >> endobj
9 0 obj << /Type /EmbeddedFile /Length 2 >> stream
MZ
endstream endobj
trailer << /Root 1 0 R /Size 10 >>
%%EOF
"""


def test_u12_a_pdf_with_programs_forms_and_files_in_it_calls_nobody_and_its_pages_are_pictures(trap):
    address, asked = trap
    file = take(ACTIVE.replace(b"ADDRESS", address.encode()))
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.pages == 1
    assert [path.name for path in file.preview_path.iterdir()] == ["1.png"]
    assert (file.preview_path / "1.png").read_bytes().startswith(b"\x89PNG")
    assert asked == []
