"""A form with files is read as Django itself reads it, in pieces of any size."""

from io import BytesIO

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from hypothesis import given
from hypothesis import strategies as some

from coursesite.files import formdata

BOUNDARY = "----a-boundary"


class Kept(formdata.FormHandler):
    """Keeps what comes in memory, but for what is called as `refused` or grows over `most`."""

    def __init__(self, refused="", most=1 << 30):
        super().__init__()
        self.refused, self.most, self.completed, self.complete = refused, most, [], False

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if self.file_name == self.refused:
            raise SkipFile
        self.content = b""

    def receive_data_chunk(self, raw_data, start):
        assert start == len(self.content)
        self.content += raw_data
        if len(self.content) > self.most:
            raise SkipFile

    def file_complete(self, file_size):
        assert file_size == len(self.content)
        self.completed.append(self.file_name)
        return self.file_name, self.content

    def upload_complete(self):
        self.complete = True


def part(name, value, file_name=None):
    head = f'Content-Disposition: form-data; name="{name}"'
    head += "" if file_name is None else f'; filename="{file_name}"\r\nContent-Type: application/pdf'
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + value + b"\r\n"


def body(*parts):
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def read(content, handler=None, *, piece=formdata.PIECE, encoding="utf-8"):
    handler, source = handler or Kept(), BytesIO(content)
    meta = {"CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}", "CONTENT_LENGTH": len(content)}
    was, formdata.PIECE = formdata.PIECE, piece
    try:
        fields, files = MultiPartParser(meta, source, [handler], encoding).parse()
    finally:
        formdata.PIECE = was
    assert source.read() == b"", "what is left unread would break the connection"
    assert handler.complete
    return dict(fields.lists()), dict(files.lists())


TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = some.sampled_from(["key", "who-1", "name with spaces", "ä"])
BYTES = some.one_of(
    some.binary(max_size=200),
    some.sampled_from([b"", b"\r\n", b"\r\n--", b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n", b"\r" * 20]),
).filter(lambda data: f"--{BOUNDARY}".encode() not in data)  # no sender chooses a boundary that its content has


@given(
    some.lists(some.tuples(NAMES, TEXT), max_size=4),
    some.lists(some.tuples(NAMES, BYTES), max_size=3),
    some.integers(1, 300),
)
def test_it_finds_what_django_finds_whatever_the_size_of_a_piece(fields, files, piece):
    content = body(
        *(part(name, text.encode()) for name, text in fields), *(part(name, data, "w.pdf") for name, data in files)
    )
    ours = read(content, piece=piece)
    meta = {"CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}", "CONTENT_LENGTH": len(content)}
    memory = MemoryFileUploadHandler()
    post, sent = MultiPartParser(meta, BytesIO(content), [memory], "utf-8").parse()
    assert ours[0] == dict(post.lists())
    assert ours[1] == {name: [(file.name, file.read()) for file in found] for name, found in sent.lists()}


def test_where_no_file_was_chosen_there_is_none():
    assert read(body(part("file", b"", ""), part("key", b"k"))) == ({"key": ["k"]}, {})


def test_names_come_as_a_browser_writes_them():
    content = body(part("file", b"x", "a%22b%0D%0Ac.pdf"), part("other", b"y", "\\\\disk\\folder\\w.pdf"))
    _, files = read(content)
    assert files["file"] == [('a"b\r\nc.pdf', b"x")]
    assert files["other"][0][0].endswith("w.pdf")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("filename*=UTF-8''%C3%9Cbung%20%E8%AA%B2.pdf", "Übung 課.pdf"),
        ("filename=\"=?utf-8?B?w5xidW5nLnBkZg==?=\"; filename*=utf-8''%C3%9Cbung.pdf", "Übung.pdf"),
        ("filename=Übung.pdf", "Übung.pdf"),
        ("filename=plain.pdf", "plain.pdf"),
        ('filename="a filename*=b.pdf"', "a filename*=b.pdf"),
    ],
)
def test_names_come_as_scripts_write_them(said, name):
    content = body(part("file", b"x", "NAME")).replace(b'filename="NAME"', said.encode())
    assert read(content) == ({}, {"file": [(name, b"x")]})


def test_a_name_in_another_encoding_spoils_itself_alone():
    content = body(part("key", b"k")).replace(b'name="key"', 'name="kéy"'.encode("latin-1"))
    assert read(content) == ({"k\ufffdy": ["k"]}, {})


def test_a_form_in_another_encoding_is_read_in_it():
    content = body(part("key", "é".encode("latin-1")))
    assert read(content, encoding="latin-1") == ({"key": ["é"]}, {})


@pytest.mark.parametrize("handler", [Kept(refused="no.pdf"), Kept(most=5)])
@pytest.mark.parametrize("piece", [7, formdata.PIECE])
def test_what_is_skipped_is_read_and_dropped_and_the_rest_stays(handler, piece):
    handler.completed = []
    content = body(part("one", b"1" * 40, "no.pdf"), part("key", b"k"), part("two", b"2", "yes.pdf"))
    assert read(content, handler, piece=piece) == ({"key": ["k"]}, {"two": [("yes.pdf", b"2")]})
    assert handler.completed == ["yes.pdf"]


def test_limits_are_those_of_django(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 40
    fields, files = [part(f"f{n}", b"x") for n in range(3)], [part(f"f{n}", b"x" * 100, "w.pdf") for n in range(3)]
    assert len(read(body(*fields[:2], *files[:2]))[1]) == 2
    with pytest.raises(TooManyFieldsSent):
        read(body(*fields))
    with pytest.raises(TooManyFieldsSent):
        read(body(*[part("file", b"", "")] * 3))
    with pytest.raises(TooManyFilesSent):
        read(body(*files))
    with pytest.raises(RequestDataTooBig):
        read(body(part("long", b"x" * 41)), piece=10)
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = settings.DATA_UPLOAD_MAX_NUMBER_FILES = None
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    assert len(read(body(*fields, *files))[0]) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"no boundary at all",
        body(part("key", b"k"))[:-10],
        body(part("key", b"k")).replace(b"form-data", b"attachment"),
        body(part("key", b"k")).replace(b"Content-Disposition", b"Content-Nothing"),
        body(part("file", b"x", "x" * 40_000 + ".pdf")),
        body(part("file", b"bytes without a name", "")),
        body(part("file", b"eA==", "w.pdf")).replace(b"Content-Type:", b"Content-Transfer-Encoding: base64\r\nX:"),
        body(part("file", b"x", "NAME")).replace(b'filename="NAME"', b"filename*=nonsense''%C3%9Cbung.pdf"),
        body(part("key", b"k")).replace(b'"key"', b'"key"\r\n goes-on'),
        body(part("key", b"k")).replace(b'"key"', b'"key"\r\n\tgoes-on'),
    ],
)
def test_a_form_that_is_broken_is_refused(content):
    with pytest.raises(MultiPartParserError):
        read(content)


def test_what_stands_before_and_after_the_form_is_passed_over():
    content = b"a preamble\r\n" + body(part("key", b"k")) + b"and more"
    assert read(content, piece=16) == ({"key": ["k"]}, {})
