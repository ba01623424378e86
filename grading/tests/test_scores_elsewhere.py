"""Where TAs see theirs alone, scores of what others have are at no door, and nor is a figure that would tell them."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.roster.models import Section
from grading.desk import calibration
from grading.models import Annotation, Mark, Score, Split
from grading.services import annotating, arranging, awarding, computing, marking, signing_off
from grading.services.arranging import Plan
from grading.services.awarding import State
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit
from projects import services as projects

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
BOOK = "/c/deep-learning/gradebook/"
API = "/api/v1/courses/deep-learning/"


@pytest.fixture
def tina(course, cast):
    return cast.enroll(course, "Tina Tutor", "ta")


def handed_in(homework, student, cast, **files):
    given = cast.delivery(**files)
    return homework_services.submit(homework=homework, enrollment=student, delivery=given, acknowledged=NOBODY)[0]


@pytest.fixture
def works(homework, ada, alan, ines, cast):
    """Ada, on campus, has 53.48 points, Alan, in UNITE, 32.12."""
    found = {student: handed_in(homework, student, cast) for student in (ada, alan)}
    for student, points in ((ada, "13.37"), (alan, "8.03")):
        given = [Given(number, Decimal(points)) for number in NOBODY]
        marking.mark(submission=found[student], grader=ines.user, given=given)
    computing.compute_stale()
    return found


def arranged(homework, ines, **plan):
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(**{"only": True, **plan}))


def by_section(homework, tom, tina, ines):
    """Tom has those on campus, Tina UNITE."""
    places = {row.name: row.pk for row in Section.objects.filter(course=homework.course)}
    sections = {tom.user_id: {places["On-campus"]}, tina.user_id: {places["UNITE"]}}
    arranged(homework, ines, split=Split.SECTION, sections=sections)


def by_problem(homework, tom, tina, ines):
    """Tom has the first two, and Tina all."""
    keys = list(homework.problems.values_list("pk", flat=True))
    arranged(homework, ines, split=Split.PROBLEM, problems={tom.user_id: keys[:2], tina.user_id: keys})


def seen(who):
    return {row.enrollment.user.name for row in Score.objects.visible_to(who.user).select_related("enrollment__user")}


def test_a03_by_section_a_ta_sees_the_scores_of_theirs(works, homework, tom, tina, ines):
    by_section(homework, tom, tina, ines)
    assert [seen(who) for who in (tom, tina)] == [{"Ada Lovelace"}, {"Alan Turing"}]
    assert seen(ines) == {"Ada Lovelace", "Alan Turing"}


def test_a03_by_problem_whoever_has_all_of_them_sees_the_score(works, homework, tom, tina, ines):
    by_problem(homework, tom, tina, ines)
    assert [seen(who) for who in (tom, tina, ines)] == [set(), *[{"Ada Lovelace", "Alan Turing"}] * 2]


def test_a03_by_share_scores_go_with_the_work(works, homework, ada, alan, tom, tina, ines):
    arranged(homework, ines, split=Split.SHARE, weights={tom.user_id: 1, tina.user_id: 1})
    for who in (tom, tina):
        open_to = set(type(works[ada]).objects.visible_to(who.user).values_list("enrollment__user__name", flat=True))
        assert seen(who) == open_to
    assert seen(tom) | seen(tina) == {"Ada Lovelace", "Alan Turing"}
    assert not seen(tom) & seen(tina)


def test_where_nothing_is_handed_in_a_section_has_its_students_and_nobody_a_share(homework, ada, alan, tom, tina, ines):
    for student in (ada, alan):
        awarding.award(
            item=homework.item, enrollment=student, by=ines.user, state=State.GRADED, points=Decimal(7), reason="Oral."
        )
    by_section(homework, tom, tina, ines)
    assert [seen(who) for who in (tom, tina)] == [{"Ada Lovelace"}, {"Alan Turing"}]
    arranged(homework, ines, split=Split.SHARE, weights={tom.user_id: 1, tina.user_id: 1})
    assert [seen(who) for who in (tom, tina)] == [set(), set()]
    by_problem(homework, tom, tina, ines)
    assert [seen(who) for who in (tom, tina)] == [set(), {"Ada Lovelace", "Alan Turing"}]


def test_theirs_first_and_no_split_keep_nothing(works, homework, tom, ines):
    for plan in ({"split": Split.NONE}, {"only": False, "split": Split.SHARE, "weights": {ines.user_id: 1}}):
        arranged(homework, ines, **plan)
        assert seen(tom) == {"Ada Lovelace", "Alan Turing"}


def test_a_marked_earlier_version_of_another_share_keeps_the_score_whose_history_tells_it(
    homework, ada, works, tom, tina, ines, cast
):
    newer = handed_in(homework, ada, cast, written_part=samples.pdf("Again"), notebook=samples.notebook("print(2)"))
    arranged(homework, ines, split=Split.SHARE, weights={tom.user_id: 1, tina.user_id: 1})
    open_to = {who: set(type(newer).objects.visible_to(who.user).filter(enrollment=ada)) for who in (tom, tina)}
    both = {works[ada].pk, newer.pk}
    assert {who: "Ada Lovelace" in seen(who) for who in open_to} == {
        who: {work.pk for work in rows} == both for who, rows in open_to.items()
    }
    Mark.objects.filter(submission=works[ada]).delete()
    assert {who: "Ada Lovelace" in seen(who) for who in open_to} == {who: newer in open_to[who] for who in open_to}


def test_it_does_not_lift_with_the_release(works, homework, tom, tina, ines):
    by_section(homework, tom, tina, ines)
    awarding.release(items=[homework.item], by=ines.user)
    assert seen(tom) == {"Ada Lovelace"}


def test_who_leads_one_course_and_helps_in_another_is_kept_from_nothing_in_the_first_alone(
    works, homework, other, tom, tina, ines
):
    by_section(homework, tom, tina, ines)
    leader = other["instructor"].user
    assert not Score.objects.visible_to(leader).exists()
    type(tom).objects.create(course=homework.course, user=leader, role="ta")
    assert not Score.objects.visible_to(leader).exists()
    tom.role = "instructor"
    tom.save()
    assert seen(tom) == {"Ada Lovelace", "Alan Turing"}


# Every door

TELLTALE = re.compile(r"32\.12|8\.03|Secret reason")


@pytest.fixture
def signed(works, homework, alan, course, ines):
    """Also a letter that stands for Alan alone, and one that is set by hand."""
    awarding.award(
        item=homework.item, enrollment=alan, by=ines.user, state=State.GRADED, points=Decimal("32.12"),
        reason="Secret reason",
    )  # fmt: skip
    computing.compute_stale()
    return works


def doors(homework, student):
    score = Score.objects.get(enrollment=student, item=homework.item)
    item, key = homework.item.pk, student.pk
    yield from (f"/admin/grading/score/{score.pk}/{page}/" for page in ("change", "history", "delete"))
    yield from (f"/admin/grading/coursegrade/{key}/{page}/" for page in ("change", "history"))
    for model in ("score", "coursegrade"):
        yield from (f"/admin/grading/{model}/{more}" for more in ("", "?q=alan", "?o=1", "?all="))
    yield from (BOOK, f"{BOOK}?sort={item}&down=1", f"{BOOK}?state=by-hand", f"{BOOK}?state=graded&column={item}")
    yield from (f"{BOOK}?sort=final", f"{BOOK}?sort=letter", f"{BOOK}?q=alan", f"{BOOK}?at=2100-01-01T00:00")
    yield from (f"{BOOK}statistics/", f"{BOOK}columns/{item}/", f"{BOOK}figures/?of={key}", f"{BOOK}{key}/{item}/")
    yield from (f"{BOOK}students/{key}/", f"{BOOK}students/{key}/?at=2100-01-01T00:00", f"{API}scores/")
    yield f"/admin/grading/item/{item}/desk/agreement/"


def telling(client, pages):
    found = set()
    for page in pages:
        answer = client.get(page, follow=True)
        if TELLTALE.search(answer.content.decode(errors="replace")):
            found.add(page)
    return found


@pytest.mark.parametrize("split", [by_section, by_problem])
def test_a03_no_door_tells_a_score_of_others(client, signed, homework, alan, tom, tina, ines, split):
    split(homework, tom, tina, ines)
    pages = list(doors(homework, alan))
    client.force_login(tom.user)
    assert telling(client, pages) == set()
    client.force_login(tina.user)
    control = telling(client, pages)
    assert control >= {BOOK, f"{BOOK}students/{alan.pk}/", f"{API}scores/", *pages[:2]}


def test_figures_and_letters_of_whoever_has_something_with_others_are_not_there(
    client, works, homework, ada, alan, tom, tina, ines
):
    by_section(homework, tom, tina, ines)
    now = signing_off.grades(homework.course)
    signing_off.sign(
        course=homework.course, by=ines.user, seen=signing_off.digest(homework.course, now), now=timezone.now()
    )
    lines = {}
    for who in (tom, ines):
        client.force_login(who.user)
        lines[who] = rows_of(client.get(BOOK).content.decode())
    told = lines[tom]
    assert "partly with others" in told[alan.pk]
    assert "with others</span>" in told[alan.pk]
    assert "signed" not in told[alan.pk]
    assert "class=letter" not in told[alan.pk]
    assert told[ada.pk].split("<td", 1)[1].replace("<input", "") == lines[ines][ada.pk].split("<td", 1)[1]
    assert "class=letter" in lines[ines][alan.pk]


def rows_of(page):
    return {int(key): rest for key, rest in re.findall(r'<tr id="s(\d+)">(.*?)</tr>', page, re.DOTALL)}


def test_a_cell_of_others_says_why_it_is_not_shown(client, works, homework, ada, alan, tom, tina, ines):
    by_section(homework, tom, tina, ines)
    client.force_login(tom.user)
    answer = client.get(f"{BOOK}{alan.pk}/{homework.item.pk}/")
    assert (answer.status_code, "with other graders alone" in answer.content.decode()) == (403, True)
    assert client.get(f"{BOOK}{ada.pk}/{homework.item.pk}/").status_code == 200


def test_scores_within_teams_are_closed_to_tas_where_each_sees_theirs_alone(
    client, proposal, team, ada, tom, tina, ines, cast
):
    work = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]
    every = [Given(problem.number, problem.points) for problem in proposal.problems.all()]
    marking.mark(submission=work, grader=ines.user, given=every)
    sections = {tom.user_id: [ada.section_id], tina.user_id: list(Section.objects.values_list("pk", flat=True))}
    arranged(proposal, ines, split=Split.SECTION, sections=sections)
    # A team is open to whoever has the section of one of its members, and so are the scores of all of them.
    assert seen(tom) == {"Ada Lovelace", "Alan Turing", "Grace Hopper"}
    unite = Section.objects.get(course=ada.course, name="UNITE")
    type(ada).objects.filter(section=ada.section_id).update(section=unite)
    assert seen(tom) == set()
    for who, status in ((tom, 403), (ines, 200)):
        client.force_login(who.user)
        assert client.get(reverse("apart:teams", args=["deep-learning", "proposal"])).status_code == status


@pytest.mark.parametrize("split", [by_section, by_problem])
def test_what_others_have_asks_as_few_queries_for_many_as_for_one(
    client, homework, works, grace, tom, tina, ines, cast, split
):
    split(homework, tom, tina, ines)
    client.force_login(tom.user)
    counts = []
    for students in ([], [grace, *(cast.enroll(tom.course, f"S{n} Student", section="UNITE") for n in range(3))]):
        for student in students:
            given = [Given(number, Decimal(5)) for number in NOBODY]
            marking.mark(submission=handed_in(homework, student, cast), grader=ines.user, given=given)
        counts.append([queries(client, page) for page in (BOOK, "/admin/grading/score/", f"{API}scores/")])
    assert counts[0] == counts[1]


def queries(client, page):
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    return len(asked)


# Beside what is open, at the desk


def test_a03_notes_earlier_points_and_the_whole_score_are_told_to_whom_all_of_it_is_open(
    client, homework, ada, works, tom, tina, ines, cast
):
    first = works[ada]
    for row in StoredFile.objects.all():
        files.inspect(str(row.pk))
    for number in (1, 4):
        problem, used = homework.problems.get(number=number), first.files.get(part__key="written-part")
        drawn = annotating.Drawn(used=used.pk, page=1, shape="text", points=[[100, 100]], text=f"Note on {number}")
        annotating.annotate(submission=first, problem=problem, grader=ines.user, drawn=drawn)
    awarding.award(
        item=homework.item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal("41.5"), reason="Oral."
    )
    by_problem(homework, tom, tina, ines)
    desk, told = reverse("admin:grading_item_desk", args=[homework.item.pk]), {}
    for who in (tom, tina):
        client.force_login(who.user)
        pages = [client.get(f"{desk}{more}{first.pk}/").content.decode() for more in ("", "1/")]
        told[who] = [("Note on 1" in page, "Note on 4" in page, "41.5" in page) for page in pages]
    assert told == {tom: [(True, False, False)] * 2, tina: [(True, True, True)] * 2}
    newer = handed_in(homework, ada, cast, written_part=samples.pdf("Again"), notebook=samples.notebook("print(2)"))
    for who, points in ((tom, "26.74 points for 2"), (tina, "53.48 points for 4")):
        client.force_login(who.user)
        assert points in client.get(f"{desk}{newer.pk}/").content.decode()


def test_a_note_on_a_problem_of_others_is_not_there_to_be_changed(client, homework, ada, works, tom, tina, ines):
    for row in StoredFile.objects.all():
        files.inspect(str(row.pk))
    work, by_problem_of = works[ada], {}
    for number in (1, 4):
        used = work.files.get(part__key="written-part")
        drawn = annotating.Drawn(used=used.pk, page=1, shape="text", points=[[100, 100]], text="Note")
        problem = homework.problems.get(number=number)
        made = annotating.annotate(submission=work, problem=problem, grader=ines.user, drawn=drawn)
        by_problem_of[number] = made
    by_problem(homework, tom, tina, ines)
    client.force_login(tom.user)
    desk = reverse("admin:grading_item_desk", args=[homework.item.pk])
    sent = {"text": "Mine", "version": 1}
    answers = [client.post(f"{desk}{work.pk}/notes/{note.pk}/", sent) for note in by_problem_of.values()]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert set(Annotation.objects.values_list("text", flat=True)) == {"Mine", "Note"}


def test_a03_points_of_a_problem_are_spread_over_work_that_is_open(client, homework, works, tom, tina, ines):
    by_section(homework, tom, tina, ines)
    rows = {who: dict(calibration.spread(homework.item, who.user)) for who in (tom, tina, ines)}
    first = homework.problems.first()
    assert {who: found[first] for who, found in rows.items()} == {tom: [13.37], tina: [8.03], ines: [13.37, 8.03]}
