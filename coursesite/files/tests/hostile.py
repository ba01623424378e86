"""Files that are made to do harm, for tests of the battery: by row, each with what they are called and their bytes."""

import io
import struct
import zipfile
import zlib

from . import samples


def pdf(*objects: bytes, tail: bytes = b"") -> bytes:
    """Without a table of references: readers have to find the objects themselves."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n" + tail


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] %s >>"


def ten_thousand_pages() -> bytes:
    kids = b"<< /Type /Pages /Count 10000 /Kids [%s] >>" % (b"3 0 R " * 10_000)
    return pdf(CATALOG, kids, PAGE % b"", tail=b"%%EOF\n")


def object_loop() -> bytes:
    """The tree of pages holds itself, and the page's content is drawn within itself."""
    tree = b"<< /Type /Pages /Count 2 /Kids [2 0 R 3 0 R] >>"
    drawn = b"/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 4 >>"
    return pdf(
        CATALOG, tree, PAGE % drawn, b"<< /Length 4 >>\nstream\n/X Do\nendstream", form + b"\nstream\n/X Do\nendstream"
    )


def huge_stream() -> bytes:
    """Three hundred megabytes of drawing, packed into some hundred kilobytes."""
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(b"0 0 m 9 9 l S\n" * 75_000) for _ in range(300)) + packed.flush()
    content = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
    kids = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return pdf(CATALOG, kids, PAGE % b"/Contents 4 0 R", content, tail=b"%%EOF\n")


def late_header() -> bytes:
    return b"% a line of something else\n" * 30 + samples.pdf("Late")


def wrong_table() -> bytes:
    """The table of references points anywhere."""
    return samples.pdf("Wrong").replace(b"00000 n", b"99999 n").replace(b"startxref", b"startxref\n7")


def png_bomb() -> bytes:
    """60,000 x 60,000 pixels in a few bytes."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + bytes(200)


def with_symlink() -> bytes:
    """A document with an entry that says of itself that it is a link to a file of the server."""
    out = io.BytesIO(samples.docx("Linked"))
    with zipfile.ZipFile(out, "a") as archive:
        for name in ("word/media/image1.png", "../../../../tmp/evil"):
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def nested_brackets() -> bytes:
    head = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": %s}, "cells": []}'
    return head % (b"[" * 900 + b"]" * 900)


# What is kept and looked into by a child process of the worker: row, part, file name, bytes.
KEPT = {
    "U09 entities": ("written-part", "w.docx", lambda: samples.docx(word__styles=b"", **{"word__theme.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>'})),
    "U10 symlink": ("written-part", "w.docx", with_symlink),
    "U14 many pages": ("written-part", "w.pdf", ten_thousand_pages),
    "U14 loop": ("written-part", "w.pdf", object_loop),
    "U14 huge stream": ("written-part", "w.pdf", huge_stream),
    "U14 late header": ("written-part", "w.pdf", late_header),
    "U14 wrong table": ("written-part", "w.pdf", wrong_table),
    "U15 bomb": ("written-part", "w.png", png_bomb),
    "U15 half a photo": ("written-part", "w.jpg", lambda: samples.photo()[:3000]),
    "U15 no HEIC": ("written-part", "w.heic", lambda: b"\0\0\0\x18ftypheic" + bytes(900)),
    "U20 nested": ("notebook", "n.ipynb", nested_brackets),
}  # fmt: skip
