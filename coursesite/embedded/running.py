"""The processes of `manage.py up`: web, worker and beat, started, watched and stopped."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence

from . import launcher, paths
from .launcher import CannotStart

ROOM = 200 * 1024**2
TRIES = 5


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise CannotStart(f"Port {port} can't be used; choose another: make run PORT={port % 60000 + 1}") from None


def check_room() -> None:
    try:
        paths.private(paths.data())
    except OSError as problem:
        raise CannotStart(f"The data folder {paths.data()} can't be made: {problem.strerror}.") from None
    for place in {paths.data(), paths.services() if paths.services().exists() else paths.data()}:
        free = shutil.disk_usage(place).free
        if free < ROOM:
            raise CannotStart(f"The disk of {place} has {free // 1024**2} MB left; {ROOM // 1024**2} MB are needed.")


def commands(port: int) -> dict[str, list[str]]:
    """Threads, since no proxy stands before the embedded server: a slow upload holds a thread, not a process."""
    python = [sys.executable, "-m"]
    web = ["gunicorn", "coursesite.wsgi:application", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    worker = ["celery", "-A", "coursesite", "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip"]
    beat = ["celery", "-A", "coursesite", "beat", "--schedule", str(paths.data() / "beat"), "--pidfile", ""]
    return {
        "web": [*python, *web, "--workers", "2", "--threads", "16", "--timeout", "120", "--graceful-timeout", "20"],
        "worker": [*python, *worker],
        "beat": [*python, *beat],
    }


class Processes:
    """Keeps each process running; `stop` ends them all, the web server first."""

    def __init__(self, port: int) -> None:
        self.commands, self.running, self.ended = commands(port), dict[str, subprocess.Popen[bytes]](), 0

    def start(self, name: str) -> None:
        environ = os.environ | {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "coursesite.settings"}
        self.running[name] = launcher.start_ours(self.commands[name], f"{name}.log", environ)

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            launcher.end(process, signal.SIGTERM)

    def revive(self) -> Iterator[str]:
        """Starts again what ended; CannotStart when that happens too often."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.ended += 1
                if self.ended > TRIES:
                    raise CannotStart(f"{name} ends again and again; see {paths.data() / 'logs' / name}.log.")
                yield name
                self.start(name)


@contextlib.contextmanager
def processes(port: int, names: Sequence[str] = ("web", "worker", "beat")) -> Iterator[Processes]:
    found = Processes(port)
    try:
        for name in names:
            found.start(name)
        wait(found, port)
        yield found
    finally:
        found.stop()


def wait(found: Processes, port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not healthy(port):
        if found.running["web"].poll() is not None or time.monotonic() > until:
            raise CannotStart(f"The web server did not start; see {paths.data() / 'logs' / 'web.log'}.")
        time.sleep(0.1)


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
