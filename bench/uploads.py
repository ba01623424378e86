"""The memory of the web process while large files come and go, against what a small machine can spare."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from coursesite.files.uploads import uploaded
from coursesite.handin import services as handin
from coursesite.handin.models import Assignment
from coursesite.roster.models import Course, Enrollment, User

from .rows import Row
from .served import Server, signed_in, web

MB = 1024**2
UPLOADS, EACH, SPARE_UPLOADS = 8, 100 * MB - 10_000, 200.0
ARCHIVE, SPARE_ARCHIVE = 2048 * MB, 50.0
BOUNDARY = "a-boundary-that-random-bytes-do-not-hold"
HEAD = "\r\n".join((
    "POST {path} HTTP/1.1", "Host: localhost", "Cookie: {cookie}; csrftoken={token}", "X-CSRFToken: {token}",
    "Content-Type: multipart/form-data; boundary=" + BOUNDARY, "Content-Length: {length}", "Connection: close", "", "",
))  # fmt: skip


def rows(course: Course) -> Iterator[Row]:
    students = list(Enrollment.objects.filter(course=course).students().select_related("user")[: UPLOADS + 1])
    homework = Assignment.objects.get(course=course, slug="homework-1")
    homework.opens_at, homework.due_at = (timezone.now() + timedelta(days=d) for d in (-1, 1))
    homework.save()
    with web() as server:
        cookies = [signed_in(student.user) for student in students[:UPLOADS]]
        server.fetch(f"/c/{course.slug}/homework/homework-1/", cookies[0])
        grown = growth(server, lambda: together(server, f"/c/{course.slug}/homework/homework-1/", cookies))
        yield Row(f"memory of {UPLOADS} uploads of 100 MB at once / to spare", grown, SPARE_UPLOADS, "MB", 1.0)
        cookie = signed_in(User.objects.create_superuser("bench@example.org", "x", name="Bench"))
        large(homework, students[-1])
        path = f"/admin/handin/assignment/{homework.pk}/all.zip"
        grown = growth(server, lambda: drained(server, path, cookie))
        yield Row("memory of a ZIP of 2 GB / to spare", grown, SPARE_ARCHIVE, "MB", 1.0)


def growth(server: Server, act: Callable[[], None]) -> float:
    """How far the web process grows at its peak, in MB."""
    before, peak, done = server.memory(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.is_set():
            peak = max(peak, server.memory())
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        act()
    finally:
        done.set()
        watcher.join()
    return max(peak - before, 0.1) / MB


def together(server: Server, path: str, cookies: list[str]) -> None:
    with ThreadPoolExecutor(len(cookies)) as pool:
        list(pool.map(lambda cookie: upload(server.port, path, cookie), cookies))  # raises what one of them raised


def upload(port: int, path: str, cookie: str) -> None:
    fields = {"key": str(uuid4())} | {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    disposition = 'Content-Disposition: form-data; name="file-written-part"; filename="w.pdf"'
    parts.append(f"--{BOUNDARY}\r\n{disposition}\r\n\r\n%PDF-1.7\n")
    start, end = "".join(parts).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
    length = len(start) + EACH + len(end)
    head = HEAD.format(path=path, cookie=cookie, token="a" * 32, length=length)
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(head.encode() + start)
        chunk = os.urandom(MB)
        with contextlib.suppress(ConnectionError):  # then the server has answered already, and not as it should
            for at in range(0, EACH, MB):
                connection.sendall(chunk[: EACH - at])
            connection.sendall(end)
        answer = connection.recv(200)
    if not answer.startswith(b"HTTP/1.1 302"):
        raise SystemExit(f"An upload was answered with {answer[:60]!r}.")


def large(homework: Assignment, student: Enrollment) -> None:
    """One submission whose file is made long afterwards; it takes no room on the disk."""
    now = timezone.now()
    delivery = handin.Delivery({"written-part": [uploaded(b"%PDF-1.7 large", "w.pdf")]}, uuid4(), now, now)
    made, _ = handin.submit(assignment=homework, owner=student, author=student.user, delivery=delivery)
    os.truncate(made.files.get().file.path, ARCHIVE)


def drained(server: Server, path: str, cookie: str) -> None:
    received = 0
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
        )
        while data := connection.recv(MB):
            received += len(data)
    if received < ARCHIVE:
        raise SystemExit(f"The ZIP ended after {received} bytes.")
