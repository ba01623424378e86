"""What graders draw and write on the work: what is taken, what is refused, and that nothing is overwritten unseen."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.roster.history import events_of
from grading import shapes
from grading.models import Annotation, Remark, SavedComment
from grading.services import annotating, saving_comments
from grading.services.annotating import Drawn
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
BOX = [[1000, 2000], [3000, 4000]]


@pytest.fixture
def work(homework, ada, cast):
    found, _ = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY
    )
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    return found


def used(work, part="written-part"):
    return work.files.get(part__key=part)


def drawn(work, shape="box", points=BOX, text="", page=1, part="written-part"):
    return Drawn(used=used(work, part).pk, page=page, shape=shape, points=points, text=text)


def annotate(work, by, **more):
    return annotating.annotate(
        submission=work, problem=work.assignment.problems.first(), grader=by.user, drawn=drawn(work, **more)
    )


def test_a_box_is_kept_from_upper_left_to_lower_right(work, tom):
    assert annotate(work, tom, points=[[3000, 4000], [1000, 2000]]).points == [(1000, 2000), (3000, 4000)]


@pytest.mark.parametrize(
    ("shape", "points", "said"),
    [
        ("circle", [[1, 1]], "Draw a box, a stroke or a note."),
        ("box", "x", "A drawing is a list of points."),
        ("box", [[1, 1]], "A box has two corners."),
        ("box", [[1, 1], [10, 10]], "This box is too small to be seen; draw a larger one."),
        ("box", [[0, 0], [10001, 5]], "This lies outside of the page."),
        ("box", [[-1, 0], [100, 500]], "This lies outside of the page."),
        ("text", [[0.5, 1]], "A point is a pair of whole numbers."),
        ("text", [[True, 1]], "A point is a pair of whole numbers."),
        ("text", [[1, 1, 1]], "A point is a pair of whole numbers."),
        ("text", [], "A note has one place."),
        ("stroke", [[1, 1]], "A stroke needs two points."),
        ("stroke", [[1, 1]] * 601, "A stroke holds 600 points at most; draw it in two."),
    ],
)
def test_a_drawing_that_is_none_is_refused_in_a_sentence(work, tom, shape, points, said):
    with pytest.raises(ValidationError, match=said):
        annotate(work, tom, shape=shape, points=points, text="Look here")
    assert not Annotation.objects.exists()


def test_points_that_are_drawn_are_read_without_a_database():
    assert shapes.read("stroke", [[0, 0], [10000, 10000]]) == [(0, 0), (10000, 10000)]


def test_a_note_without_words_is_refused_and_a_stroke_needs_none(work, tom):
    with pytest.raises(ValidationError, match="Write what the note says"):
        annotate(work, tom, shape="text", points=[[5, 5]], text="  ")
    assert annotate(work, tom, shape="stroke", points=[[5, 5], [80, 90]]).text == ""
    with pytest.raises(ValidationError):
        annotate(work, tom, text="x" * 4001)


def test_notes_lie_on_pages_that_are_there(work, tom, alan, cast):
    with pytest.raises(ValidationError, match="There is no page 2"):
        annotate(work, tom, page=2)
    other, _ = homework_services.submit(
        homework=work.assignment, enrollment=alan, delivery=cast.delivery(), acknowledged=NOBODY
    )
    with pytest.raises(ValidationError, match="There is no such page"):
        annotating.annotate(
            submission=work, problem=work.assignment.problems.first(), grader=tom.user, drawn=drawn(other)
        )


def test_a_notebook_takes_notes_on_its_cells_alone(work, tom):
    cell = {"part": "notebook", "shape": "cell", "points": []}
    assert annotate(work, tom, text="This loop runs once too often.", **cell).page == 1
    with pytest.raises(ValidationError, match="There is no cell 99"):
        annotate(work, tom, text="x", **(cell | {"page": 99}))
    with pytest.raises(ValidationError, match="Notebooks take notes on cells"):
        annotate(work, tom, part="notebook")
    with pytest.raises(ValidationError, match="Notebooks take notes on cells"):
        annotate(work, tom, shape="cell", points=[], text="x")


def test_there_is_an_end_to_notes(work, tom, monkeypatch):
    monkeypatch.setattr(annotating, "MOST", 1)
    annotate(work, tom)
    with pytest.raises(ValidationError, match="are enough"):
        annotate(work, tom)


def test_a01_only_staff_of_the_course_annotate(work, ada, other):
    for person in (ada, other["ta"], other["instructor"]):
        with pytest.raises(PermissionDenied):
            annotate(work, person)


def test_a_colleague_who_saves_over_an_older_state_is_told(work, tom, ines):
    row = annotate(work, tom, text="First")
    annotating.amend(annotation=row, grader=ines.user, points=BOX, text="Second", version=1)
    for act in (
        lambda: annotating.amend(annotation=row, grader=tom.user, points=BOX, text="Third", version=1),
        lambda: annotating.erase(annotation=row, grader=tom.user, version=1),
    ):
        with pytest.raises(ValidationError, match="changed this meanwhile"):
            act()
    row.refresh_from_db()
    assert (row.text, row.version, row.grader) == ("Second", 2, tom.user)
    annotating.erase(annotation=row, grader=tom.user, version=2)
    with pytest.raises(ValidationError, match="was deleted meanwhile"):
        annotating.erase(annotation=row, grader=tom.user, version=2)


def test_notes_stay_with_the_version_that_they_were_written_on(work, tom, ada, cast):
    annotate(work, tom)
    homework_services.submit(
        homework=work.assignment,
        enrollment=ada,
        delivery=cast.delivery(written_part=samples.pdf("Better")),
        acknowledged=NOBODY,
    )
    with pytest.raises(ValidationError, match="newer version"):
        annotate(work, tom)
    assert Annotation.objects.get().submission == work


def test_g16_every_state_of_a_note_is_remembered(work, tom):
    row = annotate(work, tom, text="First")
    Annotation.objects.update(text="From outside")
    Annotation.objects.all().delete()
    told = events_of(Annotation).objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
    assert list(told.values_list("pgh_label", "text")) == [
        ("insert", "First"), ("update", "From outside"), ("delete", "From outside"),
    ]  # fmt: skip


def test_the_database_holds_no_note_that_says_nothing(work, tom):
    row = annotate(work, tom, text="x")
    with transaction.atomic(), pytest.raises(IntegrityError, match="annotation_says_something"):
        Annotation.objects.filter(pk=row.pk).update(shape="text", text="")


def test_a_remark_is_saved_changed_and_taken_away(work, tom, ines):
    say = annotating.remark
    assert say(submission=work, grader=tom.user, text=" Fine\0 work. ").text == "Fine work."
    with pytest.raises(ValidationError, match="Tom Tutor has changed this meanwhile"):
        say(submission=work, grader=ines.user, text="Poor work.")
    assert say(submission=work, grader=ines.user, text="Good work.", version=1).version == 2
    assert say(submission=work, grader=ines.user, text="", version=2) is None
    assert not Remark.objects.exists()


def test_saved_comments_are_found_by_their_words_and_by_whom_they_are_for(course, tom, ines, other):
    say = saving_comments.save
    own = say(course=course, owner=tom.user, text="The base case of the induction is missing.")
    shared = say(course=course, owner=ines.user, text="A unit is missing.", shared=True)
    say(course=course, owner=ines.user, text="For Ines alone is missing.")
    say(course=other["course"], owner=other["ta"].user, text="Elsewhere missing.", shared=True)
    seen = SavedComment.objects.visible_to(tom.user)
    assert set(seen.saying("missing")) == {own, shared}
    assert set(seen.saying("induction MISSING")) == {own}
    with pytest.raises(ValidationError, match="saved this comment already"):
        say(course=course, owner=tom.user, text="The base case of the induction is missing. ")


def test_a_saved_comment_is_its_owners_and_a_shared_one_the_instructors_to_delete(course, tom, ines):
    row = saving_comments.save(course=course, owner=tom.user, text="x" * 4000)
    with pytest.raises(PermissionDenied):
        saving_comments.change(comment=row, by=ines.user, text="y", shared=False)
    saving_comments.change(comment=row, by=tom.user, text="y", shared=True)
    saving_comments.delete(comment=row, by=ines.user)
    assert not SavedComment.objects.exists()
