"""Files as other programs write them: notebooks with pictures and tables, PDFs and documents of LibreOffice, photos with
what a camera notes."""

import base64
import io
import json
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from coursesite.files import inspecting, services
from coursesite.files.uploads import uploaded

from . import samples

pytestmark = pytest.mark.django_db
FORMATS = ["pdf", "docx", "image", "ipynb"]
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")


def taken(content, name):
    file = services.take_in(incoming=uploaded(content, name), formats=FORMATS)
    services.inspect(str(file.pk))
    file.refresh_from_db()
    return file


def figure():
    """What `plt.show()` puts into a notebook."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots(figsize=(4, 3))
    axes.plot([1, 2, 3], [1.0, 0.5, 0.25], label="loss")
    axes.set_title(r"$\eta = 0.1$")
    axes.legend()
    out = io.BytesIO()
    drawn.savefig(out, format="png")
    pyplot.close(drawn)
    return base64.b64encode(out.getvalue()).decode()


def table():
    """What a frame as the last line of a cell puts there: HTML with a style of its own, and text."""
    import pandas

    frame = pandas.DataFrame({"step": [1, 2], "loss": [0.5, 0.25], "note": ["<b>bold</b>", "a & b"]})
    return {"text/html": frame._repr_html_(), "text/plain": repr(frame)}


def analysis():
    picture, frame = figure(), table()
    plot = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": "<Figure>"}}
    shown = {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": frame}
    book = json.loads(samples.notebook("plt.plot(losses)", "frame"))
    book["cells"][0]["outputs"], book["cells"][1]["outputs"] = [plot], [shown]
    return json.dumps(book).encode(), picture


def test_u18_a_notebook_with_a_plot_and_a_frame_shows_both_and_nothing_else():
    content, picture = analysis()
    file = taken(content, "analysis.ipynb")
    assert (file.format, file.pages, file.warning) == ("ipynb", 2, "")
    html = (file.preview_path / "notebook.html").read_text()
    assert picture[:80] in html.replace("\n", "")
    assert "<td>0.25</td>" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    body = html.partition("<body>")[2]
    for active in ("<style", "<script", "javascript:", "style="):
        assert active not in body
    assert [cell["text"] for cell in file.cells] == ["plt.plot(losses)", "frame"]


PAGE = """<html><body><h1>Homework 1</h1><p>The gradient <i>vanishes</i>.</p><table border="1"><tr><td>step</td><td>loss</td></tr>
<tr><td>1</td><td>0.5</td></tr></table><p style="page-break-before: always">Second page, with a picture: <img src="{picture}"></p>
</body></html>"""


def exported(folder, kind):
    """By LibreOffice itself, from a page with a heading, a table, a picture and two pages."""
    source = folder / "homework.html"
    source.write_text(PAGE.format(picture="data:image/png;base64," + figure()))
    filters = {"docx": "docx:MS Word 2007 XML", "pdf": "pdf:writer_web_pdf_Export", "odt": "odt:writer8"}
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile"]
    subprocess.run(
        [*command, "--infilter=HTML (StarWriter)", "--convert-to", filters[kind], "--outdir", str(folder), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return source.with_suffix(f".{kind}").read_bytes()


@needs_office
def test_a_document_that_libreoffice_wrote_is_shown_with_its_pages(tmp_path):
    file = taken(exported(tmp_path, "docx"), "homework.docx")
    assert (file.format, file.warning) == ("docx", "")
    assert file.pages == 2
    assert (file.preview_path / "2.png").exists()


@needs_office
def test_a_pdf_that_libreoffice_exported_is_shown_page_by_page(tmp_path):
    (tmp_path / "w.docx").write_bytes(exported(tmp_path, "docx"))
    inspecting.convert(shutil.which("soffice"), [tmp_path / "w.docx"], tmp_path)
    content = (tmp_path / "w.pdf").read_bytes()
    assert "LibreOffice" in pypdfium2.PdfDocument(content).get_metadata_dict()["Producer"]
    file = taken(content, "homework.pdf")
    assert (file.format, file.pages, file.warning) == ("pdf", 2, "")
    text = pypdfium2.PdfDocument(file.path)[0].get_textpage().get_text_range()
    assert "The gradient vanishes" in text


def camera():
    """As a phone writes it: maker, moment, place, a thumbnail's worth of notes, and lying on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Fernglas", "Fernglas 7", 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:24 23:58:00"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (44.0, 58.0, 27.0)
    page = Image.open(io.BytesIO(samples.photo())).resize((3000, 4000)).transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    page.save(out, "JPEG", exif=exif, quality=90)
    return out.getvalue()


def test_u17_a_photo_with_all_that_a_camera_notes_is_upright_and_tells_none_of_it():
    content = camera()
    assert b"Fernglas" in content
    file = taken(content, "IMG_2358.jpg")
    assert file.path.read_bytes() == content
    for name, most in (("1.png", 1100), ("1.jpg", 2200)):
        shown = (file.preview_path / name).read_bytes()
        picture = Image.open(io.BytesIO(shown))
        assert picture.width < picture.height <= 2200
        assert picture.width <= most
        for told in (b"Fernglas", b"Exif", b"2026:11"):
            assert told not in shown


def photograph(**notes):
    """One that a camera took and that comes along with matplotlib; its pixels stay as they are, only notes are added."""
    import matplotlib

    content = (Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").read_bytes()
    if not notes:
        return content
    picture, exif, out = Image.open(io.BytesIO(content)), Image.Exif(), io.BytesIO()
    exif[0x0112], exif.get_ifd(0x8825)[2] = notes["lies"], notes["place"]
    picture.save(out, "JPEG", exif=exif, quality="keep")
    return out.getvalue()


def test_u17_a_real_photograph_is_shown_as_it_is_and_upright():
    plain = taken(photograph(), "IMG_0001.jpg")
    lying = taken(photograph(lies=6, place=(44.0, 58.0, 27.0)), "IMG_0002.jpg")
    assert (plain.format, plain.pages, plain.warning) == ("image", 1, "")
    assert (lying.format, lying.pages, lying.warning) == ("image", 1, "")
    one, other = (Image.open(file.preview_path / "1.png").convert("L").resize((32, 32)) for file in (plain, lying))
    turned = one.transpose(Image.Transpose.ROTATE_270)
    apart = ImageStat.Stat(ImageChops.difference(turned, other)).mean[0]
    assert apart < 5 < ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
