"""The end of the term: grades are signed as they are, stay as signed, and change by amendments with a reason."""

import csv
import io
from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.roster.models import Status, User
from grading.models import Amendment, FinalGrade, Item, Override, Score, SignOff
from grading.policy import State
from grading.services import awarding, computing, export, signing_off

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/final-grades/"


@pytest.fixture
def scored(course, ada, alan, grace, ines):
    """Ada has 93, Alan half of everything, Grace audits."""
    for student, points in ((ada, 93), (alan, 50)):
        for item in Item.objects.filter(category__course=course):
            Score.objects.create(item=item, enrollment=student, state="graded", points=points, raw_points=points)
    Override.objects.create(enrollment=grace, letter="AU", reason="Guest", set_by=ines.user)
    return course


def signed(course, by):
    seen = signing_off.digest(course, signing_off.grades(course))
    return signing_off.sign(course=course, by=by.user, seen=seen, now=timezone.now())


def letters(sign_off):
    return {row[0]: row[4] for row in csv.reader(io.StringIO("".join(signing_off.letters(sign_off)), newline=""))}


def change(student, points):
    Score.objects.filter(enrollment=student).update(points=points)


def amend(course, student, by, reason="A mark was added up wrongly", seen=None):
    now = next(g for g in signing_off.grades(course) if g.enrollment == student)
    told = {"reason": reason, "seen": now.plain if seen is None else seen, "now": timezone.now()}
    return signing_off.amend(course=course, student=student.pk, by=by.user, **told)


def test_signing_keeps_who_when_and_the_digest_of_the_numbers(scored, ines):
    row = signed(scored, ines)
    assert {(g.enrollment.user.name, g.final, g.letter) for g in row.grades.all()} == {
        ("Ada Lovelace", D("93.00"), "A"), ("Alan Turing", D("50.00"), "F"),
    }  # fmt: skip
    assert (row.signed_by, len(row.digest)) == (ines.user, 64)
    assert signing_off.signed_digest(row) == row.digest


def test_auditors_are_left_out_and_incompletes_are_shown(scored, alan, ines):
    Override.objects.create(enrollment=alan, letter="I", reason="Ill", set_by=ines.user)
    found = letters(signed(scored, ines))
    assert found == {"Student": "Letter", "Lovelace, Ada": "A", "Turing, Alan": "I"}


def test_a_later_change_of_scores_leaves_the_signed_grade_until_it_is_amended(scored, ada, ines):
    row = signed(scored, ines)
    change(ada, 80)
    assert letters(row)["Lovelace, Ada"] == "A"
    amend(scored, ada, ines)
    assert letters(row)["Lovelace, Ada"] == "B-"
    assert FinalGrade.objects.get(enrollment=ada).letter == "A"
    made = Amendment.objects.get()
    assert (made.final, made.letter, made.reason, made.by) == (
        D("80.00"),
        "B-",
        "A mark was added up wrongly",
        ines.user,
    )
    change(ada, 70)
    amend(scored, ada, ines, "Again")
    assert letters(row)["Lovelace, Ada"] == "C-"
    assert Amendment.objects.count() == 2


def test_an_amendment_needs_a_reason_a_difference_and_what_was_seen(scored, ada, alan, ines):
    signed(scored, ines)
    with pytest.raises(ValidationError, match="as it was signed"):
        amend(scored, alan, ines)
    change(ada, 80)
    with pytest.raises(ValidationError, match="Say why"):
        amend(scored, ada, ines, " ")
    with pytest.raises(ValidationError, match="has changed since the page was made"):
        amend(scored, ada, ines, seen="85.00 B")
    assert not Amendment.objects.exists()


@pytest.mark.parametrize("table", ["finalgrade", "amendment"])
def test_the_database_itself_refuses_to_change_what_was_signed(scored, ada, ines, table):
    signed(scored, ines)
    change(ada, 80)
    amend(scored, ada, ines)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE grading_{table} SET letter = 'A'")


def test_grades_that_moved_since_they_were_looked_at_are_not_signed(scored, ada, ines):
    seen = signing_off.digest(scored, signing_off.grades(scored))
    change(ada, 80)
    with pytest.raises(ValidationError, match="Grades have changed since"):
        signing_off.sign(course=scored, by=ines.user, seen=seen, now=timezone.now())
    assert not SignOff.objects.exists()


def test_a_course_is_signed_once_and_anew_after_the_signature_was_taken_back(scored, ines):
    first = signed(scored, ines)
    with pytest.raises(ValidationError, match="signed off already"):
        signed(scored, ines)
    with pytest.raises(ValidationError, match="Say why"):
        signing_off.withdraw(course=scored, by=ines.user, reason="", now=timezone.now())
    signing_off.withdraw(course=scored, by=ines.user, reason="Too early", now=timezone.now())
    second = signed(scored, ines)
    assert signing_off.standing(scored) == second
    first.refresh_from_db()
    assert (first.withdrawn_by, first.withdrawn_reason) == (ines.user, "Too early")


