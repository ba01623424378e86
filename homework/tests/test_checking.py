"""After a backup was restored: each difference between rows, files and receipts is told."""

import io
import os
import time

import pytest
from django.core.management import CommandError, call_command

from coursesite.files.tests import samples
from coursesite.files.uploads import uploaded
from coursesite.handin.models import Receipt
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_in(homework, ada, cast):
    work = cast.delivery(written_part=samples.pdf(), notebook=samples.notebook())
    nobody = {number: Credit() for number in (1, 2, 3, 4)}
    return services.submit(homework=homework, enrollment=ada, delivery=work, acknowledged=nobody)[0]


def told():
    out = io.StringIO()
    try:
        call_command("check_files", stdout=out, stderr=io.StringIO())
    except CommandError as problem:
        return [*out.getvalue().splitlines(), str(problem)]
    return out.getvalue().splitlines()


def stored(version, part="notebook"):
    return version.files.get(part__key=part).file


def test_f10_when_everything_is_there_nothing_is_told(handed_in):
    assert told() == []


def test_f10_a_file_that_is_gone_is_told_with_its_name(handed_in):
    file = stored(handed_in)
    file.path.unlink()
    line, count = told()
    assert str(file.path) in line
    assert "missing" in line
    assert file.name in line
    assert count == "1 difference."


def test_f10_bytes_that_are_fewer_or_others_are_told(handed_in):
    cut, other = stored(handed_in).path, stored(handed_in, "written-part").path
    cut.write_bytes(cut.read_bytes()[:-1])
    other.write_bytes(b"#" + other.read_bytes()[1:])
    lines = told()
    assert lines[-1] == "2 differences."
    assert any(str(cut) in line and "bytes instead of" in line for line in lines)
    assert any(str(other) in line and "not those that were handed in" in line for line in lines)


def test_f10_a_file_without_a_row_is_told_unless_it_may_be_on_its_way(handed_in, settings):
    stray = settings.FILES_ROOT / "ab" / ("ab" * 16)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    assert told() == []
    hours_ago = time.time() - 3 * 3600
    os.utime(stray, (hours_ago, hours_ago))
    line, _ = told()
    assert str(stray) in line
    assert "no row" in line


def test_f10_a_receipt_that_is_forged_or_names_other_files_is_told(handed_in):
    Receipt.objects.update(text=handed_in.receipt.text.replace("version 1", "version 2"))
    assert "signature" in told()[0]
    Receipt.objects.update(text=handed_in.receipt.text)
    handed_in.files.filter(part__key="notebook").delete()
    assert "other files" in told()[0]


def test_f10_an_upload_that_nobody_kept_is_not_our_concern(handed_in):
    half = uploaded(b"half", "x.pdf")
    assert told() == []
    half.close()
