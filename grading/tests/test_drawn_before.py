"""Notes that were drawn before the first mark: whoever may yet read the problem second sees none of others."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Submission
from grading.models import Annotation, Item, Mark, SecondMark, to_read_again, unseen
from grading.services import annotating, arranging, awarding, claiming, marking
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
SAID, WHOLE = "Drawn before the mark", "Said of the whole"


@pytest.fixture
def note(homework, work, tom):
    """By a grader who has not saved a mark."""
    used = work.files.get(part__key="written-part")
    drawn = annotating.Drawn(used=used.pk, page=1, shape="text", points=[[100, 100]], text=SAID)
    return annotating.annotate(submission=work, problem=homework.problems.first(), grader=tom.user, drawn=drawn)


@pytest.fixture
def twice(homework, note, ines):
    return arranged(homework, ines, 100)


def arranged(homework, ines, percent):
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(second_percent=percent))
    return Item.objects.select_related("assignment__course", "arrangement").get(pk=homework.item.pk)


def address(item, work, number=1):
    return reverse("admin:grading_problem_grade", args=[item.pk, number, work.pk])


def sees(client, who, item, work, words=SAID):
    """On the page of the problem, of another one, and of all of them."""
    client.force_login(who.user)
    whole = reverse("admin:grading_item_grade", args=[item.pk, work.pk])
    found = [
        words in client.get(page).content.decode() for page in (address(item, work), address(item, work, 2), whole)
    ]
    assert len(set(found)) == 1
    return found[0]


def test_who_draws_sees_it_and_so_do_instructors_and_a_later_reader_does_not(client, twice, work, tom, tina, ines):
    assert {who.user.name: sees(client, who, twice, work) for who in (tom, tina, ines)} == {
        "Tom Tutor": True,
        "Tina Tutor": False,
        "Ines Instructor": True,
    }


def test_where_nothing_is_read_twice_all_see_it(client, homework, note, work, tina, ines):
    assert sees(client, tina, arranged(homework, ines, 0), work)


def test_it_stays_hidden_from_the_second_reader_until_both_have_read(client, twice, work, tom, tina):
    marking.mark(submission=work, grader=tom.user, given=[Given(1, Decimal(5))])
    assert not sees(client, tina, twice, work)
    client.post(address(twice, work), {"points-1": "6", "version-1": "0", "second": "1"})
    assert SecondMark.objects.get().grader == tina.user
    assert sees(client, tina, twice, work)


def test_with_the_release_it_is_there(client, twice, work, tina, ines):
    awarding.release(items=[twice], by=ines.user)
    assert sees(client, tina, twice, work)


def test_to_whom_the_work_is_handed_sees_what_was_drawn(client, twice, work, homework, tom, tina):
    problem = homework.problems.first()
    claiming.refer(work=work, problems=[problem], by=tom.user, to=tina.user, note="", now=timezone.now())
    assert sees(client, tina, twice, work)


def test_a03_a_hidden_note_is_not_changed_or_told_by_another(client, twice, work, note, tina):
    client.force_login(tina.user)
    desk = reverse("admin:grading_item_grade", args=[twice.pk, work.pk])
    sent = {"version": note.version, "text": "Mine"}
    assert client.post(f"{desk}notes/{note.pk}/", sent).status_code == 404
    assert client.post(f"{desk}notes/{note.pk}/", sent | {"delete": "1"}).status_code == 404
    new = {"problem": 1, "used": note.used_id, "page": 1, "shape": "text", "points": "[[5,5]]", "text": "Hers"}
    answer = client.post(f"{desk}notes/", new)
    assert (answer.status_code, SAID in answer.content.decode(), "Hers" in answer.content.decode()) == (
        200,
        False,
        True,
    )
    note.refresh_from_db()
    assert note.text == SAID


def test_a_comment_on_the_whole_is_hidden_alike(client, twice, work, tom, tina, ines):
    annotating.remark(submission=work, grader=tom.user, text=WHOLE, version=0)
    seen = [sees(client, who, twice, work, WHOLE) for who in (tom, tina, ines)]
    assert seen == [True, False, True]
    client.force_login(tina.user)
    desk = reverse("admin:grading_item_grade", args=[twice.pk, work.pk])
    assert client.post(f"{desk}remark/", {"remark": "Hers", "version": "1"}).status_code == 404


@pytest.mark.parametrize("percent", [20, 50, 80])
def test_what_is_hidden_before_the_mark_is_what_is_drawn_after_it(homework, work, tom, tina, ines, percent):
    arranged(homework, ines, percent)

    def unmarked():
        return set(Submission.objects.annotate(**unseen(tina.user)).get(pk=work.pk).unmarked)

    before = unmarked()
    marking.mark(submission=work, grader=tom.user, given=[Given(n, Decimal(5)) for n in NOBODY])
    assert unmarked() == set()
    assert set(to_read_again().values_list("problem", flat=True)) == before
    assert Mark.objects.count() == 4


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_asks_eleven_times_where_work_is_read_twice_too(client, twice, work, note, tina, count):
    for _ in range(count - 1):
        Annotation.objects.create(
            submission=work, problem=note.problem, used=note.used, page=1, shape="text", points=[[1, 1]], text="More",
            grader=note.grader,
        )  # fmt: skip
    client.force_login(tina.user)
    page = address(twice, work)
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page, headers={"HX-Request": "true"})
    told = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert len(told) == 11
