"""Handing in a homework set through its service; rows of the battery by their ids."""

import hashlib
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import extensions
from coursesite.handin import services as handin
from coursesite.handin.models import Submission
from coursesite.handin.receipts import instant
from homework import services
from homework.models import Acknowledgement
from homework.services import Credit

NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def hand_in(homework, ada, cast):
    def act(acknowledged=NOBODY, enrollment=ada, **options):
        return services.submit(
            homework=homework, enrollment=enrollment, delivery=cast.delivery(**options), acknowledged=acknowledged
        )

    act.enrollment = ada
    return act


def test_a_homework_with_both_parts_becomes_version_one(hand_in, ada):
    made, new = hand_in()
    assert (new, made.number, made.is_current, made.owner) == (True, 1, True, ada)
    assert [used.part.key for used in made.files.all()] == ["written-part", "notebook"]
    assert list(made.acknowledgements.values_list("nobody", flat=True)) == [True] * 4


def test_f07_nobody_fills_the_disk_with_versions_and_staff_hand_in_all_the_same(hand_in, homework, tom, cast, settings):
    settings.UPLOAD_MAX_VERSIONS = 2
    for text in ("one", "two"):
        hand_in(written_part=samples.pdf(text))
    with pytest.raises(ValidationError, match=r"handed in 2 times, the most that is taken.*Write to the course staff"):
        hand_in(written_part=samples.pdf("three"))
    assert (Submission.objects.current().get().number, StoredFile.objects.count()) == (2, 2)
    same, new = hand_in(written_part=samples.pdf("two"))
    assert (same.number, new) == (2, False), "what is there has its receipt"
    late = cast.delivery(written_part=samples.pdf("three"))
    made, _ = handin.submit(assignment=homework, owner=hand_in.enrollment, author=tom.user, delivery=late)
    assert made.number == 3


def test_a_part_that_was_not_sent_again_is_carried_over(hand_in):
    first, _ = hand_in()
    second, new = hand_in(notebook=samples.notebook("print(2)"))
    first.refresh_from_db()
    assert (new, second.number, first.is_current) == (True, 2, False)
    assert second.files.get(part__key="written-part").file == first.files.get(part__key="written-part").file


def test_one_part_alone_is_taken(hand_in):
    made, _ = hand_in(written_part=samples.pdf())
    assert made.files.count() == 1


def test_nothing_at_all_is_refused(homework, ada, cast):
    empty = cast.delivery(written_part=b"x")
    with pytest.raises(ValidationError, match="at least one file"):
        services.submit(
            homework=homework,
            enrollment=ada,
            delivery=type(empty)({}, uuid4(), empty.began_at, empty.completed_at),
            acknowledged=NOBODY,
        )


def test_each_mistake_is_told_and_nothing_is_kept(hand_in, settings):
    with pytest.raises(ValidationError) as caught:
        hand_in(written_part=b"x", notebook=b"")
    assert set(caught.value.message_dict) == {"written-part", "notebook"}
    assert not Submission.objects.exists()
    assert not StoredFile.objects.exists()
    assert not settings.FILES_ROOT.exists()


def test_u23_the_same_form_twice_makes_one_submission(hand_in):
    key = uuid4()
    assert hand_in(key=key)[0] == hand_in(key=key)[0]
    assert Submission.objects.count() == 1


def test_u23_a_form_that_comes_again_with_another_file_loses_none(hand_in):
    """A browser that goes back shows the form with its old key."""
    key = uuid4()
    first, _ = hand_in(key=key)
    second, new = hand_in(key=key, notebook=samples.notebook("print('better')"))
    assert (new, second.number, second.is_current) == (True, 2, True)
    assert hand_in(key=key, notebook=samples.notebook("print('better')")) == (second, False)
    assert hand_in(key=key) == (first, False)


def test_u23_a_form_that_comes_again_says_other_acknowledgements(hand_in):
    key = uuid4()
    hand_in(key=key)
    made, new = hand_in(NOBODY | {1: Credit(others="A forum thread")}, key=key)
    assert (new, made.acknowledgements.get(problem__number=1).others) == (True, "A forum thread")


def test_u23_staff_who_hand_in_for_two_with_one_key_hand_in_for_both(homework, ada, alan, tom, cast):
    key = uuid4()
    made = [
        handin.submit(assignment=homework, owner=owner, author=tom.user, delivery=cast.delivery(key=key))[0]
        for owner in (ada, alan)
    ]
    assert [one.owner for one in made] == [ada, alan]


def test_u23_the_same_bytes_twice_make_one_submission(hand_in):
    assert hand_in()[0] == hand_in()[0]
    assert StoredFile.objects.count() == 2


