"""Pages and cells are tagged with problems, by the owner, and the tags go along into the next version."""

import pytest
from django.core.exceptions import ValidationError

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import queries, tagging
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def hand_in(homework, ada, cast):
    def act(**parts):
        made, _ = services.submit(
            homework=homework, enrollment=ada, delivery=cast.delivery(**parts), acknowledged=NOBODY
        )
        for file in StoredFile.objects.filter(inspected_at=None):
            files.inspect(str(file.pk))
        return made

    return act


def used_of(made, part="written-part", position=0):
    return made.files.get(part__key=part, position=position).pk


def told(made):
    """Which part, file of it, and page is tagged with which problem."""
    return [
        (place.used.part.key, place.used.position, place.page, number)
        for number, places in sorted(queries.tagged(made).items())
        for place in places
    ]


def problem(made, number):
    return made.assignment.problems.get(number=number)


def test_a_page_may_answer_several_problems_and_a_problem_stand_on_several_pages(hand_in, ada):
    made = hand_in(written_part=samples.pdf("a", "b", "c"), notebook=samples.notebook("1", "2"))
    pdf, book = used_of(made), used_of(made, "notebook")
    chosen = [(pdf, 1, 1), (pdf, 2, 1), (pdf, 2, 2), (book, 2, 2)]
    tagging.tag(submission=made, by=ada.user, chosen=chosen)
    assert [(p.used.pk, p.page) for p in queries.pages_for(made, problem(made, 1))] == [(pdf, 1), (pdf, 2)]
    assert [(p.used.pk, p.page) for p in queries.pages_for(made, problem(made, 2))] == [(pdf, 2)]
    assert [(p.used.pk, p.page) for p in queries.cells_for(made, problem(made, 2))] == [(book, 2)]
    assert queries.pages_for(made, problem(made, 3)) == []
    tagging.tag(submission=made, by=ada.user, chosen=[(pdf, 3, 4)])
    assert told(made) == [("written-part", 0, 3, 4)]


@pytest.mark.parametrize("choice", [(0, 1, 1), (None, 0, 1), (None, 2, 1), (None, 1, 5)])
def test_what_is_not_there_can_not_be_tagged(hand_in, ada, choice):
    made = hand_in(written_part=samples.pdf())
    used, *rest = choice
    with pytest.raises(ValidationError, match="not there"):
        tagging.tag(submission=made, by=ada.user, chosen=[(used_of(made) if used is None else used, *rest)])


def test_the_owner_and_the_staff_tag_and_nobody_else(hand_in, ada, alan, tom, other):
    made = hand_in(written_part=samples.pdf())
    for stranger in (alan, other["ta"]):
        with pytest.raises(ValidationError, match="Only whose work"):
            tagging.tag(submission=made, by=stranger.user, chosen=[])
    tagging.tag(submission=made, by=tom.user, chosen=[(used_of(made), 1, 1)])
    assert told(made) == [("written-part", 0, 1, 1)]


def test_tags_go_along_and_are_marked_as_such_until_they_are_looked_at(hand_in, ada):
    first = hand_in(written_part=samples.pdf("a", "b"), notebook=samples.notebook("1", "2"))
    tagging.tag(submission=first, by=ada.user, chosen=[(used_of(first), 2, 1), (used_of(first, "notebook"), 1, 3)])
    second = hand_in(written_part=samples.pdf("a", "b", "c"))
    assert told(second) == told(first) == [("written-part", 0, 2, 1), ("notebook", 0, 1, 3)]
    assert {place.carried for places in queries.tagged(second).values() for place in places} == {True}
    tagging.tag(submission=second, by=ada.user, chosen=[(used_of(second), 2, 1)])
    assert [place.carried for place in queries.pages_for(second, problem(second, 1))] == [False]


def test_a_version_with_too_few_pages_takes_none_over_but_those_of_its_other_part(hand_in, ada):
    first = hand_in(written_part=samples.pdf("a", "b"), notebook=samples.notebook("1"))
    chosen = [(used_of(first), 1, 1), (used_of(first), 2, 2), (used_of(first, "notebook"), 1, 3)]
    tagging.tag(submission=first, by=ada.user, chosen=chosen)
    assert told(hand_in(written_part=samples.pdf("a"))) == [("notebook", 0, 1, 3)]


def test_photos_and_pages_of_a_document_stand_for_each_other(hand_in, ada):
    first = hand_in(written_part=[samples.photo(), samples.photo(light=220), samples.photo(light=210)])
    tagging.tag(submission=first, by=ada.user, chosen=[(used_of(first, position=2), 1, 4)])
    second = hand_in(written_part=samples.pdf("a", "b", "c"))
    assert told(second) == [("written-part", 0, 3, 4)]
    third = hand_in(written_part=[samples.photo(light=p) for p in (200, 205, 215)])
    assert told(third) == [("written-part", 2, 1, 4)]
    assert told(hand_in(written_part=[samples.photo()])) == []
