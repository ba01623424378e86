"""What is handed to the broker: soon, once, and by nobody's page."""

import os
import threading
import time

import pytest
from kombu.exceptions import OperationalError

from coursesite.files import tasks


@pytest.fixture
def asked(monkeypatch):
    """The tasks that reached the broker, with their arguments."""
    found = []
    monkeypatch.setattr(tasks, "asked_again", 0.0)
    for task in (tasks.inspect_waiting, tasks.sweep):
        monkeypatch.setattr(
            task, "apply_async", lambda arguments, retry, name=task.name: found.append((name, *arguments))
        )
    return found


def handed_over():
    tasks.postman().submit(str).result()


def test_what_is_said_twice_in_a_moment_is_said_once(asked):
    for key in ("a", "b", "a"):
        tasks.later(tasks.inspect_waiting, key)
    tasks.later(tasks.sweep)
    handed_over()
    assert asked == [(tasks.inspect_waiting.name, "a"), (tasks.inspect_waiting.name, "b"), (tasks.sweep.name,)]


def test_what_is_said_after_it_was_handed_over_is_said_again(asked):
    for _ in range(2):
        tasks.later(tasks.sweep)
        handed_over()
    assert asked == [(tasks.sweep.name,)] * 2


def test_f02_nobody_waits_for_a_broker_that_is_slow_or_down(monkeypatch):
    answers, answered = threading.Event(), threading.Event()

    def down(arguments, retry):
        assert answers.wait(60)
        answered.set()
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks, "asked_again", 0.0)
    monkeypatch.setattr(tasks.sweep, "apply_async", down)
    handed_over()
    tasks.later(tasks.sweep)
    assert not answered.is_set(), "we went on before the broker had said a word"
    answers.set()
    handed_over()
    assert answered.is_set()
    assert tasks.asked_again > time.monotonic()


def test_a_child_process_hands_over_what_it_says_itself_and_nothing_of_its_parent(asked):
    handed_over()
    tasks.later(tasks.inspect_waiting, "parent")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        tasks.later(tasks.inspect_waiting, "child")
        handed_over()
        os.write(writing, repr(asked).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1000).decode() == repr([(tasks.inspect_waiting.name, "child")])
    handed_over()
    assert asked == [(tasks.inspect_waiting.name, "parent")]