def test_a_form_without_files_in_which_nothing_changed_is_refused_and_the_same_files_say_so(client, hand_in, ada):
    made, _ = hand_in()
    client.force_login(ada.user)
    page = "/c/deep-learning/homework/homework-1/"
    sent = {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    answer = client.post(page, sent | {"key": str(uuid4())})
    assert answer.status_code == 400
    assert "No file was chosen, and nothing was changed: version 1 stays as it is." in answer.content.decode()
    file = SimpleUploadedFile("work.ipynb", samples.notebook())
    answer = client.post(page, sent | {"key": str(uuid4()), "file-notebook": file}, follow=True)
    assert "holds exactly what you sent" in answer.content.decode()
    assert list(Submission.objects.all()) == [made]
    answer = client.post(page, sent | {"key": str(uuid4()), "who-1": "somebody", "others-1": "A book"}, follow=True)
    assert "version 2 is in" in answer.content.decode()
    assert "holds exactly what you sent" not in answer.content.decode()


def test_the_same_bytes_with_other_acknowledgements_make_a_version(hand_in, alan):
    hand_in()
    made, new = hand_in(NOBODY | {2: Credit(frozenset({alan.pk}), "A forum thread")})
    assert new
    told = made.acknowledgements.get(problem__number=2)
    assert (list(told.classmates.all()), told.others, told.nobody) == ([alan], "A forum thread", False)


def test_every_problem_needs_its_acknowledgement(hand_in):
    with pytest.raises(ValidationError, match="each problem"):
        hand_in({1: Credit()})


def test_a_stranger_is_no_classmate(hand_in, other, ada):
    for pk in (other["student"].pk, ada.pk):
        with pytest.raises(ValidationError, match="Only classmates"):
            hand_in(NOBODY | {1: Credit(frozenset({pk}))})
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize(("after", "taken"), [(-1, True), (0, True), (1, False)])
def test_u27_at_the_deadline_to_the_millisecond(hand_in, homework, after, taken):
    moment = homework.due_at + timedelta(milliseconds=after)
    if taken:
        assert hand_in(at=moment)[1]
    else:
        with pytest.raises(ValidationError, match="deadline of Homework 1 has passed"):
            hand_in(at=moment)


def test_what_is_not_open_yet_is_refused(hand_in, homework):
    with pytest.raises(ValidationError, match="not open yet"):
        hand_in(at=homework.opens_at - timedelta(seconds=1))


def test_a_dropped_student_hands_in_nothing(hand_in, ada):
    ada.status = "dropped"
    ada.save()
    with pytest.raises(ValidationError, match="Only a student"):
        hand_in()


@pytest.mark.django_db(transaction=True)
def test_u24_two_tabs_at_one_moment_make_two_ordered_versions(hand_in, ada):
    """Two real connections: the second waits for the first."""
    gate, failed = threading.Barrier(2), []

    def tab(number):
        try:
            gate.wait()
            hand_in(written_part=samples.pdf(f"tab {number}"))
        except Exception as problem:
            failed.append(problem)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=[number]) for number in (1, 2)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    assert failed == []
    found = Submission.objects.filter(enrollment=ada).order_by("number")
    assert list(found.values_list("number", "is_current")) == [(1, False), (2, True)]
    assert StoredFile.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_u23_a_double_click_whose_halves_arrive_at_one_moment_makes_one_submission(hand_in, ada):
    gate, key, found = threading.Barrier(2), uuid4(), []

    def click():
        try:
            gate.wait()
            found.append(hand_in(key=key))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    (one, first), (other, second) = found
    assert (one, sorted([first, second])) == (other, [False, True])
    assert (Submission.objects.count(), StoredFile.objects.count()) == (1, 2)


def test_the_clock_of_the_server_is_kept_twice(hand_in):
    moment = timezone.now()
    made, _ = hand_in(at=moment)
    assert (made.began_at, made.completed_at) == (moment, moment)


def test_scans_come_as_several_photos_in_order_and_are_carried_over(hand_in, ada):
    pages = [samples.photo(), samples.photo(light=220), samples.photo(light=200)]
    first, _ = hand_in(written_part=pages, notebook=samples.notebook())
    again, new = hand_in(written_part=pages)
    assert (again, new) == (first, False)
    second, _ = hand_in(notebook=samples.notebook("print(2)"))
    photos = second.files.filter(part__key="written-part")
    assert [used.position for used in photos] == [0, 1, 2]
    assert [used.file.sha256 for used in photos] == [hashlib.sha256(page).hexdigest() for page in pages]
    third, _ = hand_in(written_part=[samples.pdf()])
    assert [used.file.format for used in third.files.filter(part__key="written-part")] == ["pdf"]


@pytest.mark.parametrize(
    "files",
    [
        {"written_part": [samples.pdf(), samples.photo()]},
        {"written_part": [samples.docx(), samples.docx("b")]},
        {"notebook": [samples.notebook(), samples.notebook("b")]},
        {"notebook": samples.photo()},
    ],
)
def test_u06_what_is_several_and_not_all_photos_is_refused(hand_in, files):
    with pytest.raises(ValidationError) as caught:
        hand_in(**files)
    assert list(caught.value.message_dict) == [next(iter(files)).replace("_", "-")]
    assert not Submission.objects.exists()