def test_only_who_leads_signs(scored, tom, ada):
    for person in (tom, ada):
        with pytest.raises(PermissionDenied):
            signed(scored, person)


def test_who_came_later_is_amended_in_and_who_dropped_leaves_the_list(scored, ada, alan, ines, cast):
    row = signed(scored, ines)
    late = cast.enroll(scored, "Ida Rhodes")
    assert "Rhodes, Ida" not in letters(row)
    amend(scored, late, ines, "Enrolled late")
    assert letters(row)["Rhodes, Ida"] == "F"
    type(alan).objects.filter(pk=alan.pk).update(status=Status.DROPPED)
    assert "Turing, Alan" not in letters(row)


def test_g17_the_letter_list_is_escaped_for_spreadsheets(scored, ada, ines):
    User.objects.filter(pk=ada.user_id).update(sort_name="=1+1", sis_id="@x")
    assert "'=1+1,'@x," in "".join(signing_off.letters(signed(scored, ines)))


def test_an_amendment_stands_on_the_gradebook_the_report_and_the_registrars_file(client, scored, ada, alan, ines):
    computing.compute_stale()
    book, report = "/c/deep-learning/gradebook/", f"/c/deep-learning/gradebook/students/{ada.pk}/"
    client.force_login(ines.user)
    assert "Signed off" not in client.get(book).content.decode()
    assert "Final grade:" not in client.get(report).content.decode()
    row = signed(scored, ines)
    change(ada, 80)
    computing.compute_stale()
    page = client.get(book).content.decode()
    assert "<b>Signed off</b> by Ines Instructor" in page
    assert 'B- <i class="signed" title="signed A; this counts: A">signed A</i>' in page
    amend(scored, ada, ines)
    page = client.get(book).content.decode()
    assert 'B- <i class="signed" title="signed A; this counts: B-">amended to B-</i>' in page
    assert page.count('<i class="signed"') == 2  # hers, and the legend
    assert "Signed off" not in client.get(f"{book}?at=2100-01-01T00:00").content.decode()
    lines = list(csv.reader(io.StringIO("".join(signing_off.letters(row)), newline="")))
    today = f"{timezone.now().astimezone(scored.zone):%Y-%m-%d}"
    assert [line[4:] for line in lines] == [
        ["Letter", "Signed letter", "Amended", "Reason"],
        ["B-", "A", today, "A mark was added up wrongly"],
        ["F", "F", "", ""],
    ]
    for person, address in ((ines, report), (ada, "/c/deep-learning/grades/report/")):
        client.force_login(person.user)
        page = client.get(address).content.decode()
        assert "Final grade: <b>B-</b> (80.00 %)" in page, address
        assert "as <s>A</s> (93.00 %)" in page
        assert "A mark was added up wrongly" in page
    client.force_login(alan.user)
    assert "A mark was added" not in client.get("/c/deep-learning/grades/report/").content.decode()


def test_the_complete_csv_has_the_letter_that_counts_beside_the_one_computed_once_grades_are_signed(
    scored, ada, alan, grace, ines
):
    def told(**asked):
        lines = csv.reader(io.StringIO("".join(export.export(course=scored, form="complete", **asked)), newline=""))
        return [(row[0].partition(",")[0], *row[row_at:]) for row in lines]

    row_at = 5 + 2 * Item.objects.filter(category__course=scored).count() + 2
    assert told()[0][1:] == ("Letter", "Counted")
    row = signed(scored, ines)
    change(ada, 20)  # late work, graded after the end of the term
    assert [(who, now, counts) for who, now, _, counts in told()] == [
        ("Student", "Letter", "Signed letter"), ("Hopper", "AU", ""), ("Lovelace", "F", "A"), ("Turing", "F", "F"),
    ]  # fmt: skip
    amend(scored, ada, ines)
    assert [line[-2:] for line in told(dropped=True)[2:]] == [("active", "F")] * 2
    signing_off.withdraw(course=scored, by=ines.user, reason="A mistake", now=timezone.now())
    assert (row.grades.count(), len(told()[0])) == (2, 3)


def test_all_that_differ_are_amended_at_once_for_one_reason_and_as_they_were_seen(client, scored, ada, alan, ines):
    signed(scored, ines)
    client.force_login(ines.user)
    assert "at once" not in client.get(PAGE).content.decode()
    change(ada, 80)
    change(alan, 70)
    page = client.get(PAGE)
    assert "All 2 at once" in page.content.decode()
    change(alan, 71)
    answer = client.post(PAGE, {"amend-all": page.context["all"], "reason": "New cutoffs"})
    assert "Grades have changed since the page was made" in answer.content.decode()
    sent = {"amend-all": client.get(PAGE).context["all"], "reason": " "}
    assert "Say why" in client.post(PAGE, sent).content.decode()
    assert not Amendment.objects.exists()
    client.post(PAGE, sent | {"reason": "New cutoffs"})
    assert set(Amendment.objects.values_list("enrollment", "letter", "reason")) == {
        (ada.pk, "B-", "New cutoffs"), (alan.pk, "C-", "New cutoffs"),
    }  # fmt: skip
    assert client.get(PAGE).context["differing"] == []


