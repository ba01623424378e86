"""Word documents and photos: taken by content, shown to graders, harmless."""

import io
import random
import shutil
import struct
import subprocess
import zipfile

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from coursesite.files import services, word
from coursesite.files.models import Format
from coursesite.files.uploads import uploaded

from . import samples

pytestmark = pytest.mark.django_db
WRITTEN = ["pdf", "docx", "image"]
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")


def taken(content, name="work"):
    file = services.take_in(incoming=uploaded(content, name), formats=WRITTEN)
    services.inspect(str(file.pk))
    file.refresh_from_db()
    return file


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.photo(), "image"),
        (samples.photo(kind="PNG"), "image"),
        (samples.docx(), "docx"),
        (samples.pdf(), "pdf"),
    ],
)
def test_u07_content_decides_among_the_written_formats(content, kind):
    assert services.check(incoming=uploaded(content, "x.exe"), formats=WRITTEN) == Format(kind)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"GIF89a" + bytes(100),
        b"\xd0\xcf\x11\xe0" + bytes(600),
        b"text",
    ],
    ids=["U16 svg", "gif", "old Word", "text"],
)
def test_u16_what_is_none_of_them_is_refused_with_advice(content):
    with pytest.raises(ValidationError, match="neither a PDF nor a Word document"):
        services.check(incoming=uploaded(content, "x.pdf"), formats=WRITTEN)


# Photos


def preview(file):
    return Image.open(file.preview_path / "1.png")


def test_u17_a_photo_is_upright_and_tells_no_place_and_the_original_stays():
    content = samples.photo(upright=False)
    assert Image.open(io.BytesIO(content)).size == (800, 600)
    file = taken(content)
    shown = preview(file)
    assert shown.size == (600, 800)
    assert not shown.getexif()
    assert "exif" not in shown.info
    assert file.path.read_bytes() == content


@pytest.mark.parametrize(
    ("photo", "said"),
    [({}, ""), ({"light": 45}, "very dark"), ({"blurred": 9}, "blurred"), ({"light": 180}, "")],
)
def test_dark_and_blurred_photos_are_told(photo, said):
    warning = taken(samples.photo(**photo)).warning
    assert (said in warning) if said else warning == ""


