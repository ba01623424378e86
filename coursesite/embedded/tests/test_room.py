"""A disk without room is told before anything starts, and what fails later leaves nothing running."""

import shutil
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from coursesite.embedded import launcher, paths, running

MB = 1024**2


@pytest.fixture
def started(monkeypatch):
    """Names of what `up` would have started."""
    found = []
    for name in ("postgres", "valkey"):
        monkeypatch.setattr(launcher, name, lambda name=name: found.append(name))
    return found


@pytest.fixture
def disk(monkeypatch):
    def has(megabytes):
        monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=megabytes * MB))

    return has


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_f07_a_full_disk_at_the_start_is_one_sentence_and_nothing_is_started(
    disk, started, port, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "data", lambda: tmp_path)
    monkeypatch.setattr(paths, "services", lambda: tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # ours stay as they are
    disk(199)
    with pytest.raises(CommandError) as problem:
        call_command("up", port=port)
    assert str(problem.value) == f"The disk of {tmp_path} has 199 MB left; 200 MB are needed."
    assert started == []


def test_just_enough_room_is_enough(disk):
    disk(200)
    running.check_room()


@pytest.mark.parametrize("make", [running.check_room, paths.secret_key])
def test_nobody_else_on_the_machine_reads_a_new_data_folder(tmp_path, monkeypatch, make):
    """Page images, and mail with links that set passwords, lie in it."""
    monkeypatch.setattr(paths, "data", lambda: tmp_path / "data")
    monkeypatch.setattr(paths, "services", lambda: tmp_path)
    make()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(paths, "data", lambda: tmp_path / "file" / "data")
    with pytest.raises(launcher.CannotStart, match="can't be made: Not a directory"):
        running.check_room()


def test_when_the_web_server_does_not_start_nothing_is_left_running(port, monkeypatch, tmp_path):
    """The worker runs already when the web server has given up."""
    monkeypatch.setattr(paths, "data", lambda: tmp_path)
    (tmp_path / "logs").mkdir()
    fails, waits = (
        [sys.executable, "-c", "raise SystemExit(3)"],
        [sys.executable, "-c", "import signal; signal.pause()"],
    )
    monkeypatch.setattr(running, "commands", lambda port: {"worker": waits, "beat": waits, "web": fails})
    begun = list[subprocess.Popen]()
    start = launcher.start_ours

    def noted(*arguments):
        begun.append(start(*arguments))
        return begun[-1]

    monkeypatch.setattr(launcher, "start_ours", noted)
    with pytest.raises(launcher.CannotStart, match="The web server did not start"), running.processes(port):
        pass
    assert len(begun) == 3
    assert all(process.poll() is not None for process in begun)


def test_the_disk_of_the_databases_counts_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "data", lambda: tmp_path / "data")
    monkeypatch.setattr(paths, "services", lambda: tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=0 if place == tmp_path else 10**12))
    with pytest.raises(launcher.CannotStart, match=f"The disk of {tmp_path} has 0 MB left"):
        running.check_room()
