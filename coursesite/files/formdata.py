"""A form with files is read in large pieces, each of which is copied once: Django's own parser copies every byte
several times, which takes longer than the disk. Django's settings limit what a form may bring, as with its own."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from multipart import MultipartError, MultipartSegment, ParserError, PushMultipartParser

PIECE = 1024 * 1024
LONGEST_HEADER = 32 * 1024  # a file may have a very long name
ONE_BYTE = "latin-1"  # any bytes are text in it, so that a name in a wrong encoding spoils itself alone


class FormHandler(FileUploadHandler):
    """An upload handler of Django that reads the form as well; its `new_file`, `receive_data_chunk` and `file_complete`
    say what becomes of a file."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None
    ) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        form = Form(self, encoding or settings.DEFAULT_CHARSET)
        try:
            with Parser(boundary, content_length, max_header_size=LONGEST_HEADER, header_charset=ONE_BYTE) as parser:
                # To the end, also when the form ends before: what stays unread would break the connection.
                while piece := input_data.read(PIECE):
                    form.take(parser.parse(piece))
        except MultipartError as problem:
            raise MultiPartParserError(str(problem)) from problem
        self.upload_complete()
        return form.done()


class Parser(PushMultipartParser):
    def _on_segment_headerline(self, line: bytes) -> None:
        """No browser continues a header on the next line, for which the library takes the square of the time."""
        if line[:1] in (b" ", b"\t"):
            raise ParserError("A header goes on in the next line.")
        super()._on_segment_headerline(line)


class Form:
    """What came so far: `fields` and `files` by their names."""

    def __init__(self, handler: FileUploadHandler, encoding: str) -> None:
        self.handler, self.encoding = handler, encoding
        self.fields, self.files = QueryDict(mutable=True, encoding=encoding), MultiValueDict[str, Any]()
        self.part: Part | None = None
        self.bytes_of_fields = self.count_of_fields = self.count_of_files = 0

    def take(self, events: Iterable[MultipartSegment | bytes | None]) -> None:
        for event in events:
            if isinstance(event, MultipartSegment):
                self.part = self.begun(event)
            elif self.part is not None:
                if event is not None:
                    self.part.take(event)
                else:
                    self.part.end()

    def begun(self, segment: MultipartSegment) -> "Part":
        if segment.header("Content-Transfer-Encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
            raise MultiPartParserError("Send every part as it is, in no transfer encoding.")
        name, file_name = self.decoded(segment.name or "").strip(), self.name_of_file(segment)
        if file_name:
            self.count_of_files += 1
        else:
            self.count_of_fields += 1
            self.bytes_of_fields += len(name) + 2  # as Django counts
        self.check()
        if file_name:
            return File(self, name, file_name, segment.content_type or "")
        return Field(self, name) if file_name is None else Nothing()

    def name_of_file(self, segment: MultipartSegment) -> str | None:
        """None for a field. Scripts may write it as RFC 5987 has it, or without quotes, which the library leaves to
        others."""
        header = segment.header("Content-Disposition", "")
        if "filename" not in header.lower():
            return None
        found, extended = segment.filename, "filename*" in header.lower()
        if found is None or extended:
            try:
                found = parse_header_parameters(header)[1].get("filename", found)
            except ValueError as problem:
                raise MultiPartParserError("A file's name is in an encoding that nobody knows.") from problem
        return found if found is None or extended else self.decoded(found)

    def decoded(self, text: str) -> str:
        return text.encode(ONE_BYTE).decode(self.encoding, "replace")

    def check(self) -> None:
        if exceeds(self.count_of_fields, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS):
            raise TooManyFieldsSent("The form has more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS.")
        if exceeds(self.count_of_files, settings.DATA_UPLOAD_MAX_NUMBER_FILES):
            raise TooManyFilesSent("The form has more files than DATA_UPLOAD_MAX_NUMBER_FILES.")
        if exceeds(self.bytes_of_fields, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            raise RequestDataTooBig("The form's fields are longer than DATA_UPLOAD_MAX_MEMORY_SIZE.")

    def done(self) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        self.fields._mutable = False
        return self.fields, self.files


def exceeds(count: int, most: int | None) -> bool:
    return most is not None and count > most


class Field:
    def __init__(self, form: Form, name: str) -> None:
        self.form, self.name, self.pieces = form, name, list[bytes]()

    def take(self, data: bytes) -> None:
        self.form.bytes_of_fields += len(data)
        self.form.check()
        self.pieces.append(data)

    def end(self) -> None:
        self.form.fields.appendlist(self.name, b"".join(self.pieces).decode(self.form.encoding, "replace"))


class Nothing:
    """Where no file was chosen a browser sends a file without a name and without a byte."""

    def take(self, data: bytes) -> None:
        raise MultiPartParserError("A file has no name.")

    def end(self) -> None:
        pass


class File:
    """What the handler skips is read and dropped."""

    def __init__(self, form: Form, name: str, file_name: str, content_type: str) -> None:
        self.form, self.name, self.size, self.skipped = form, name, 0, False
        try:
            form.handler.new_file(name, file_name, content_type, None)
        except SkipFile:
            self.skipped = True

    def take(self, data: bytes) -> None:
        if self.skipped:
            return
        try:
            self.form.handler.receive_data_chunk(data, self.size)
        except SkipFile:
            self.skipped = True
        self.size += len(data)

    def end(self) -> None:
        done = None if self.skipped else self.form.handler.file_complete(self.size)
        if done is not None:
            self.form.files.appendlist(self.name, done)


Part = Field | File | Nothing