def test_u25_the_moment_at_which_everything_had_arrived_counts_and_both_are_kept(hand_in, homework, cast):
    cast.opened(homework, due=-timedelta(seconds=30))
    began, complete = homework.due_at - timedelta(minutes=1), homework.due_at + timedelta(seconds=1)
    with pytest.raises(ValidationError, match="deadline of Homework 1 has passed"):
        hand_in(at=complete)
    homework.late_days = 1
    homework.save()
    delivery = replace(cast.delivery(), began_at=began, completed_at=complete)
    made, _ = services.submit(homework=homework, enrollment=hand_in.enrollment, delivery=delivery, acknowledged=NOBODY)
    assert (made.began_at, made.completed_at, made.lateness.days) == (began, complete, 1)
    for moment in (began, complete):
        assert instant(moment) in made.receipt.text


def test_a_student_who_runs_the_site_has_the_deadline_of_a_student(hand_in, homework, ada, cast):
    ada.user.is_superuser = True
    ada.user.save()
    cast.opened(homework, due=-timedelta(hours=1))
    with pytest.raises(ValidationError, match="deadline of Homework 1 has passed"):
        hand_in()


def test_the_page_says_which_part_is_still_missing_until_a_version_holds_both(client, hand_in, ada):
    client.force_login(ada.user)
    page = "/c/deep-learning/homework/homework-1/"
    assert "is not handed in yet" not in client.get(page).content.decode()
    hand_in(written_part=samples.pdf())
    assert "▲ Notebook is not handed in yet" in client.get(page).content.decode()
    second, _ = hand_in(notebook=samples.notebook())
    assert (second.number, second.files.count()) == (2, 2)
    assert "is not handed in yet" not in client.get(page).content.decode()


def test_a_page_that_was_open_when_the_deadline_passed_says_why_nothing_was_handed_in(client, homework, ada, cast):
    client.force_login(ada.user)
    page = f"/c/deep-learning/homework/{homework.slug}/"
    key = client.get(page).context["form"]["key"].value()
    cast.opened(homework, due=-timedelta(seconds=2))
    file = SimpleUploadedFile("w.pdf", samples.pdf())
    answer = client.post(
        page, {"key": str(key), "file-written-part": file} | {f"who-{n}": "nobody" for n in (1, 2, 3, 4)}
    )
    told = answer.content.decode()
    assert answer.status_code == 400
    assert "The deadline of Homework 1 has passed, so nothing was handed in." in told
    assert 'class="errors"' in told
    assert "ask for more time" in told
    assert not Submission.objects.exists()


def test_who_began_to_send_in_time_and_ended_too_late_is_told_both_instants(homework, ada, cast):
    closes = cast.opened(homework, due=-timedelta(minutes=5)).closes_at
    began, ended = closes - timedelta(seconds=40), closes + timedelta(seconds=90)
    slow = replace(cast.delivery(), began_at=began, completed_at=ended)
    with pytest.raises(ValidationError) as refused:
        services.submit(homework=homework, enrollment=ada, delivery=slow, acknowledged=NOBODY)
    zone = ada.course.zone
    for moment in (began, ended, closes):
        assert f"{moment.astimezone(zone):%H:%M:%S}" in refused.value.messages[0]
    late = replace(cast.delivery(), began_at=ended, completed_at=ended)
    with pytest.raises(ValidationError) as refused:
        services.submit(homework=homework, enrollment=ada, delivery=late, acknowledged=NOBODY)
    assert "on their way" not in refused.value.messages[0]
    homework.grace_minutes = 2
    homework.save()
    made, new = services.submit(homework=homework, enrollment=ada, delivery=slow, acknowledged=NOBODY)
    assert (new, made.began_at, made.completed_at, made.lateness.late) == (True, began, ended, False)


def test_the_receipt_says_whether_it_was_in_time_and_the_own_deadline(client, hand_in, homework, ada, tom):
    later = homework.due_at + timedelta(days=3)
    extensions.grant(assignment=homework, owner=ada, until=later, reason="Ill", by=tom.user)
    made, _ = hand_in(written_part=samples.pdf())
    client.force_login(ada.user)
    shown = client.get(f"/submissions/{made.pk}/").content.decode()
    assert "✓ On time" in shown
    assert later.isoformat() in shown, "what is missing is due then"
    made.completed_at = later + timedelta(hours=30)
    made.save()
    shown = client.get(f"/submissions/{made.pk}/").content.decode()
    assert "Late by 2 started days" in shown
    assert "On time" not in shown


@pytest.mark.parametrize("problems", [1, 3])
def test_a_version_takes_few_queries_however_many_problems_and_versions(
    problems, client, homework, ada, django_assert_num_queries
):
    homework.problems.filter(number__gt=problems).delete()
    client.force_login(ada.user)
    page = f"/c/deep-learning/homework/{homework.slug}/"
    for queries in (6, 6, 6, 6):  # two of them for the savepoint, since a test is one transaction
        sent = {"key": str(uuid4()), "file-written-part": SimpleUploadedFile("w.pdf", samples.pdf(str(uuid4())))}
        with django_assert_num_queries(queries):
            answer = client.post(page, sent | {f"who-{number}": "nobody" for number in range(1, problems + 1)})
        assert answer.status_code == 302
    assert Submission.objects.current().get().number == 4
