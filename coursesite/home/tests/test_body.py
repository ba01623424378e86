"""A request's body arrives in full or not at all."""

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("share", [0.5, 0.99, 1.0])
def test_u03_a_connection_that_drops_hands_in_nothing(ada, homework, client, settings, share):
    from coursesite.wsgi import application

    client.force_login(ada.user)
    fields = {"key": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"} | {f"who-{n}": "nobody" for n in range(1, 5)}
    body = multipart(fields, {"file-written-part": samples.pdf(), "file-notebook": samples.notebook()})
    token = "a" * 32
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/c/deep-learning/homework/homework-1/", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body[: int(len(body) * share)]),
        "wsgi.errors": BytesIO(), "HTTP_X_CSRFTOKEN": token,
        "HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}; csrftoken={token}",
    }  # fmt: skip
    said = []
    b"".join(application(environ, lambda status, headers, *rest: said.append(status)))
    assert Submission.objects.count() == (1 if share == 1.0 else 0)
    assert said[0][0] == ("3" if share == 1.0 else "4")
    if share < 1:
        assert list(settings.INCOMING_ROOT.glob("*")) == []


def test_the_promise_is_compared_with_what_came():
    def application(environ, start_response):
        return [environ["wsgi.input"].read(4), environ["wsgi.input"].read(4)]

    with pytest.raises(Broken):
        whole(application)({"CONTENT_LENGTH": "8", "wsgi.input": BytesIO(b"1234")}, lambda *a: None)
    assert whole(application)({"CONTENT_LENGTH": "8", "wsgi.input": BytesIO(b"12345678")}, lambda *a: None) == [
        b"1234",
        b"5678",
    ]