def test_a_regrade_after_signing_moves_the_figures_and_not_the_final_grade(client, scored, ada, ines):
    signed(scored, ines)
    item = Item.objects.get(category__course=scored, title="Final report")
    awarding.award(
        item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=D(40), reason="Regrade of problem 2"
    )
    Item.objects.filter(category__course=scored).update(released_at=timezone.now())
    computing.compute_stale()
    client.force_login(ada.user)
    page = client.get("/c/deep-learning/grades/").content.decode()
    assert "Your final grade: <b>A</b>" in page
    assert "79.75 %" in page
    client.force_login(ines.user)
    (row,) = client.get(PAGE).context["differing"]
    assert (row.official.letter, row.now.letter, row.now.final) == ("A", "C+", D("79.75"))
    signing_off.withdraw(course=scored, by=ines.user, reason="Regrades came in", now=timezone.now())
    client.force_login(ada.user)
    assert "Your final grade" not in client.get("/c/deep-learning/grades/").content.decode()


def test_only_who_leads_finds_the_pages_of_the_end_of_the_term(client, scored, tom, ada, ines, other):
    signed(scored, ines)
    for person in (tom, ada, other["instructor"], other["student"]):
        client.force_login(person.user)
        for path in ("", "letters.csv", "print/"):
            assert client.get(f"{PAGE}{path}").status_code == 404
        for sent in ({"withdraw": "1", "reason": "x"}, {"amend": ada.pk, "reason": "x"}, {"checked": "yes"}):
            assert client.post(PAGE, sent).status_code == 404
    assert signing_off.standing(scored) is not None
    client.force_login(other["instructor"].user)
    foreign = client.post("/c/other/final-grades/", {"amend": ada.pk, "seen": "80.00 B-", "reason": "x"})
    assert foreign.status_code == 409
    assert not Amendment.objects.exists()


def test_the_page_signs_amends_and_takes_back(client, scored, ada, ines):
    client.force_login(ines.user)
    page = client.get(PAGE)
    assert "Not released" in page.content.decode()
    answer = client.post(PAGE, {"seen": page.context["seen"]})
    assert "Tick that you have checked" in answer.content.decode()
    client.post(PAGE, {"seen": page.context["seen"], "checked": "yes"})
    page = client.get(PAGE).content.decode()
    assert "Signed off" in page
    assert "still give this fingerprint" in page
    change(ada, 80)
    page = client.get(PAGE)
    assert [row.enrollment for row in page.context["differing"]] == [ada]
    sent = {"amend": ada.pk, "seen": page.context["differing"][0].now.plain, "reason": "Regrade"}
    client.post(PAGE, sent)
    assert "<s>A</s>" in client.get(PAGE).content.decode()
    printed = client.get(f"{PAGE}print/").content.decode()
    assert "amended, signed A" in printed
    assert b"B-" in b"".join(client.get(f"{PAGE}letters.csv").streaming_content)
    client.post(PAGE, {"withdraw": "1", "reason": "Too early"})
    assert "Too early" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}letters.csv").status_code == 404


def test_the_page_says_when_stored_numbers_were_touched(client, scored, ines):
    client.force_login(ines.user)
    signed(scored, ines)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE grading_finalgrade SET letter = 'A'")
        cursor.execute("SET session_replication_role = origin")
    assert "no longer give this fingerprint" in client.get(PAGE).content.decode()


def test_a_student_sees_the_signed_letter_and_then_the_amended_one(
    client, scored, ada, ines, django_assert_num_queries
):
    client.force_login(ada.user)
    assert "Your final grade" not in client.get("/c/deep-learning/grades/").content.decode()
    signed(scored, ines)
    assert "Your final grade: <b>A</b>" in client.get("/c/deep-learning/grades/").content.decode()
    change(ada, 80)
    amend(scored, ada, ines)
    with django_assert_num_queries(3):
        page = client.get("/c/deep-learning/grades/").content.decode()
    assert "Your final grade: <b>B-</b>" in page


def test_the_page_needs_the_same_queries_for_two_students_and_for_five(client, scored, ines, cast):
    client.force_login(ines.user)
    counts = []
    for names in ((), ("Ida Rhodes", "Kay McNulty", "Jean Bartik")):
        for name in names:
            cast.enroll(scored, name)
        with CaptureQueriesContext(connection) as found:
            client.get(PAGE)
        counts.append(len(found))
    signed(scored, ines)
    for student in scored.enrollments.students():
        change(student, 77)
        with CaptureQueriesContext(connection) as found:
            client.get(PAGE)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert len(set(counts[2:])) == 1
