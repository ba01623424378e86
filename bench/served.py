"""Pages against a bare view with one query, in the same gunicorn.

One connection stays open and asks again and again. The client reads bytes and nothing more, since its time counts in both figures
and would bring them closer to each other than they are.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from coursesite.roster.asking import SessionStore
from coursesite.roster.models import Course, Enrollment, User

from .rows import Row

BUDGET = 0.25
SECONDS, ROUNDS = 0.7, 7
RESIDENT = re.compile(r"VmRSS:\s+(\d+) kB")
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def rows(course: Course) -> Iterator[Row]:
    """Against the bare view twice: asked by nobody, so that it makes its one query alone, and asked by the same student
    with the same cookie, so that finding out who asks counts in both."""
    student = Enrollment.objects.filter(course=course).students().select_related("user").first()
    with web() as server:
        cookie, bare = signed_in(student.user), f"/bench/bare/{student.pk}/"
        ours, alone, same = server.rates([(f"/c/{course.slug}/grades/", cookie), (bare, "none=1"), (bare, cookie)])
        yield Row("a student's grades page / a view with one query", ours, alone, "pages/s", BUDGET, better="larger")
        yield Row("the same / that view, asked by the student", ours, same, "pages/s", BUDGET, better="larger")


def signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return f"sessionid={session.session_key}"


class Server:
    """One gunicorn with one process and one connection to it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.connection = socket.create_connection(("127.0.0.1", port), 10)

    def fetch(self, path: str, cookie: str) -> bytes:
        self.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        head, _, body = self.connection.recv(65536).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"{path} answered {head[:40]!r}.")
        length = int(LENGTH.search(head)[1])
        while len(body) < length:
            body += self.connection.recv(65536)
        return body

    def memory(self) -> int:
        """Bytes that the serving process holds."""
        (child,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        status = Path(f"/proc/{child}/status").read_text()
        return int(RESIDENT.search(status)[1]) * 1024

    def rate(self, path: str, cookie: str) -> float:
        """Pages for each second."""
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS:
            self.fetch(path, cookie)
            count += 1
        return count / (time.perf_counter() - start)

    def rates(self, asked: Sequence[tuple[str, str]]) -> list[float]:
        """The median of rounds in which each has its turn, since other work on the machine comes and goes; the first
        round warms up."""
        rounds = [[self.rate(path, cookie) for path, cookie in asked] for _ in range(ROUNDS + 1)][1:]
        return [median(found) for found in zip(*rounds, strict=True)]


@contextlib.contextmanager
def web() -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    connection.close()
    command = [sys.executable, "-m", "gunicorn", "coursesite.wsgi:application", "--bind", f"127.0.0.1:{port}",
               "--worker-class", "gthread", "--workers", "1", "--threads", "16"]  # fmt: skip
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise SystemExit("The web server did not start.")
