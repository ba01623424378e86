"""What is drawn to be read twice: whoever may yet read it a second time finds the first mark at no door."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.roster.models import Enrollment
from grading.desk import order
from grading.models import Annotation, Item, Mark, Remark, RubricItem, Score, SecondMark, sealed
from grading.services import annotating, arranging, awarding, claiming, computing, marking, regrades, rubrics
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
BOOK = "/c/deep-learning/gradebook/"
API = "/api/v1/courses/deep-learning/"
# Points of problem 1, of all four together, what is said beside them, and who said it.
TELLTALE = re.compile(r"13\.37|32\.12|Sealed secret|Secret item|Said of the whole|Drawn secret")


@pytest.fixture
def marked(homework, work, tom):
    """Problem 1 has a telling mark, and so has the sum."""
    rubrics.add_item(problem=homework.problems.get(number=2), by=tom.user, text="Secret item", points=Decimal(19))
    item = RubricItem.objects.get()
    given = [Given(1, Decimal("13.37"), "Sealed secret")] + [Given(n, Decimal("6.25")) for n in (3, 4)]
    given.append(Given(2, items=frozenset({item.pk}), adjustment=Decimal("0.25")))
    marking.mark(submission=work, grader=tom.user, given=given)
    annotating.remark(submission=work, grader=tom.user, text="Said of the whole", version=0)
    used = work.files.get(part__key="written-part")
    drawn = annotating.Drawn(used=used.pk, page=1, shape="text", points=[[100, 100]], text="Drawn secret")
    annotating.annotate(submission=work, problem=homework.problems.first(), grader=tom.user, drawn=drawn)
    computing.compute_stale()
    return work


@pytest.fixture
def drawn(homework, marked, ines):
    """Everything is read twice."""
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(second_percent=100))
    return Item.objects.select_related("assignment__course", "arrangement").get(pk=homework.item.pk)


def pages(item, work):
    """Where a mark, a sum of marks, or what stands beside them can be told to staff."""
    desk, student = reverse("admin:grading_item_desk", args=[item.pk]), work.enrollment_id
    score = Score.objects.get(enrollment=student, item=item)
    line = RubricItem.objects.get()
    yield from ("/admin/", desk, f"{desk}agreement/", f"{desk}{work.pk}/")
    yield from (f"{desk}{number}/{work.pk}/" for number in (1, 2, 3, 4))
    yield from (f"/admin/grading/item/{item.pk}/rubric/items/{line.pk}/", f"/admin/grading/item/{item.pk}/history/")
    yield from (f"/admin/grading/score/{score.pk}/{page}/" for page in ("change", "history"))
    yield from (f"/admin/grading/coursegrade/{student}/{page}/" for page in ("change", "history"))
    yield from (f"/admin/handin/submission/{work.pk}/{page}/" for page in ("change", "history"))
    for model in admin.site._registry:
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield from (base, f"{base}?q=ada", f"{base}?o=1")
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    yield from (BOOK, f"{BOOK}?at={now}", f"{BOOK}?sort={item.pk}&down=1", f"{BOOK}?state=graded&column={item.pk}")
    yield from (
        f"{BOOK}statistics/",
        f"{BOOK}columns/{item.pk}/",
        f"{BOOK}students/{student}/",
        f"{BOOK}figures/?of={student}",
    )
    yield from (f"{BOOK}students/{student}/?at={now}", f"{BOOK}{student}/{item.pk}/", f"{BOOK}as-of.csv?at={now}")
    yield from (
        f"{API}scores/",
        f"{API}submissions/",
        f"{API}grades/",
        f"{API}export/complete.csv",
        f"{API}export/canvas.csv",
    )
    yield from (f"/submissions/{work.pk}/", f"/c/deep-learning/grades/{item.pk}/", "/c/deep-learning/")
    yield from (f"/c/deep-learning/numbers/{form}.csv" for form in ("complete", "anonymous"))
    yield "/admin/grading/item/export/deep-learning/complete.csv"


def telling(client, item, work):
    """The pages that tell something of it."""
    found = set()
    for page in pages(item, work):
        answer = client.get(page, follow=True)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if TELLTALE.search(body.decode(errors="replace")):
            found.add(page)
    return found


def rubric_of(item):
    """Where the text of the item stands for whoever writes the rubric: not who got it."""
    return {f"/admin/grading/item/{item.pk}/rubric/items/{RubricItem.objects.get().pk}/"}


def test_a_ta_who_may_read_it_again_finds_the_first_mark_at_no_door(client, drawn, marked, tina):
    client.force_login(tina.user)
    # The text of an item is no secret; that it applies here is.
    desk = f"/admin/grading/item/{drawn.pk}/desk/"
    shown = telling(client, drawn, marked) - rubric_of(drawn) - {f"{desk}2/{marked.pk}/"}
    assert shown == set()
    assert " checked" not in client.get(f"{desk}2/{marked.pk}/").content.decode()
    assert "Ada Lovelace" not in client.get(rubric_of(drawn).pop()).content.decode()


@pytest.mark.parametrize("who", ["tom", "ines"])
def test_who_gave_it_and_the_instructor_see_it_at_all_these_doors(client, drawn, marked, tom, ines, who):
    """The control: the walk finds what there is to find."""
    client.force_login({"tom": tom, "ines": ines}[who].user)
    score, student = Score.objects.get(enrollment=marked.enrollment), marked.enrollment_id
    desk = f"/admin/grading/item/{drawn.pk}/desk/"
    assert telling(client, drawn, marked) >= {
        f"{desk}{marked.pk}/",
        f"{desk}1/{marked.pk}/",
        f"/admin/grading/score/{score.pk}/change/",
        "/admin/grading/score/",
        BOOK,
        f"{BOOK}?sort={drawn.pk}&down=1",
        f"{BOOK}students/{student}/",
        f"{BOOK}figures/?of={student}",
        f"{BOOK}{student}/{drawn.pk}/",
        f"{API}scores/",
    }


def test_with_the_second_reading_and_with_the_release_it_is_open_to_all_graders(
    client, drawn, marked, homework, tina, ines
):
    client.force_login(tina.user)
    page = f"/admin/grading/item/{drawn.pk}/desk/1/{marked.pk}/"
    assert client.post(page, {"points-1": "9", "second": "1", "version-1": "0"}).status_code == 302
    assert SecondMark.objects.get().points == 9
    assert "13.37" in client.get(page).content.decode()
    assert "32.12" not in client.get(BOOK).content.decode()
    awarding.release(items=[homework.item], by=ines.user)
    assert "32.12" in client.get(BOOK).content.decode()
    problem = homework.problems.get(number=2)
    assert order.next_work(item=released(drawn), problem=problem, grader=tina.user) is None
    awarding.unrelease(items=[homework.item], by=ines.user)
    assert "32.12" not in client.get(BOOK).content.decode()


def released(item):
    return Item.objects.select_related("assignment__course", "arrangement").get(pk=item.pk)


def test_what_was_served_unseen_stays_so_while_it_is_held_also_over_a_release(drawn, marked, homework, tina, ines):
    problem = homework.problems.first()
    served = order.next_work(item=drawn, problem=problem, grader=tina.user)
    assert served == marked
    awarding.release(items=[homework.item], by=ines.user)
    assert set(sealed(tina.user).values_list("problem", flat=True)) == {problem.pk}
    claiming.let_go(work=marked, problems=[problem], grader=tina.user)
    assert not sealed(tina.user).exists()


def test_only_what_is_drawn_is_kept_and_in_the_share_that_was_asked_for(course, homework, tom, tina, ines, cast):
    for n in range(30):
        student = cast.enroll(course, f"S{n} Student")
        made = homework_services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
        )[0]
        marking.mark(submission=made, grader=tom.user, given=[Given(1, Decimal(5))])
    counts = []
    for percent in (0, 20, 60, 100):
        arranging.arrange(item=homework.item, by=ines.user, plan=Plan(second_percent=percent))
        item = released(homework.item)
        kept = set(sealed(tina.user).values_list("submission", flat=True))
        queue = order.waiting(item, homework.problems.first(), tina.user) if percent else []
        assert kept == {work.pk for work in queue if work.second}
        assert not sealed(tom.user).exists()
        assert not sealed(ines.user).exists()
        counts.append(len(kept))
    assert counts[0] == 0 < counts[1] < counts[2] < counts[3] == 30


def test_an_earlier_version_is_read_again_by_nobody_and_kept_from_nobody(drawn, marked, homework, ada, tina, cast):
    newer = cast.delivery(notebook=samples.notebook("print(2)"), written_part=samples.pdf())
    homework_services.submit(homework=homework, enrollment=ada, delivery=newer, acknowledged=NOBODY)
    marked.refresh_from_db()
    assert not marked.is_current
    assert not sealed(tina.user).exists()


def test_a_regrade_of_what_is_kept_again_after_a_release_was_taken_back_is_not_there(
    client, drawn, marked, homework, ada, tina, ines
):
    awarding.release(items=[homework.item], by=ines.user)
    problem, item = homework.problems.first(), Item.objects.get(pk=drawn.pk)
    asked = regrades.ask(item=item, problem=problem, student=ada, reason="See page 2.", now=timezone.now())
    page = f"/admin/grading/regrade/{asked.pk}/change/"
    client.force_login(tina.user)
    assert "13.37" in client.get(page).content.decode()
    awarding.unrelease(items=[homework.item], by=ines.user)
    assert client.get(page).status_code == 404
    client.force_login(ines.user)
    assert "13.37" in client.get(page).content.decode()


def test_scores_within_teams_are_closed_meanwhile_and_say_why(client, proposal, team, ada, tom, tina, ines, cast):
    work = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]
    every = [Given(problem.number, problem.points) for problem in proposal.problems.all()]
    marking.mark(submission=work, grader=tom.user, given=every)
    arranging.arrange(item=proposal.item, by=ines.user, plan=Plan(second_percent=100))
    pages = [f"/c/deep-learning/project/members/proposal/{more}" for more in ("", f"{team.pk}/")]
    for person, status in ((tina, 403), (tom, 200), (ines, 200)):
        client.force_login(person.user)
        assert [client.get(page).status_code for page in pages] == [status, status]
    for member in Enrollment.objects.filter(memberships__team=team):
        assert not Score.objects.visible_to(tina.user).filter(enrollment=member).exists()
        assert Score.objects.visible_to(tom.user).filter(enrollment=member, item=proposal.item).exists()
    client.force_login(tina.user)
    assert "must not know the first ones" in client.get(pages[0]).content.decode()


# At the desk


def test_opening_a_kept_work_by_hand_is_a_second_reading(client, drawn, marked, tina):
    client.force_login(tina.user)
    page = f"/admin/grading/item/{drawn.pk}/desk/1/{marked.pk}/"
    shown = client.get(page).content.decode()
    assert "You read it a second time" in shown
    assert 'name="second"' in shown
    client.post(page, {"points-1": "9", "second": "1", "version-1": "0"})
    assert Mark.objects.get(submission=marked, problem__number=1).points == Decimal("13.37")


def test_all_problems_on_one_page_leave_out_what_is_read_again_and_lead_there(client, drawn, marked, tina, homework):
    Mark.objects.filter(submission=marked, problem__number=4).delete()
    client.force_login(tina.user)
    page = f"/admin/grading/item/{drawn.pk}/desk/{marked.pk}/"
    shown = client.get(page).content.decode()
    assert [f'name="points-{n}"' in shown for n in (1, 2, 3, 4)] == [False, False, False, True]
    assert shown.count("Read it a second time") == 3
    assert client.post(page, {"points-4": "6", "version-4": "0"}).status_code == 302
    assert Mark.objects.get(submission=marked, problem__number=4).grader == tina.user
    refused = client.post(page, {"points-1": "6", "version-1": "0"})
    assert refused.status_code == 409
    assert "Somebody else has marked 1. Problem 1 meanwhile" in refused.content.decode()
    assert "13.37" not in refused.content.decode()
    assert Mark.objects.get(submission=marked, problem__number=1).grader != tina.user


def test_whoever_marks_at_the_same_time_is_told_no_points_and_becomes_the_second_reader(client, drawn, marked, tina):
    """The page was shown before the first mark was there."""
    client.force_login(tina.user)
    page = f"/admin/grading/item/{drawn.pk}/desk/1/{marked.pk}/"
    refused = client.post(page, {"points-1": "8", "comment-1": "Mine", "version-1": "0"})
    assert refused.status_code == 409
    said = refused.content.decode()
    assert "drawn to be read twice. Save again, and yours is the second reading." in said
    assert 'value="8"' in said
    assert "Mine" in said
    assert not TELLTALE.search(said)
    assert not SecondMark.objects.exists()


def test_what_was_written_as_a_second_reading_never_replaces_a_mark(client, drawn, marked, homework, tina, ines):
    awarding.release(items=[homework.item], by=ines.user)
    client.force_login(tina.user)
    page = f"/admin/grading/item/{drawn.pk}/desk/1/{marked.pk}/"
    refused = client.post(page, {"points-1": "8", "second": "1", "version-1": "0"})
    assert refused.status_code == 409
    assert "no longer to be read a second time" in refused.content.decode()
    assert 'name="points-1" value="8"' not in refused.content.decode()
    assert Mark.objects.get(submission=marked, problem__number=1).points == Decimal("13.37")
    assert not SecondMark.objects.exists()


def test_no_service_takes_a_mark_over_one_that_is_kept(drawn, marked, tina):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refused:
        marking.mark(submission=marked, grader=tina.user, given=[Given(1, Decimal(3))])
    assert "read it a second time" in str(refused.value)
    assert "13" not in str(refused.value)


def test_notes_and_the_comment_on_the_whole_are_neither_seen_nor_written(client, drawn, marked, homework, tina):
    client.force_login(tina.user)
    desk = f"/admin/grading/item/{drawn.pk}/desk/{marked.pk}/"
    note, used = Annotation.objects.get(), marked.files.get(part__key="written-part")
    sent = {"problem": 1, "used": used.pk, "page": 1, "shape": "text", "points": "[[1,1]]", "text": "x", "version": 1}
    assert client.post(f"{desk}notes/", sent).status_code == 404
    assert client.post(f"{desk}notes/{note.pk}/", sent).status_code == 404
    assert client.post(f"{desk}remark/", {"remark": "x", "version": 1}).status_code == 404
    assert (Annotation.objects.get().text, Remark.objects.get().text) == ("Drawn secret", "Said of the whole")
    Mark.objects.filter(submission=marked, problem__number=4).delete()
    answer = client.post(f"{desk}notes/", sent | {"problem": 4})
    assert answer.status_code == 200
    assert "Drawn secret" not in answer.content.decode()


def test_a_score_set_by_hand_and_figures_of_that_student_are_kept_too(client, drawn, marked, homework, tina, ines):
    awarding.award(
        item=homework.item, enrollment=marked.enrollment, by=ines.user, state=awarding.State.GRADED,
        points=Decimal("13.37"), reason="By hand",
    )  # fmt: skip
    computing.compute_stale()
    client.force_login(tina.user)
    assert telling(client, drawn, marked) - rubric_of(drawn) <= {f"/admin/grading/item/{drawn.pk}/desk/2/{marked.pk}/"}
    assert "kept until read twice" in client.get(BOOK).content.decode()


def test_what_waits_for_a_second_reader_asks_as_few_queries_for_many_as_for_one(
    client, drawn, homework, grace, alan, tom, tina, cast
):
    client.force_login(tina.user)
    counts = []
    for students in ([], [grace, alan]):
        for student in students:
            made = homework_services.submit(
                homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
            )[0]
            marking.mark(submission=made, grader=tom.user, given=[Given(n, Decimal(5)) for n in (1, 2, 3, 4)])
        found = []
        for page in (BOOK, "/admin/grading/score/", f"{API}scores/", "/admin/grading/coursegrade/"):
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                client.get(page)
            found.append(len(asked))
        counts.append(found)
    assert counts[0] == counts[1]


def test_how_often_an_item_is_used_tells_nothing_of_a_sealed_mark(client, drawn, marked, tom, tina):
    """Neither the count, nor the question before a change, nor its silence, nor what is said after it."""
    problem = drawn.assignment.problems.get(number=2)
    other = rubrics.add_item(problem=problem, by=tom.user, text="Another item", points=Decimal(3))
    address = reverse("admin:grading_rubric", args=[drawn.pk, 2])

    def told(user, item, **more):
        client.force_login(user)
        sent = {"act": "change", "item": item.pk, "version": 1, "text": item.text, "points": "18"} | more
        return client.get(address).content.decode(), client.post(address, sent, follow=True).content.decode()

    used = RubricItem.objects.get(text="Secret item")
    asked = "from {} to 18: no marks use it, beside any that is kept from you until it is read a second time"
    for item, points in ((used, 19), (other, 3)):
        page, question = told(tina.user, item)
        assert "used by" not in page
        assert asked.format(points) in question
        _, after = told(tina.user, item, sure="1")
        assert "Saved. Every mark that uses it follows." in after
    page, _ = told(tom.user, used)
    assert "used by 1 mark" in page
