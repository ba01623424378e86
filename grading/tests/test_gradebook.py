"""The gradebook page: what it shows, in which order, to whom, and with how many queries."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coursesite.handin.models import Accommodation, Extension
from coursesite.roster.models import Section, Status
from grading.models import Item, Override, Score
from grading.policy import State
from grading.services import awarding, computing
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
BOOK = "/c/deep-learning/gradebook/"


@pytest.fixture
def as_ines(client, ines):
    client.force_login(ines.user)
    return client


@pytest.fixture
def items(course):
    return list(Item.objects.filter(category__course=course).order_by("position"))


@pytest.fixture
def give(ines):
    def given(student, item, points=None, state=State.GRADED):
        return awarding.award(
            item=item, enrollment=student, by=ines.user, state=state, points=points and Decimal(points), reason="Oral"
        )

    return given


def names(answer):
    return re.findall(r'<tr id="s\d+">.*?<a href="students/\d+/">([^<]*)<', answer.content.decode())


def row(answer, student):
    """The texts of one student's cells."""
    found = re.search(rf'<tr id="s{student.pk}">(.*?)\n', answer.content.decode())[1]
    cells = re.split(r"<td[^>]*>", found)[1:]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]


def hand_in(homework, student, cast, **options):
    credit = {n: Credit() for n in (1, 2, 3, 4)}
    return homework_services.submit(
        homework=homework, enrollment=student, delivery=cast.delivery(**options), acknowledged=credit
    )[0]


def test_a_row_has_the_figures_and_every_state_in_words(as_ines, course, homework, ada, items, give, cast):
    _, second, third, fourth = items[:4]
    give(ada, second, "47.5")
    give(ada, third, state=State.EXCUSED)
    give(ada, fourth, state=State.MISSING)
    hand_in(homework, ada, cast)
    assert row(as_ines.get(BOOK), ada)[1] == "↻ being updated"
    computing.compute_stale()
    section, letter, so_far, final, reachable, *cells = row(as_ines.get(BOOK), ada)
    assert (section, letter) == ("On-campus", "F")
    assert (so_far, final, reachable) == ("23.75", "7.13", "92.13")
    assert cells[:5] == ["▸ to grade", "47.5 by hand", "EX by hand", "✗ missing by hand", "open"]


def test_figures_are_those_that_were_stored(as_ines, ada, items, give):
    give(ada, items[0], "80")
    computing.compute_stale()
    grade = ada.grade
    assert row(as_ines.get(BOOK), ada)[2:5] == [str(grade.so_far), str(grade.final), str(grade.reachable)]


MORE = {
    "nothing": {},
    "an extension": {"until": 1},
    "one with penalty": {"until": 1, "with_penalty": True},
    "late days": {"until": -9, "late_days": 1},
    "an extension that is too short": {"until": -0.2},
}


@pytest.mark.parametrize("hours", [0, 1, 72])
@pytest.mark.parametrize("more", MORE)
def test_late_work_is_marked_as_the_assignments_rule_counts_it(as_ines, homework, ada, ines, cast, more, hours):
    cast.opened(homework, due=-timedelta(hours=3))
    type(homework).objects.filter(pk=homework.pk).update(late_days=2)
    homework.refresh_from_db()
    work = hand_in(homework, ada, cast)
    if hours:
        Accommodation.objects.create(enrollment=ada, hours=hours, reason="Ill", granted_by=ines.user)
    if given := MORE[more]:
        until = timezone.now() + timedelta(days=given["until"])
        rest = {"reason": "Ill", "granted_by": ines.user}
        Extension.objects.create(assignment=homework, enrollment=ada, **given | rest | {"until": until})
    late = type(work).objects.get(pk=work.pk).lateness.late
    assert row(as_ines.get(BOOK), ada)[-9] == ("▸ to grade late" if late else "▸ to grade")
    assert (as_ines.get(f"{BOOK}?state=late").content.count(b'<tr id="s') == 1) is late


def test_a_columns_head_tells_whether_it_is_released(as_ines, items, ines):
    hidden = as_ines.get(BOOK).content.decode().count("<b>hidden</b></span>")
    awarding.release(items=[items[0]], by=ines.user)
    assert as_ines.get(BOOK).content.decode().count("<b>hidden</b></span>") == hidden - 1 == len(items) - 1


def test_sorting_by_any_column(as_ines, ada, alan, grace, items, give):
    for student, points in ((ada, "50"), (alan, "9"), (grace, "70")):
        give(student, items[0], points)
    give(alan, items[1], "100")
    computing.compute_stale()
    by = lambda address: names(as_ines.get(BOOK + address))  # noqa: E731
    assert by("") == ["Hopper, Grace", "Lovelace, Ada", "Turing, Alan"]
    assert by("?down=1") == ["Turing, Alan", "Lovelace, Ada", "Hopper, Grace"]
    assert by(f"?sort={items[0].pk}&down=1") == ["Hopper, Grace", "Lovelace, Ada", "Turing, Alan"]
    assert by(f"?sort={items[0].pk}") == ["Turing, Alan", "Lovelace, Ada", "Hopper, Grace"]
    assert by(f"?sort={items[1].pk}&down=1")[0] == "Turing, Alan"
    assert by("?sort=final&down=1") == ["Turing, Alan", "Hopper, Grace", "Lovelace, Ada"]
    assert by("?sort=section&down=1")[0] == "Turing, Alan"
    for sort in ("letter", "so_far", "reachable", "no such", "-1", "999999"):
        assert len(by(f"?sort={sort}")) == 3


