"""Handing in a PDF of 1 MB, against a bare view of the same server that stores the same body with fsync."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from uuid import uuid4

from django.utils import timezone

from coursesite.handin.models import Assignment, Submission
from coursesite.roster.models import Course, Enrollment

from .rows import Row
from .served import Server, signed_in, web
from .uploads import BOUNDARY, HEAD, MB

BUDGET, ROUNDS, EACH = 0.5, 5, 12


def rows(course: Course) -> Iterator[Row]:
    students = list(Enrollment.objects.filter(course=course).students().select_related("user")[100 : 100 + EACH])
    homework = Assignment.objects.get(course=course, slug="homework-2")
    homework.opens_at, homework.due_at = (timezone.now() + timedelta(days=d) for d in (-1, 1))
    homework.save()
    page, before = f"/c/{course.slug}/homework/homework-2/", Submission.objects.count()
    with web() as server:
        cookies = [signed_in(student.user) for student in students]
        acts: list[Callable[[], float]] = [
            lambda: rate(server, page, cookies, b"HTTP/1.1 302"),
            lambda: rate(server, "/bench/stored/", cookies, b"HTTP/1.1 200"),
        ]
        ours, bare = (
            median(found) for found in zip(*[[act() for act in acts] for _ in range(ROUNDS + 1)][1:], strict=True)
        )
    if Submission.objects.count() != before + EACH * (ROUNDS + 1):
        raise SystemExit("Not every PDF that was sent became a version.")
    yield Row("accepting a PDF of 1 MB / a view that stores it", ours, bare, "requests/s", BUDGET, better="larger")


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
