"""Files that are made to do harm are kept byte for byte, and whatever opens them has limits."""

import hashlib
import os
import subprocess
import sys
import zipfile

import pytest

from coursesite.files import services, word
from coursesite.files.uploads import uploaded

from . import hostile, samples

pytestmark = pytest.mark.django_db
FORMATS = {"written-part": ["pdf", "docx", "image"], "notebook": ["ipynb"]}


@pytest.mark.parametrize("row", hostile.KEPT)
def test_u09_u10_u14_u15_u20_what_is_made_to_harm_is_kept_as_it_is_and_looked_into(row):
    part, name, made = hostile.KEPT[row]
    content = made()
    file = services.take_in(incoming=uploaded(content, name), formats=FORMATS[part])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.inspected_at
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.warning or file.pages


@pytest.mark.parametrize(("row", "pages"), [("U14 late header", 1), ("U14 wrong table", 1), ("U14 many pages", 10_000)])
def test_u14_what_can_be_read_all_the_same_is_shown(row, pages):
    file = services.take_in(incoming=uploaded(hostile.KEPT[row][2](), "w.pdf"), formats=["pdf"])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.pages == pages
    assert (file.preview_path / "1.png").read_bytes().startswith(b"\x89PNG")


def test_u10_a_link_in_a_document_becomes_a_plain_entry(tmp_path):
    (tmp_path / "in.docx").write_bytes(hostile.with_symlink())
    word.defused(tmp_path / "in.docx", tmp_path / "out.docx")
    with zipfile.ZipFile(tmp_path / "out.docx") as copy:
        assert not [one for one in copy.infolist() if (one.external_attr >> 16) & 0o170000 == 0o120000]
        assert not [name for name in copy.namelist() if "evil" in name]


@pytest.mark.parametrize("content", [b"II*\0" + bytes(200), b"MM\0*" + bytes(200), b"GIF89a" + bytes(200)])
def test_u15_tiff_and_gif_are_refused_whatever_they_hold(content):
    with pytest.raises(services.ValidationError, match="nor a photo"):
        services.check(incoming=uploaded(content, "scan.jpg"), formats=FORMATS["written-part"])


def limited(code, **limits):
    head = "from coursesite.files import inspecting; "
    head += "".join(f"inspecting.{name} = {value}; " for name, value in limits.items())
    command = [sys.executable, "-c", f"{head}inspecting.limit(400 * 1024**2); {code}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONPATH": "."})


def test_what_opens_files_has_limits_on_memory_time_and_output(tmp_path):
    assert "MemoryError" in limited("bytearray(10**9)").stderr
    assert limited("[None for _ in iter(int, 1)]", SECONDS=1).returncode != 0
    assert limited("all(iter(lambda: 1, 2))", SECONDS=1).returncode in (-9, -24), "the kernel ends it"
    limited(f"open('{tmp_path}/big', 'wb').write(bytes(2000))", OUTPUT=1000)
    assert (tmp_path / "big").stat().st_size <= 1000
    assert limited("print(1)").stdout == "1\n"


def test_a_notebook_without_cells_is_told(client):
    file = services.take_in(incoming=uploaded(samples.notebook(cells=[]), "n.ipynb"), formats=["ipynb"])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert file.warning == "This notebook is empty: it has no cells. Is it the file that you meant?"


def test_a_notebook_with_errors_that_was_not_run_in_order_is_told_both(client):
    failed = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": []}
    cells = [
        {
            "cell_type": "code",
            "id": f"c{at}",
            "metadata": {},
            "source": "1/0",
            "outputs": [failed],
            "execution_count": at,
        }
        for at in (2, 1)
    ]
    file = services.take_in(incoming=uploaded(samples.notebook(cells=cells), "n.ipynb"), formats=["ipynb"])
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert "2 cells end with an error." in file.warning
    assert "not run from top to bottom" in file.warning
