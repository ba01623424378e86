"""A request's body arrives in full or not at all."""

import time
from io import BytesIO

import pytest

from coursesite.files.body import Broken, whole
from coursesite.files.tests import samples
from coursesite.handin.models import Submission

BOUNDARY = "----boundary"


def multipart(fields, files):
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    for name, content in files.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'
        lines.append(head.encode() + content + b"\r\n")
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


SAME = object()


def post(client, body, *, sent=1.0, length=SAME):
    """Through the WSGI application, of the body only this share: the status line and the page. `length` is what the
    request says of its body; None leaves that out, as a chunked request does."""
    from coursesite.wsgi import application

    token = "a" * 32
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/c/deep-learning/homework/homework-1/", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body[: int(len(body) * sent)]),
        "wsgi.errors": BytesIO(), "HTTP_X_CSRFTOKEN": token,
        "HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}; csrftoken={token}",
    }  # fmt: skip
    if length is None:
        del environ["CONTENT_LENGTH"]
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    elif length is not SAME:
        environ["CONTENT_LENGTH"] = length
    said = []
    page = b"".join(application(environ, lambda status, headers, *rest: said.append(status)))
    return said[0], page.decode()


@pytest.fixture
def as_ada(client, ada, homework):
    client.force_login(ada.user)
    return client


FIELDS = {"key": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"} | {f"who-{n}": "nobody" for n in range(1, 5)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("share", [0.5, 0.99, 1.0])
def test_u03_a_connection_that_drops_hands_in_nothing(as_ada, settings, share):
    body = multipart(FIELDS, {"file-written-part": samples.pdf(), "file-notebook": samples.notebook()})
    status, _ = post(as_ada, body, sent=share)
    assert Submission.objects.count() == (1 if share == 1.0 else 0)
    assert status[0] == ("3" if share == 1.0 else "4")
    if share < 1:
        assert list(settings.INCOMING_ROOT.glob("*")) == []


def ten_thousand_fields():
    return multipart(FIELDS | {f"field-{n}": "x" for n in range(10_000)}, {})


def ten_thousand_files():
    return multipart(FIELDS, {f"file-{n}": b"x" for n in range(10_000)})


def spaces_as_base64():
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="key"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode() + b" " * 8_000_000 + f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", [ten_thousand_fields, ten_thousand_files, spaces_as_base64])
def test_u05_bodies_that_are_made_to_cost_are_refused_early(as_ada, settings, body):
    sent = body()
    before = time.process_time()
    status, page = post(as_ada, sent)
    spent = time.process_time() - before
    assert status.startswith("400")
    assert "handed in" in page
    assert Submission.objects.count() == 0
    assert list(settings.INCOMING_ROOT.glob("*")) == []
    # Not a measure of speed: a parser that is led astray takes minutes.
    assert spent < 20


def test_the_promise_is_compared_with_what_came():
    def application(environ, start_response):
        return [environ["wsgi.input"].read(4), environ["wsgi.input"].read(4)]

    with pytest.raises(Broken):
        whole(application)({"CONTENT_LENGTH": "8", "wsgi.input": BytesIO(b"1234")}, lambda *a: None)
    assert whole(application)({"CONTENT_LENGTH": "8", "wsgi.input": BytesIO(b"12345678")}, lambda *a: None) == [
        b"1234",
        b"5678",
    ]


def chunked(body):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:1000], body[1000:])) + b"0\r\n\r\n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("length", [None, "10", "abc", "-5", str(10**12)])
def test_u04_a_length_that_is_missing_or_false_lets_nothing_through(as_ada, settings, length):
    body = multipart(FIELDS, {"file-written-part": samples.pdf(), "file-notebook": samples.notebook()})
    status, _ = post(as_ada, chunked(body) if length is None else body, length=length)
    assert status[0] == "4"
    assert Submission.objects.count() == 0
    assert list(settings.INCOMING_ROOT.glob("*")) == []


@pytest.mark.django_db(transaction=True)
def test_u04_the_limit_holds_whatever_the_request_says_of_itself(as_ada, settings):
    settings.UPLOAD_MAX_BYTES = 2000
    body = multipart(FIELDS, {"file-written-part": samples.pdf() + b" " * 3000})
    status, page = post(as_ada, body)
    assert status.startswith("400")
    assert "larger than 2000 bytes" in page
    assert list(settings.INCOMING_ROOT.glob("*")) == []
