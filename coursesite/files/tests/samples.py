"""Files that tests hand in, made here."""

import json
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for text in pages or ("Solution",):
        canvas.drawString(72, 720, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def notebook(*sources: str, **extra: Any) -> bytes:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{at}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": at,
        }
        for at, source in enumerate(sources or ("print(1)",), 1)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | extra).encode()


def photo(*, upright: bool = True, light: int = 235, blurred: int = 0, kind: str = "JPEG") -> bytes:
    """A page as a phone sees it: lines of text on paper; not upright, it lies on its side and says so, and where."""
    from PIL import Image, ImageDraw, ImageFilter

    page = Image.new("RGB", (600, 800), (light, light, light - 5))
    draw = ImageDraw.Draw(page)
    for line in range(12):
        draw.text((40, 40 + line * 55), f"Line {line}: the gradient vanishes", fill=(light // 6,) * 3)
    page = page.filter(ImageFilter.GaussianBlur(blurred)) if blurred else page
    exif = Image.Exif()
    if not upright:
        page, exif[0x0112] = page.transpose(Image.Transpose.ROTATE_90), 6
        exif.get_ifd(0x8825)[2] = (44.0, 58.0, 27.0)
    out = BytesIO()
    page.save(out, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return out.getvalue()


CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>"""
RELATIONSHIPS = """<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="{office}"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>{more}</w:body></w:document>"""


def docx(text: str = "My solution", *, more: str = "", relationships: str = "", **parts: bytes) -> bytes:
    """A small Word document; `parts` adds entries, `__` standing for `/` in their names."""
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        main = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
        archive.writestr("_rels/.rels", RELATIONSHIPS.format(main))
        archive.writestr("word/document.xml", DOCUMENT.format(office=OFFICE, text=text, more=more))
        archive.writestr("word/_rels/document.xml.rels", RELATIONSHIPS.format(relationships))
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()