def test_filters_and_search_cover_everybody(as_ines, course, homework, ada, alan, grace, items, give, cast):
    give(ada, items[1], state=State.MISSING)
    give(alan, items[2], state=State.EXCUSED)
    hand_in(homework, grace, cast)
    unite = Section.objects.get(course=course, name="UNITE").pk
    by = lambda address: names(as_ines.get(BOOK + address))  # noqa: E731
    assert by(f"?section={unite}") == ["Turing, Alan"]
    assert by("?state=missing") == ["Lovelace, Ada"]
    assert by(f"?state=missing&column={items[0].pk}") == []
    assert by("?state=excused") == ["Turing, Alan"]
    assert by("?state=to-grade") == ["Hopper, Grace"]
    assert by("?state=late") == []
    assert by("?state=by-hand") == ["Lovelace, Ada", "Turing, Alan"]
    assert by(f"?state=ungraded&column={items[0].pk}") == ["Lovelace, Ada", "Turing, Alan"]
    assert by("?state=graded") == []
    assert by("?q=TURING") == by("?q=alan@example") == ["Turing, Alan"]
    assert by("?q=100%25_") == by("?q=nobody") == []
    assert by("?who=updating") == ["Hopper, Grace", "Lovelace, Ada", "Turing, Alan"]


def test_g10_a_dropped_student_is_left_out_and_comes_back_with_the_scores(as_ines, ada, alan, items, give):
    give(ada, items[0], "80")
    give(alan, items[0], "40")
    ada.status = Status.DROPPED
    ada.save()
    answer = as_ines.get(BOOK)
    assert names(answer) == ["Turing, Alan"]
    assert "mean 40.00" in answer.content.decode()
    assert names(as_ines.get(BOOK + "?who=dropped")) == ["Lovelace, Ada"]
    assert row(as_ines.get(BOOK + "?who=all"), ada)[-9] == "80 by hand"
    ada.status, ada.section = Status.ACTIVE, alan.section
    ada.save()
    assert names(as_ines.get(f"{BOOK}?section={alan.section_id}")) == ["Lovelace, Ada", "Turing, Alan"]
    assert "mean 60.00" in as_ines.get(BOOK).content.decode()


def test_statistics_of_a_column(as_ines, ada, alan, grace, items, give):
    give(ada, items[0], "80.05")
    give(alan, items[0], "40")
    give(grace, items[0], state=State.MISSING)
    page = as_ines.get(BOOK).content.decode()
    assert "<span>mean 60.03</span><span>median 60.03</span><span>2 graded</span><span>1 missing</span>" in page
    give(grace, items[0], "100")
    assert "<span>median 80.05</span>" in as_ines.get(BOOK).content.decode()


def test_an_auditor_is_left_out_of_statistics(as_ines, ada, alan, ines, items, give):
    give(ada, items[0], "80")
    give(alan, items[0], "40")
    Override.objects.create(enrollment=alan, letter="AU", reason="Audits", set_by=ines.user)
    computing.compute_stale()
    answer = as_ines.get(BOOK)
    assert "mean 80.00" in answer.content.decode()
    assert row(answer, alan)[1] == "AU by hand"


def test_names_are_escaped(as_ines, course, cast):
    cast.enroll(course, "Eve <script>alert(1)</script>")
    assert "<script>alert" not in as_ines.get(BOOK).content.decode()


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_page_takes_the_same_number_of_queries(as_ines, course, cast, items, count, django_assert_num_queries):
    from coursesite.roster.models import Enrollment, User

    users = User.objects.bulk_create(
        [User(email=f"s{n}@example.org", name=f"S {n}", sort_name=f"S {n:04}") for n in range(count)]
    )
    students = Enrollment.objects.bulk_create([Enrollment(course=course, user=user) for user in users])
    Score.objects.bulk_create(
        [Score(item=i, enrollment=s, state="graded", points=5, raw_points=5) for s in students for i in items]
    )
    with django_assert_num_queries(7):
        assert len(names(as_ines.get(BOOK))) == count


def test_large_courses_come_in_parts_and_all_at_once(as_ines, course, monkeypatch, ada, alan, grace):
    monkeypatch.setattr("grading.gradebook.asked.PAGE", 2)
    first = as_ines.get(BOOK)
    assert names(first) == ["Hopper, Grace", "Lovelace, Ada"]
    assert "1 to 2 of 3 students" in first.content.decode()
    assert names(as_ines.get(BOOK + "?page=2")) == ["Turing, Alan"]
    assert len(names(as_ines.get(BOOK + "?page=all"))) == 3
    assert names(as_ines.get(BOOK + "?page=9")) == []


def test_a_course_without_students_says_so(as_ines):
    assert "Students stand here once they are enrolled" in as_ines.get(BOOK).content.decode()