def taken_by_hand(*, ink=60, blurred=0.0, noise=4, paper=220):
    """Handwriting on paper that is lit from one side, with the grain of a camera; or an empty sheet."""
    chance = random.Random(7)
    page = Image.new("L", (1100, 1450), paper)
    draw = ImageDraw.Draw(page)
    for y in range(80, 1370, 70):
        for x in range(60, 980, 45):
            draw.line([(x + chance.randint(0, 30), y + chance.randint(-15, 15)) for _ in range(5)], fill=ink, width=3)
    page = page.filter(ImageFilter.GaussianBlur(blurred))
    shade = Image.linear_gradient("L").rotate(90).resize(page.size).point(lambda value: value // 5)
    grain = Image.effect_noise(page.size, noise)
    page = ImageChops.add(ImageChops.subtract(page, shade), grain, offset=-128)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.mark.parametrize("ink", [60, 160])
@pytest.mark.parametrize("noise", [0.5, 4])
@pytest.mark.parametrize(("blurred", "told"), [(0, False), (1, False), (3.5, True), (6, True)])
def test_a_photo_is_blurred_in_spite_of_the_cameras_grain_and_sharp_in_spite_of_pale_ink(ink, noise, blurred, told):
    assert ("blurred" in taken(taken_by_hand(ink=ink, noise=noise, blurred=blurred)).warning) == told


@pytest.mark.parametrize("noise", [0.5, 4, 8])
def test_an_empty_sheet_is_not_blurred(noise):
    assert taken(taken_by_hand(ink=220, noise=noise)).warning == ""


def bomb():
    """A PNG of 60,000 x 60,000 pixels in a few bytes."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    import zlib

    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + bytes(200)


@pytest.mark.parametrize(
    "content", [bomb(), samples.photo()[:3000], b"\xff\xd8\xff" + bytes(5000), b"\0\0\0\x18ftypheic" + bytes(900)]
)
def test_u15_bombs_and_broken_pictures_are_kept_with_a_warning(content):
    file = taken(content)
    assert (file.format, file.warning) == ("image", services.inspecting.UNSEEN)
    assert file.path.read_bytes() == content


# Word


@needs_office
def test_a_word_document_is_shown_as_pages():
    file = taken(samples.docx("The gradient vanishes"))
    assert (file.pages, file.warning) == (1, "")
    assert preview(file).width > 500


@needs_office
def test_word_files_that_wait_are_shown_by_one_call_and_a_broken_one_takes_nothing_from_the_others(monkeypatch):
    contents = [samples.docx("One"), samples.docx("Two", more="<w:p>"), samples.docx("Three")]
    kept = [services.take_in(incoming=uploaded(content, "w.docx"), formats=WRITTEN) for content in contents]
    asked = []
    child = services.previews.run_child
    monkeypatch.setattr(services.previews, "run_child", lambda *words: asked.append(words[0]) or child(*words))
    services.inspect(str(kept[0].pk))
    assert asked == ["docx"]
    for file in kept:
        file.refresh_from_db()
        services.inspect(str(file.pk))
    assert asked == ["docx"], "nothing was left to do"
    assert [(file.pages, file.tries) for file in kept] == [(1, 1), (None, 1), (1, 1)]
    assert kept[1].warning == services.inspecting.UNSEEN


@needs_office
def test_a_process_for_several_word_files_that_dies_leaves_each_to_be_tried_alone(monkeypatch):
    kept = [services.take_in(incoming=uploaded(samples.docx(t), "w.docx"), formats=WRITTEN) for t in ("One", "Two")]
    child = services.previews.run_child

    def dies(*words):
        if len(words) > 3:
            raise subprocess.TimeoutExpired("soffice", 120)
        return child(*words)

    monkeypatch.setattr(services.previews, "run_child", dies)
    services.inspect(str(kept[0].pk))
    assert [type(file).objects.get(pk=file.pk).pages for file in kept] == [1, 1]


def test_f05_one_that_has_had_its_time_is_not_tried_again_while_its_claim_runs_out(monkeypatch):
    kept, begun = services.take_in(incoming=uploaded(samples.pdf(), "w.pdf"), formats=WRITTEN), []

    def slow(*words):
        begun.append(words)
        raise subprocess.TimeoutExpired("render", 120)

    monkeypatch.setattr(services.previews, "run_child", slow)
    services.inspect(str(kept.pk))
    kept.refresh_from_db()
    assert (len(begun), kept.warning) == (1, services.previews.UNREADABLE)


def zipped(*entries, **changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def giant():
    return samples.docx(word__media__big=bytes(400_000_000))


def overlapping():
    """The directory says that two entries stand at one place."""
    content = bytearray(samples.docx(word__a=b"a" * 50_000, word__b=b"b" * 50_000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        one, two = archive.infolist()[-2:]
    at = content.rindex(struct.pack("<I", two.header_offset) + two.filename.encode())
    content[at : at + 4] = struct.pack("<I", one.header_offset + 1)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (giant, "far more than a document needs"),
        (overlapping, "overlap"),
        (lambda: zipped(("evil.exe", b"MZ")), "no Word document"),
        (lambda: samples.docx()[:-30], "damaged"),
        (
            lambda: zipped(
                *((f"{n}", b"") for n in range(6000)), ("[Content_Types].xml", b""), ("word/document.xml", b"")
            ),
            "far more",
        ),
    ],
    ids=["giant", "overlapping", "no document", "cut off", "many"],
)
def test_u08_archives_that_are_no_documents_are_refused(content, said):
    with pytest.raises(ValidationError, match=said):
        services.check(incoming=uploaded(content(), "work.docx"), formats=WRITTEN)


def picture(link):
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="p"/><a:graphic><a:graphicData '
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:link="{link}"/></pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing></w:r></w:p>"
    )


def field(code):
    return (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


@needs_office
def test_u09_nothing_that_a_document_points_to_is_fetched(trap, tmp_path):
    """The control first: LibreOffice by itself does fetch what this document points to."""
    address, asked = trap
    relationships = "".join(
        f'<Relationship TargetMode="External" Id="x{n}" Target="{address}/{kind}" Type="{samples.OFFICE}/{kind}"/>'
        for n, kind in enumerate(["image", "attachedTemplate", "frame", "oleObject", "hyperlink"])
    )
    more = picture("x0") + field(f'INCLUDEPICTURE "{address}/field.png"') + field(f'INCLUDETEXT "{address}/text.docx"')
    macro = {"word__vbaProject.bin": b"macro", "word__embeddings__oleObject1.bin": b"object"}
    (tmp_path / "raw.docx").write_bytes(samples.docx(more=more, relationships=relationships))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "raw.docx"]
    subprocess.run(command, capture_output=True, timeout=120)
    assert "/image" in asked
    asked.clear()
    file = taken(samples.docx(more=more, relationships=relationships, **macro))
    assert asked == []
    assert file.pages == 1


@pytest.mark.parametrize(
    "entity",
    [
        b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b"<!-- " + b" " * 9000 + b"--><!DOCTYPE w>",
        "<a/>".encode("utf-16"),
    ],
    ids=["XXE", "late", "UTF-16"],
)
def test_u09_entities_are_not_even_read(entity):
    file = taken(samples.docx(**{"word__styles.xml": entity}))
    assert file.warning == services.inspecting.UNSEEN


def test_u10_entries_that_lead_elsewhere_are_left_out(tmp_path):
    (tmp_path / "in.docx").write_bytes(samples.docx(**{"..__..__evil.txt": b"x", "__tmp__evil.txt": b"x"}))
    word.defused(tmp_path / "in.docx", tmp_path / "out.docx")
    with zipfile.ZipFile(tmp_path / "out.docx") as copy:
        assert not [name for name in copy.namelist() if "evil" in name]


def test_where_libreoffice_is_missing_the_page_says_so(monkeypatch, tmp_path):
    (tmp_path / "w.docx").write_bytes(samples.docx())
    monkeypatch.setattr("shutil.which", lambda name: None)
    (told,) = services.inspecting.docx(tmp_path / "w.docx", tmp_path)
    assert "no preview of Word files" in told["warning"]
