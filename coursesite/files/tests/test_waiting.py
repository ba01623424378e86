"""Files that wait for the worker: who takes them up, in which order, and what happens when one dies over them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from coursesite.files import previews, services
from coursesite.files.models import Format, StoredFile
from coursesite.files.tests import samples
from coursesite.files.uploads import uploaded

pytestmark = pytest.mark.django_db


def take(content, name="work.pdf", formats=(Format.PDF,)):
    return services.take_in(incoming=uploaded(content, name), formats=formats)


def test_f05_a_file_that_kills_its_worker_is_given_up():
    file = take(samples.pdf())
    StoredFile.objects.update(tries=services.TRIES)
    assert not services.inspect_waiting()
    file.refresh_from_db()
    assert file.inspected_at
    assert file.warning


@pytest.fixture
def called(monkeypatch):
    """Whom the worker calls for help."""
    found = []
    monkeypatch.setattr(services.tasks, "hand_over", lambda task: found.append(task.name))
    return found


def test_as_long_as_more_wait_another_worker_is_called(called):
    files = [take(samples.pdf(str(n))) for n in range(3)]
    expected = [(1, 1), (2, 2), (3, 2)]  # looked into, called
    for looked, calls in expected:
        assert services.inspect_waiting()
        assert StoredFile.objects.exclude(inspected_at=None).count() == looked
        assert called == [services.tasks.inspect_waiting.name] * calls
    assert not services.inspect_waiting()
    assert len(called) == 2
    assert [file.pages for file in StoredFile.objects.filter(pk__in=[f.pk for f in files])] == [1, 1, 1]


def test_f05_what_has_failed_before_lets_others_go_first(called):
    bad, good = take(samples.pdf("bad")), take(samples.pdf("good"))
    StoredFile.objects.filter(pk=bad.pk).update(tries=1)
    services.inspect_waiting()
    assert [file.inspected_at is None for file in (again(bad), again(good))] == [True, False]


def again(file):
    file.refresh_from_db()
    return file


@pytest.mark.django_db(transaction=True)
def test_f04_workers_that_ask_at_the_same_moment_take_different_files(called, monkeypatch):
    for n in range(4):
        take(samples.pdf(str(n)))
    begun, make, together = [], services.previews.make, threading.Barrier(4, timeout=60)

    def slow(files):
        begun.extend(file.pk for file in files)
        together.wait()
        return make(files)

    def work(_):
        try:
            return services.inspect_waiting()
        finally:
            connection.close()

    monkeypatch.setattr(services.previews, "make", slow)
    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(work, range(4))) == [True] * 4
    assert set(begun) == set(StoredFile.objects.values_list("pk", flat=True))
    assert len(begun) == 4


def test_f04_looking_twice_has_one_effect():
    file = take(samples.pdf())
    assert services.inspect_waiting()
    assert not services.inspect_waiting()
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert (file.tries, file.pages) == (1, 1)


def test_f04_while_a_worker_looks_into_a_file_nobody_starts_it_again(monkeypatch):
    file, begun, make = take(samples.pdf()), [], services.previews.make

    def slow(files):
        begun.append(files)
        assert not services.inspect_waiting()
        services.inspect(str(file.pk))
        return make(files)

    monkeypatch.setattr(services.previews, "make", slow)
    services.inspect(str(file.pk))
    file.refresh_from_db()
    assert (len(begun), file.tries, file.pages, file.warning, file.claimed_until) == (1, 1, 1, "", None)


def test_f01_what_a_killed_parser_left_half_made_is_swept_and_what_is_whole_stays(settings):
    file = take(samples.pdf())
    services.inspect(str(file.pk))
    with previews.draft(file) as half:
        (half / "1.png").write_bytes(b"half")
        draft, whole = (half.with_name(f"{file.id.hex}-7.{ending}") for ending in ("draft", "pdf"))
        draft.write_bytes(b"half")
        whole.write_bytes(b"whole")
        assert services.sweep() == [], "somebody may be making it"
        assert set(services.sweep(older_than=-60)) == {half, draft}
        assert sorted(half.parent.iterdir()) == sorted([file.preview_path, whole])
        half.mkdir()


@pytest.mark.parametrize("tries", range(services.TRIES))
def test_f01_a_file_whose_worker_was_killed_is_taken_up_once_the_parsers_time_is_over(tries, monkeypatch):
    file, make = take(samples.pdf()), services.previews.make
    StoredFile.objects.update(tries=tries)

    def killed(files):
        raise SystemExit

    monkeypatch.setattr(services.previews, "make", killed)
    with pytest.raises(SystemExit):
        services.inspect(str(file.pk))
    monkeypatch.setattr(services.previews, "make", make)
    assert not services.inspect_waiting()
    file.refresh_from_db()
    assert (file.inspected_at, file.warning) == (None, ""), "its last try is not over"
    over = file.claimed_until + timedelta(seconds=1)
    assert over - timezone.now() < timedelta(minutes=3)
    monkeypatch.setattr(services.timezone, "now", lambda: over)
    services.inspect_waiting()
    file.refresh_from_db()
    given_up = tries + 1 == services.TRIES
    assert (file.pages, file.warning) == ((None, services.previews.UNREADABLE) if given_up else (1, ""))
