"""Photos of pages: in the order and turned as on the page, upright, and together as one PDF."""

import csv
import hashlib
import io
import shutil
import subprocess
import zipfile
from datetime import timedelta
from uuid import uuid4

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import bundle, scans
from coursesite.handin.models import Scan, Submission

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/homework/homework-1/"
LIGHT = (200, 210, 220)


@pytest.fixture
def send(client, homework, ada):
    """The form as a browser sends it: photos by name, with `turns` when the page's script ran."""
    client.force_login(ada.user)

    def act(*photos, turns=None):
        form = {"key": str(uuid4())} | {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
        form["file-written-part"] = [SimpleUploadedFile(name, content) for name, content in photos]
        form |= {} if turns is None else {"turns-written-part": turns}
        answer = client.post(PAGE, form)
        assert answer.status_code == 302, answer.content.decode()
        for file in StoredFile.objects.filter(inspected_at=None):
            files.inspect(str(file.pk))
        scans.bind_waiting()
        return Submission.objects.get(is_current=True)

    return act


def photos(*names):
    return [(name, samples.photo(light=light)) for name, light in zip(names, LIGHT, strict=False)]


def names(made):
    return [used.file.name for used in made.files.select_related("file")]


def opened(made):
    (scan,) = made.scans.all()
    return pypdfium2.PdfDocument(scan.path)


def test_without_script_the_names_decide_and_numbers_count_as_numbers(send):
    assert names(send(*photos("page 10.jpg", "page 9.jpg", "Page 1.jpg"))) == [
        "Page 1.jpg",
        "page 9.jpg",
        "page 10.jpg",
    ]


def test_with_script_the_order_of_the_page_holds_and_each_photo_is_turned(send):
    made = send(*photos("b.jpg", "a.jpg", "c.jpg"), turns="0,90,180")
    assert names(made) == ["b.jpg", "a.jpg", "c.jpg"]
    shown = [Image.open(used.file.preview_path / "1.png").size for used in made.files.select_related("file")]
    assert shown == [(600, 800), (800, 600), (600, 800)]


@pytest.mark.parametrize("turns", ["0", "0,90,45", "x", "0,,90"])
def test_turns_that_make_no_sense_are_as_none(send, turns):
    assert names(send(*photos("b.jpg", "a.jpg", "c.jpg"), turns=turns)) == ["a.jpg", "b.jpg", "c.jpg"]


def test_the_same_photos_turned_otherwise_are_a_new_version(send):
    assert send(*photos("a.jpg"), turns="0").number == 1
    assert send(*photos("a.jpg"), turns="0").number == 1
    assert send(*photos("a.jpg"), turns="90").number == 2


def test_photos_become_one_pdf_upright_and_without_what_the_camera_noted(send, client):
    made = send(("1.jpg", samples.photo(upright=False)), ("2.jpg", samples.photo()), turns="0,90")
    pdf = opened(made)
    assert [tuple(round(side) for side in page.get_size()) for page in pdf] == [(595, 842), (842, 595)]
    content = made.scans.get().path.read_bytes()
    assert b"Exif" not in content
    assert b"GPS" not in content
    answer = client.get(f"/submissions/{made.pk}/scans/{made.scans.get().pk}.pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="homework-1-written-part-version-1.pdf"'
    assert b"".join(answer.streaming_content) == content
    assert "as one PDF</a>" in client.get(f"/submissions/{made.pk}/").content.decode()


def test_a_photo_that_can_not_be_opened_is_left_out_of_the_pdf_and_kept(send):
    made = send(("1.jpg", samples.photo()), ("2.jpg", b"\xff\xd8\xff" + bytes(5000)), turns="0,0")
    assert len(opened(made)) == 1
    assert made.files.count() == 2


def test_the_last_photo_that_is_looked_into_completes_the_pdf(send, homework, ada, cast, monkeypatch):
    asked = []
    monkeypatch.setattr(scans, "later", lambda task, pk: asked.append(pk))
    made = send(*photos("a.jpg", "b.jpg"), turns="0,0")
    assert asked == [made.scans.get().pk]


def test_f03_a_pdf_that_was_lost_is_made_later_and_one_that_fails_is_given_up(send, monkeypatch):
    made = send(*photos("a.jpg"), turns="0")
    Scan.objects.update(made_at=None, tries=0)
    monkeypatch.setattr(scans.previews, "lines", lambda *words: [])
    for _ in range(5):
        scans.bind_waiting()
    assert (made.scans.get().made_at, made.scans.get().tries) == (None, scans.TRIES)


def test_f04_while_a_worker_puts_photos_together_nobody_starts_it_again(send, monkeypatch):
    made = send(*photos("a.jpg"), turns="0")
    Scan.objects.update(made_at=None, tries=0)
    asked, lines = [], scans.previews.lines

    def slow(*words):
        asked.append(words)
        scans.bind_waiting()
        return lines(*words)

    monkeypatch.setattr(scans.previews, "lines", slow)
    scans.bind_waiting()
    scan = made.scans.get()
    assert (len(asked), scan.tries, scan.pages, scan.claimed_until) == (1, 1, 1, None)


def test_f01_photos_whose_worker_was_killed_are_put_together_once_its_time_is_over(send, monkeypatch):
    made = send(*photos("a.jpg"), turns="0")
    Scan.objects.update(made_at=None, tries=1, claimed_until=timezone.now() + timedelta(seconds=5))
    scans.bind_waiting()
    assert made.scans.get().made_at is None
    Scan.objects.update(claimed_until=timezone.now() - timedelta(seconds=5))
    scans.bind_waiting()
    assert made.scans.get().made_at


def test_a_photo_that_is_turned_while_its_pdf_is_made_has_it_made_again(send, monkeypatch, ada):
    made = send(*photos("a.jpg"), turns="0")
    Scan.objects.update(made_at=None, tries=0)
    lines = scans.previews.lines

    def turned_meanwhile(*words):
        scans.turn(used=made.files.get(), user=ada.user, by=90)
        return lines(*words)

    monkeypatch.setattr(scans.previews, "lines", turned_meanwhile)
    scans.bind_waiting()
    assert made.scans.get().made_at is None


def test_a_photo_is_turned_afterwards_by_its_owner_and_the_pdf_follows(send, client, alan):
    made = send(*photos("a.jpg"), turns="0")
    address = f"/submissions/{made.pk}/files/{made.files.get().pk}/turn/"
    client.post(address, {"right": ""})
    assert made.files.get().file.turned == 90
    files.inspect(str(made.files.get().file.pk))
    scans.bind_waiting()
    width, height = opened(made)[0].get_size()
    assert width > height
    client.post(address, {"left": ""}, headers={"HX-Request": "true"})
    assert made.files.get().file.turned == 0
    client.force_login(alan.user)
    assert client.post(address).status_code == 404


def test_a_photo_that_is_turned_while_it_is_looked_into_is_looked_into_again(send, monkeypatch):
    made = send(*photos("a.jpg"), turns="0")
    file = made.files.get().file
    StoredFile.objects.update(inspected_at=None, tries=0)
    make = files.previews.make

    def turned_meanwhile(begun):
        StoredFile.objects.update(turned=90)
        return make(begun)

    monkeypatch.setattr(files.previews, "make", turned_meanwhile)
    files.inspect(str(file.pk))
    assert StoredFile.objects.get().inspected_at is None


def test_the_preview_of_a_photo_as_it_stood_before_replaces_none_as_it_stands_now(send, monkeypatch):
    made = send(*photos("a.jpg"), turns="0")
    file = made.files.get().file
    StoredFile.objects.update(inspected_at=None, tries=0)
    lines = files.previews.lines

    def others_are_faster(*words):
        said = lines(*words)
        StoredFile.objects.update(turned=90)
        file.preview_path.mkdir(parents=True, exist_ok=True)
        (file.preview_path / "1.png").write_bytes(b"as it stands now")
        return said

    monkeypatch.setattr(files.previews, "lines", others_are_faster)
    files.inspect(str(file.pk))
    assert (file.preview_path / "1.png").read_bytes() == b"as it stands now"
    assert [path.name for path in file.preview_path.parent.iterdir()] == [file.preview_path.name]


def heic(folder):
    """As a phone writes it: HEVC in HEIF, with the place in its EXIF."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (44.0, 58.0, 27.0)
    Image.open(io.BytesIO(samples.photo())).save(folder / "photo.jpg", exif=exif)
    command = ["heif-enc", "-q", "60", "photo.jpg", "-o", "photo.heic"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "photo.heic").read_bytes()


@pytest.mark.skipif(shutil.which("heif-enc") is None, reason="heif-enc is not here (Debian: libheif-examples)")
@pytest.mark.parametrize(("turns", "size"), [("0", (600, 800)), ("90", (800, 600))])
def test_u17_a_real_heic_is_shown_turned_as_wished_and_tells_no_place(send, tmp_path, turns, size):
    content = heic(tmp_path)
    assert content[4:12] == b"ftypheic"
    assert b"Exif" in content
    made = send(("IMG_0001.HEIC", content), turns=turns)
    file = made.files.get().file
    assert (file.format, file.pages, file.warning) == ("image", 1, "")
    assert file.path.read_bytes() == content
    for name in ("1.png", "1.jpg"):
        shown = Image.open(file.preview_path / name)
        assert shown.size == size
        assert not shown.getexif()
        assert b"Exif" not in (file.preview_path / name).read_bytes()
    assert len(opened(made)) == 1


def test_the_zip_holds_the_photos_as_they_came_and_the_pdf_that_they_became(send, homework):
    made = send(*photos("page 1.jpg", "page 2.jpg"))
    found = zipfile.ZipFile(io.BytesIO(b"".join(bundle.bundle(homework))))
    rows = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode())))
    assert [row["file"] for row in rows] == [
        "written-part 1 - page 1.jpg",
        "written-part 2 - page 2.jpg",
        "written-part - all pages.pdf",
    ]
    (scan,) = made.scans.all()
    whole = found.read(f"{rows[2]['folder']}/{rows[2]['file']}")
    assert whole == scan.path.read_bytes()
    assert (rows[2]["SHA-256"], rows[2]["bytes"]) == (hashlib.sha256(whole).hexdigest(), str(len(whole)))
    scan.path.unlink()  # previews may be thrown away at any time
    assert len(zipfile.ZipFile(io.BytesIO(b"".join(bundle.bundle(homework)))).namelist()) == 3


@pytest.mark.parametrize(("count", "status"), [(20, 302), (21, 400)])
def test_u02_as_many_photos_as_are_taken_come_together_with_a_notebook(client, homework, ada, count, status):
    """One more is refused by the form, in a sentence, and not by a page that knows nothing of it."""
    client.force_login(ada.user)
    form = {"key": str(uuid4())} | {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    picture = samples.photo()
    form["file-written-part"] = [SimpleUploadedFile(f"{n}.jpg", picture + bytes([n])) for n in range(count)]
    form["file-notebook"] = SimpleUploadedFile("work.ipynb", samples.notebook())
    answer = client.post(PAGE, form)
    assert answer.status_code == status
    assert ("20 files are taken at most; 21 came. Put several pages into one PDF" in answer.content.decode()) == (
        status == 400
    )
