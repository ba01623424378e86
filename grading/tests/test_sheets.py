"""The left side of the desk: pages of the problem first, notes drawn on them, and what comes back to the script."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import tagging
from coursesite.roster.models import Enrollment
from grading import sheets
from grading.models import Annotation, Arrangement, Remark, SavedComment
from grading.services import annotating, marking, saving_comments
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
BOX = [[1000, 2000], [3000, 4000]]


@pytest.fixture
def work(homework, ada, cast):
    """Three photos as the written part, and a notebook of two cells."""
    content = {
        "written_part": [samples.photo(light=light) for light in (235, 225, 215)],
        "notebook": samples.notebook("print(1)", "print(2)"),
    }
    found, _ = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(**content), acknowledged=NOBODY
    )
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    return found


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def of(name, work, *more):
    return reverse(f"admin:{name}", args=[work.assignment.item.pk, work.pk, *more])


def sent(work, **more):
    used = work.files.filter(part__key="written-part").first()
    fields = {"used": used.pk, "page": 1, "problem": 1, "shape": "box", "points": json.dumps(BOX), "text": ""}
    return fields | more


def test_the_pages_of_the_problem_come_first_and_the_rest_is_folded_away(work, ada, tom):
    first, _, third = work.files.filter(part__key="written-part")
    notebook = work.files.get(part__key="notebook")
    problem = work.assignment.problems.get(number=2)
    everything = sheets.pane(work, problem)
    assert ([sheet.name for sheet in everything.shown], everything.rest) == (
        ["Written part, page 1", "Written part, page 2", "Written part, page 3", "Notebook"], [],
    )  # fmt: skip
    tagging.tag(submission=work, by=ada.user, chosen=[(third.pk, 1, 2), (notebook.pk, 2, 2)])
    drawn = annotating.Drawn(used=first.pk, page=1, shape="box", points=BOX)
    annotating.annotate(submission=work, problem=problem, grader=tom.user, drawn=drawn)
    pane = sheets.pane(work, problem)
    assert [sheet.name for sheet in pane.shown] == ["Written part, page 3", "Notebook", "Written part, page 1"]
    assert [sheet.name for sheet in pane.rest] == ["Written part, page 2"]
    assert pane.shown[1].cells == [2]
    assert pane.shown[1].cell_names == ["1 print(1)", "2 print(2)"]


@pytest.mark.parametrize(
    ("points", "place"),
    [
        ([[0, 0], [3000, 3000]], "top left"),
        ([[9000, 9000]], "bottom right"),
        ([[4000, 4000], [6000, 6000]], "middle"),
        ([[5000, 100]], "top middle"),
        ([], "cell 7"),
    ],
)
def test_places_are_said_in_words(points, place):
    assert sheets.Note(Annotation(points=points, page=7), 1).place == place


def test_the_script_gets_the_sheet_with_the_new_note(as_tom, work):
    answer = as_tom.post(of("grading_notes", work), sent(work, text="Why is $x^2$ <b>here</b>?"))
    row = Annotation.objects.get()
    body = answer.content.decode()
    assert (answer.status_code, row.points, row.grader.name) == (200, BOX, "Tom Tutor")
    assert 'x="10.00%" y="20.00%" width="20.00%" height="20.00%"' in body
    assert f'data-new="{row.pk}"' in body
    assert "<msup>" in body
    assert "<b>here" not in body
    answer = as_tom.post(of("grading_note", work, row.pk), {"version": 1, "points": "[[0, 0], [500, 500]]"})
    row.refresh_from_db()
    assert (row.points, row.text, row.version) == ([[0, 0], [500, 500]], "Why is $x^2$ <b>here</b>?", 2)
    assert as_tom.post(of("grading_note", work, row.pk), {"version": 2, "delete": "1"}).status_code == 200
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"points": "[[1, 1]]"}, "A box has two corners."),
        ({"points": "[" * 5000}, "A drawing is a list of points."),
        ({"points": "nonsense"}, "A drawing is a list of points."),
        ({"page": 9}, "There is no page 9."),
        ({"used": 99999999}, "There is no such page; look at the work anew."),
        ({"text": "x" * 4001}, "Ensure this value has at most 4000 characters (it has 4001)."),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(as_tom, work, wrong, said):
    answer = as_tom.post(of("grading_notes", work), sent(work, **wrong))
    assert (answer.status_code, answer.json()) == (400, {"said": said})


def test_what_no_page_sends_finds_nothing(as_tom, work):
    for wrong in ({"used": "x"}, {"page": "-1"}, {"problem": 9}, {"problem": "9" * 20}):
        assert as_tom.post(of("grading_notes", work), sent(work, **wrong)).status_code == 404
    assert as_tom.get(of("grading_notes", work)).status_code == 405


def test_the_remark_is_saved_with_and_without_script(as_tom, work):
    address = of("grading_remark", work)
    answer = as_tom.post(address, {"remark": "Fine.", "version": 0}, headers={"X-Desk": "1"})
    assert 'name="version" value="1"' in answer.content.decode()
    assert as_tom.post(address, {"remark": "Fine!", "version": 0}).json()["said"].startswith("Tom Tutor has changed")
    assert as_tom.post(address, {"remark": "Good.", "version": 1})["Location"] == of("grading_item_grade", work)
    assert Remark.objects.get().text == "Good."


def test_comments_are_looked_for_and_kept_at_the_desk(as_tom, work, tom, ines):
    address = reverse("admin:grading_comments", args=[work.assignment.item.pk])
    course = work.assignment.course
    saving_comments.save(course=course, owner=ines.user, text="A unit is <missing>.", shared=True)
    saving_comments.save(course=course, owner=ines.user, text="A private unit.")
    found = as_tom.get(address, {"words": "unit"}).content.decode()
    assert 'data-text="A unit is &lt;missing&gt;."' in found
    assert "private" not in found
    as_tom.post(address, {"text": "No base case.", "shared": "1"})
    assert SavedComment.objects.get(owner=tom.user).shared is True
    assert as_tom.post(address, {"text": "No base case."}).json() == {"said": "You have saved this comment already."}


def test_a_saved_comment_is_changed_by_its_owner_alone_in_the_admin(as_tom, course, tom, ines, other):
    own = saving_comments.save(course=course, owner=tom.user, text="Mine.")
    shared = saving_comments.save(course=course, owner=ines.user, text="Shared.", shared=True)
    hidden = saving_comments.save(course=course, owner=ines.user, text="Hidden.")
    listed = as_tom.get("/admin/grading/savedcomment/").content.decode()
    assert ("Shared." in listed, "Hidden." in listed) == (True, False)
    for row, expected in ((own, "New."), (shared, "Shared."), (hidden, "Hidden.")):
        as_tom.post(f"/admin/grading/savedcomment/{row.pk}/change/", {"text": "New."})
        row.refresh_from_db()
        assert row.text == expected
    as_tom.post("/admin/grading/savedcomment/add/", {"course": course.pk, "text": "Added."})
    as_tom.post("/admin/grading/savedcomment/add/", {"course": other["course"].pk, "text": "Elsewhere."})
    assert set(SavedComment.objects.values_list("text", flat=True)) == {"New.", "Shared.", "Hidden.", "Added."}


def test_a01_notes_are_for_the_staff_of_the_course(client, work, tom, ada, alan, other):
    row = annotating.annotate(
        submission=work,
        problem=work.assignment.problems.first(),
        grader=tom.user,
        drawn=annotating.Drawn(used=work.files.first().pk, page=1, shape="box", points=BOX),
    )
    comments = reverse("admin:grading_comments", args=[work.assignment.item.pk])
    for person in (ada, alan, other["ta"], other["instructor"]):
        client.force_login(person.user)
        asked = [
            client.post(of("grading_notes", work), sent(work), follow=True),
            client.post(of("grading_note", work, row.pk), {"version": 1, "delete": "1"}, follow=True),
            client.post(of("grading_remark", work), {"remark": "Mine", "version": 0}, follow=True),
            client.get(comments, follow=True),
        ]
        assert [answer.status_code for answer in asked] == [404] * 4
    assert Annotation.objects.get().version == 1


def test_a_note_is_found_under_its_own_work_alone(as_tom, work, tom, alan, cast):
    other, _ = homework_services.submit(
        homework=work.assignment, enrollment=alan, delivery=cast.delivery(), acknowledged=NOBODY
    )
    as_tom.post(of("grading_notes", work), sent(work))
    row = Annotation.objects.get()
    assert as_tom.post(of("grading_note", other, row.pk), {"version": 1, "delete": "1"}).status_code == 404


def test_notes_cost_the_desk_no_queries(as_tom, work, tom):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert as_tom.get(of("grading_item_grade", work)).status_code == 200
        return len(asked)

    as_tom.post(of("grading_notes", work), sent(work))
    queries()
    one = queries()
    for _ in range(2):
        as_tom.post(of("grading_notes", work), sent(work, text="Again"))
    assert queries() == one


def test_who_reads_a_work_again_neither_sees_nor_leaves_a_note(as_tom, work, ines, tom):
    as_tom.force_login(ines.user)
    as_tom.post(of("grading_notes", work), sent(work, text="The first grader's"))
    as_tom.post(of("grading_remark", work), {"remark": "The first grader's too", "version": 0})
    marking.mark(submission=work, grader=ines.user, given=[Given(n, Decimal(5)) for n in (1, 2, 3, 4)])
    as_tom.force_login(tom.user)
    Arrangement.objects.create(item=work.assignment.item, second_percent=100)
    row = Annotation.objects.get()
    asked = [
        as_tom.post(of("grading_notes", work), sent(work)),
        as_tom.post(of("grading_note", work, row.pk), {"version": 1, "delete": "1"}),
        as_tom.post(of("grading_remark", work), {"remark": "Mine", "version": 1}),
    ]
    assert [answer.status_code for answer in asked] == [404] * 3
    assert "The first grader" not in as_tom.get(of("grading_item_grade", work)).content.decode()
    assert Annotation.objects.get() == row


def test_an_older_version_shows_its_notes_and_takes_no_more(as_tom, work, ada, cast):
    as_tom.post(of("grading_notes", work), sent(work, text="Of the first version"))
    homework_services.submit(homework=work.assignment, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)
    body = as_tom.get(of("grading_item_grade", work)).content.decode()
    assert "Of the first version" in body
    assert "data-act=" not in body.split('id="marks"')[0]
    assert 'data-tool="box"' not in body


def test_whoever_grades_in_one_course_need_not_choose_it_for_a_comment(as_tom, course):
    field = as_tom.get("/admin/grading/savedcomment/add/").context["adminform"].form["course"]
    assert field.value() == course.pk


def test_a_comment_of_another_course_is_not_offered_even_to_whoever_grades_in_both(as_tom, tom, work, course, other):
    Enrollment.objects.create(user=tom.user, course=other["course"], role="ta")
    saving_comments.save(course=other["course"], owner=tom.user, text="Said elsewhere.")
    saving_comments.save(course=course, owner=tom.user, text="Said here.")
    found = as_tom.get(reverse("admin:grading_comments", args=[work.assignment.item.pk])).content.decode()
    assert ("Said here." in found, "Said elsewhere." in found) == (True, False)
    assert as_tom.get("/admin/grading/savedcomment/add/").context["adminform"].form["course"].value() is None
