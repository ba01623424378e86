"""Similar work on real submissions: read, compared in the worker's task, shown to staff."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.embedded.workers import until, worker
from coursesite.files import reading
from coursesite.files import services as files
from coursesite.files.tests import samples
from coursesite.files.uploads import uploaded
from coursesite.handin.models import Handout
from homework import queries, services, tasks
from homework.models import Comparison, Homework, Likeness
from homework.services import Credit, comparing

from .test_winnowing import ANOTHER, LOOP, RENAMED

pytestmark = pytest.mark.django_db
STORY = [
    "The gradient vanishes because each layer multiplies it",
    "with a number below one, so that very little of it is left",
    "when it arrives at the first layers of a deep net, and this",
    "is why they learn slowly unless something carries it past",
]


@pytest.fixture
def hands_in(homework, cast):
    def act(student, *cells, text=("Solution",), mates=()):
        delivery = cast.delivery(written_part=samples.pdf(*text), notebook=samples.notebook(*cells))
        acknowledged = {n: Credit(frozenset(mate.pk for mate in mates)) for n in (1, 2, 3, 4)}
        return services.submit(homework=homework, enrollment=student, delivery=delivery, acknowledged=acknowledged)[0]

    return act


def compared(homework, by):
    asked = comparing.ask(homework=Homework.objects.get(pk=homework.pk), by=by.user, now=timezone.now())
    comparing.compare(asked.pk, now=timezone.now())
    return Comparison.objects.get(pk=asked.pk)


def told(comparison):
    return [
        (
            line.row.matter,
            str(line.row.one.enrollment.user.name),
            str(line.row.other.enrollment.user.name),
            line.declared,
        )
        for line in queries.lines(comparison)
    ]


def by_name(rows):
    return [(matter, *sorted(names), said) for matter, *names, said in rows]


def test_undeclared_pairs_come_first_and_declared_ones_are_marked(hands_in, homework, ada, alan, grace, tom):
    hands_in(ada, LOOP, mates=[alan])
    hands_in(alan, RENAMED, mates=[ada])
    hands_in(grace, RENAMED + ANOTHER)
    made = compared(homework, tom)
    assert (made.works, made.unread) == (3, 0)
    rows = by_name(told(made))
    assert sorted(rows[:2]) == [
        ("code", "Ada Lovelace", "Grace Hopper", 0),
        ("code", "Alan Turing", "Grace Hopper", 0),
    ]
    assert rows[2:] == [("code", "Ada Lovelace", "Alan Turing", 2)]


def test_texts_are_compared_as_well(hands_in, homework, ada, alan, tom):
    hands_in(ada, "a = 1", text=STORY)
    hands_in(alan, "print()", text=[line.upper() for line in STORY])
    assert by_name(told(compared(homework, tom))) == [("text", "Ada Lovelace", "Alan Turing", 0)]


def test_half_a_character_in_one_notebook_hides_nobody(hands_in, homework, ada, alan, grace, tom):
    """JSON can write a lone surrogate; one such notebook must not end the comparison of all."""
    hands_in(grace, "\ud800 = 1\n" + LOOP)
    hands_in(ada, LOOP)
    hands_in(alan, RENAMED)
    made = compared(homework, tom)
    assert (made.works, len(told(made))) == (3, 3)


def test_the_template_is_left_out(hands_in, homework, ada, alan, tom):
    hands_in(ada, LOOP)
    hands_in(alan, LOOP)
    file = files.take_any(incoming=uploaded(samples.notebook(LOOP), "template.ipynb"))
    Handout.objects.create(assignment=homework, title="Template", file=file)
    assert told(compared(homework, tom)) == []


def test_only_the_versions_that_count_are_compared_and_a_newer_one_is_told(hands_in, homework, ada, alan, tom):
    hands_in(ada, LOOP)
    hands_in(alan, LOOP)
    made = compared(homework, tom)
    assert [line.outdated for line in queries.lines(made)] == [False]
    hands_in(alan, ANOTHER)
    assert [line.outdated for line in queries.lines(made)] == [True]
    assert told(compared(homework, tom)) == []
    assert Comparison.objects.count() == 1


def test_photos_alone_are_counted_as_unread(homework, ada, tom, cast):
    delivery = cast.delivery(written_part=[samples.photo()], notebook=samples.notebook(" "))
    nobody = {n: Credit() for n in (1, 2, 3, 4)}
    services.submit(homework=homework, enrollment=ada, delivery=delivery, acknowledged=nobody)
    made = compared(homework, tom)
    assert made.works + made.unread == 1


def test_a_file_that_kills_its_reader_costs_no_other_its_content(db):
    def take(content, name):
        incoming = uploaded(content, name)
        return files.take_in(incoming=incoming, formats=["ipynb", "docx"])

    good = take(samples.notebook(LOOP), "good.ipynb")
    bad = take(samples.notebook(LOOP), "bad.ipynb")
    word = take(samples.docx("Spoken words"), "word.docx")
    bad.path.write_bytes(b"[" * 200_000)
    found = reading.contents([good, bad, word])
    assert found[0].code[0][1] == LOOP
    assert found[1] == reading.Content()
    assert "Spoken words" in found[2].text[0][1]


def test_two_who_ask_at_once_get_one_comparison_and_a_second_run_changes_nothing(hands_in, homework, ada, alan, tom):
    hands_in(ada, LOOP)
    hands_in(alan, LOOP)
    found = Homework.objects.get(pk=homework.pk)
    first = comparing.ask(homework=found, by=tom.user, now=timezone.now())
    assert comparing.ask(homework=found, by=tom.user, now=timezone.now()) == first
    tasks.compare(first.pk)
    before = list(Likeness.objects.values_list("pk", flat=True))
    tasks.compare(first.pk)
    assert list(Likeness.objects.values_list("pk", flat=True)) == before
    assert len(before) == 1


def test_what_was_lost_is_made_up_for_and_what_fails_always_is_given_up(hands_in, homework, ada, tom, monkeypatch):
    hands_in(ada, LOOP)
    found = Homework.objects.get(pk=homework.pk)
    asked = comparing.ask(homework=found, by=tom.user, now=timezone.now() - comparing.LOST_AFTER * 2)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "works_of", lambda homework: 1 / 0)
        for _ in range(comparing.TRIES):
            with pytest.raises(ZeroDivisionError):
                comparing.compare_waiting(now=timezone.now())
        comparing.compare_waiting(now=timezone.now())
    asked.refresh_from_db()
    assert (asked.tries, asked.finished_at) == (comparing.TRIES, None)
    again = comparing.ask(homework=found, by=tom.user, now=timezone.now() - comparing.LOST_AFTER * 2)
    assert (again.pk, again.tries) == (asked.pk, 0)
    comparing.compare_waiting(now=timezone.now())
    asked.refresh_from_db()
    assert asked.finished_at is not None


def test_f04_while_a_worker_compares_nobody_starts_it_again(hands_in, homework, ada, alan, tom, monkeypatch):
    hands_in(ada, LOOP)
    hands_in(alan, RENAMED)
    found, begun, read = Homework.objects.get(pk=homework.pk), [], comparing.works_of
    asked = comparing.ask(homework=found, by=tom.user, now=timezone.now() - comparing.LOST_AFTER * 2)
    Comparison.objects.update(tries=comparing.TRIES - 1)

    def slow(homework):
        begun.append(homework)
        comparing.compare_waiting(now=timezone.now())
        comparing.compare(asked.pk, now=timezone.now())
        again = comparing.ask(homework=found, by=tom.user, now=timezone.now())
        assert (again, again.tries) == (asked, comparing.TRIES), "its last try is under way, and not given up"
        return read(homework)

    monkeypatch.setattr(comparing, "works_of", slow)
    comparing.compare_waiting(now=timezone.now())
    asked.refresh_from_db()
    assert (len(begun), asked.tries, asked.claimed_until, asked.works) == (1, comparing.TRIES, None, 2)
    assert (Likeness.objects.count(), asked.finished_at is None) == (1, False)


def test_f01_a_comparison_whose_worker_was_killed_is_taken_up_once_its_time_is_over(hands_in, homework, ada, tom):
    hands_in(ada, LOOP)
    now = timezone.now()
    asked = comparing.ask(
        homework=Homework.objects.get(pk=homework.pk), by=tom.user, now=now - comparing.LOST_AFTER * 2
    )
    Comparison.objects.update(tries=1, claimed_until=now + timedelta(seconds=5))
    comparing.compare_waiting(now=now)
    assert Comparison.objects.get().finished_at is None
    comparing.compare_waiting(now=now + timedelta(seconds=6))
    asked.refresh_from_db()
    assert (asked.tries, asked.finished_at is None) == (2, False)


def test_what_was_taken_over_meanwhile_is_not_recorded(hands_in, homework, ada, alan, tom, monkeypatch):
    """A worker that was stopped for longer than its claim."""
    hands_in(ada, LOOP)
    hands_in(alan, RENAMED)
    asked = comparing.ask(homework=Homework.objects.get(pk=homework.pk), by=tom.user, now=timezone.now())
    read, other = comparing.works_of, timezone.now() + timedelta(hours=1)

    def slow(homework):
        Comparison.objects.update(claimed_until=other)
        return read(homework)

    monkeypatch.setattr(comparing, "works_of", slow)
    comparing.compare(asked.pk, now=timezone.now())
    asked.refresh_from_db()
    assert (asked.finished_at, asked.claimed_until, Likeness.objects.count()) == (None, other, 0)


def test_the_pages_show_pairs_and_passages_and_their_queries_do_not_grow(
    client, hands_in, homework, ada, alan, grace, tom, django_assert_num_queries, django_assert_max_num_queries
):
    page = f"/admin/homework/homework/{homework.pk}/similar/"
    client.force_login(tom.user)
    assert "Compare the works" in client.get(page).content.decode()
    hands_in(ada, LOOP, "<script>alert(1)</script>")
    hands_in(alan, RENAMED)
    assert client.post(page, follow=True).status_code == 200
    assert "Being compared" in client.get(page).content.decode()
    tasks.compare(Comparison.objects.get().pk)
    with django_assert_max_num_queries(25) as first:
        shown = client.get(page).content.decode()
    count = len(first)
    assert "▲ neither" in shown
    side = client.get(f"{page}{Likeness.objects.get().pk}/").content.decode()
    assert 'href="#r1"' in side and 'id="r1"' in side and 'id="l1"' in side  # noqa: PT018
    assert "<script>alert" not in side
    hands_in(grace, LOOP)
    compared(homework, tom)
    with django_assert_num_queries(count):
        assert client.get(page).content.decode().count("side by side</a>") == 3
    assert client.get(f"{page}{Likeness.objects.first().pk + 1000}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_worker_compares(hands_in, homework, ada, alan, tom, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSESITE_DATA", str(tmp_path))  # where the files of this test lie
    hands_in(ada, LOOP)
    hands_in(alan, RENAMED)
    with worker():
        asked = comparing.ask(homework=Homework.objects.get(pk=homework.pk), by=tom.user, now=timezone.now())
        assert until(lambda: Comparison.objects.filter(pk=asked.pk).exclude(finished_at=None).exists())
    assert Likeness.objects.count() == 1
