"""The same tables as a spreadsheet's file. It is written to disk row by row and streamed from there, since the format
has its table of contents at the end."""

import re
from collections.abc import Iterator
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from coursesite.roster.models import Course

from . import export

NUMBER = re.compile(r"\d{1,9}\.\d\d", re.ASCII)
CHUNK = 64 * 1024
PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(*, course: Course, form: str, key: str = "", dropped: bool = False) -> Iterator[bytes]:
    with TemporaryFile() as file:
        write(file, export.rows(course, form, key, dropped))
        file.seek(0)
        while data := file.read(CHUNK):
            yield data


def write(file: IO[bytes], rows: Iterator[list[str]]) -> None:
    book = xlsxwriter.Workbook(file, PLAIN)
    sheet = book.add_worksheet("Gradebook")
    two, bold = book.add_format({"num_format": "0.00"}), book.add_format({"bold": True})
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if at and NUMBER.fullmatch(text):
                sheet.write_number(at, column, Decimal(text), two)  # a float would be written as 89.98999999999999
            elif text:
                # Text stays text here; its quote before a formula helps whoever saves the sheet as CSV later.
                sheet.write_string(at, column, text, bold if at == 0 else None)
    sheet.freeze_panes(1, 1)
    book.close()
