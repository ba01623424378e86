"""Page images of a set, as the worker makes them, against pypdfium2 in a plain loop with as many processes.

A sample of the set: what one file takes does not depend on how many there are.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.uploads import uploaded

from . import plainly
from .rows import Row

STUDENTS, PAGES, BUDGET = 24, 12, 0.6
LINE = "The gradient of the loss vanishes where the activation saturates, and hence w(t+1) = w(t) - a g(t). "


def rows() -> Iterator[Row]:
    kept = [files.take_in(incoming=uploaded(work(n), "work.pdf"), formats=["pdf"]) for n in range(STUDENTS)]
    processes = os.cpu_count() or 1
    plain = looped([file.path for file in kept], processes)
    ours = prepared([str(file.pk) for file in kept], processes)
    if StoredFile.objects.filter(pk__in=[file.pk for file in kept], pages=PAGES).count() != STUDENTS:
        raise SystemExit("Not every page was prepared.")
    name = f"{STUDENTS} of 300 students x {PAGES} pages prepared / plain loop"
    yield Row(name, STUDENTS * PAGES / ours, STUDENTS * PAGES / plain, "pages/s", BUDGET, better="larger")


def work(number: int) -> bytes:
    """Text on every line, as homework has."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in range(PAGES):
        for line in range(42):
            canvas.drawString(60, 790 - 17 * line, f"{number}.{page}.{line} {LINE}"[:95])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def prepared(ids: list[str], processes: int) -> float:
    """As many at once as there are processes of the worker; each file has its child process besides."""

    def one(pk: str) -> None:
        try:
            files.inspect(pk)
        finally:
            connection.close()

    start = time.perf_counter()
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(one, ids))
    return time.perf_counter() - start


def looped(paths: list[Path], processes: int) -> float:
    with TemporaryDirectory() as place, ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(plainly.ready, range(processes)))
        start = time.perf_counter()
        list(pool.map(plainly.draw, paths, [place] * len(paths)))
        return time.perf_counter() - start
