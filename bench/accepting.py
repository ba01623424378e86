"""Handing in a PDF of 1 MB, against a bare view of the same server that stores the same body with fsync: the body as it
comes, without a look at it, or the file of the form."""

import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from uuid import uuid4

from django.utils import timezone

from coursesite.handin.models import Assignment, Submission
from coursesite.roster.models import Course, Enrollment
from grading.models import Score

from .rows import Row
from .served import Server, signed_in, web
from .uploads import BOUNDARY, HEAD, MB

BUDGET, ROUNDS, EACH = 0.5, 9, 16
SENT = ROUNDS * EACH
STORED, TAKEN = "/bench/stored/", "/bench/taken/"


def rows(course: Course) -> Iterator[Row]:
    """First versions, each from a student of its own, and versions after them."""
    students = list(Enrollment.objects.filter(course=course).students().select_related("user")[100 : 100 + SENT])
    homework = Assignment.objects.get(course=course, slug="homework-2")
    homework.opens_at, homework.due_at = (timezone.now() + timedelta(days=d) for d in (-1, 1))
    homework.save()
    Score.objects.filter(item__assignment=homework).delete()  # before the deadline nothing is graded
    page = f"/c/{course.slug}/homework/homework-2/"
    with web() as server:
        cookies = [signed_in(student.user) for student in students]
        for version, title in (1, "accepting a PDF of 1 MB"), (2, "the same as another version"):
            os.sync()  # what was written before is not to be waited for here
            ours, bare, form = measured(server, page, cookies)
            if Submission.objects.filter(assignment=homework, number=version).count() != SENT:
                raise SystemExit("Not every PDF that was sent became a version.")
            yield Row(f"{title} / a view that stores it", ours, bare, "requests/s", BUDGET, better="larger")
            yield Row("the same / a view that takes the form's file", ours, form, "requests/s", BUDGET, better="larger")


def measured(server: Server, page: str, cookies: list[str]) -> list[float]:
    """In turns; the first round opens connections and warms up."""
    asked = [(page, b"HTTP/1.1 302"), (STORED, b"HTTP/1.1 200"), (TAKEN, b"HTTP/1.1 200")]
    turns = [cookies[at : at + EACH] for at in range(0, SENT, EACH)]
    found = [[rate(server, path, turn, answer) for path, answer in asked] for turn in turns]
    return [median(rates) for rates in zip(*found[1:], strict=True)]


def rate(server: Server, path: str, cookies: list[str], expected: bytes) -> float:
    """One after the other, each with bytes of its own, since the same bytes would make no version."""
    sent = [message(path, cookie) for cookie in cookies]
    start = time.perf_counter()
    for one in sent:
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(one)
            answer = connection.recv(4096)
            while connection.recv(65536):
                pass
        if not answer.startswith(expected):
            raise SystemExit(f"{path} answered {answer[:60]!r}.")
    return len(sent) / (time.perf_counter() - start)


def message(path: str, cookie: str) -> bytes:
    fields = {"key": str(uuid4())} | {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file-written-part"; filename="w.pdf"\r\n\r\n')
    body = "".join(parts).encode() + b"%PDF-1.7\n" + os.urandom(MB - 9) + f"\r\n--{BOUNDARY}--\r\n".encode()
    return HEAD.format(path=path, cookie=cookie, token="a" * 32, length=len(body)).encode() + body
