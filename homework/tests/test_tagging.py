"""Pages and cells are tagged with problems, by the owner, and the tags go along into the next version."""

import pytest
from django.core.exceptions import ValidationError

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin import queries, tagging
from coursesite.handin import services as handin
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


def test_what_was_tagged_before_the_worker_counted_pages_holds_if_they_are_there(homework, ada, cast):
    made, _ = services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(written_part=samples.pdf("a")), acknowledged=NOBODY
    )
    for page, expected in ((1, [("written-part", 0, 1, 2)]), (2, [])):
        tagging.tag(submission=made, by=ada.user, chosen=[(used_of(made), page, 2)])
        files.inspect(str(made.files.get().file.pk))
        assert told(made) == expected
        StoredFile.objects.update(inspected_at=None)


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


# The page


@pytest.fixture
def tag_pages(client, ada):
    client.force_login(ada.user)

    def act(made, *chosen, **headers):
        return client.post(f"/submissions/{made.pk}/tags/", {"tag": chosen}, headers=headers)

    return act


def test_the_receipt_warns_of_problems_without_a_page_until_they_have_one(client, hand_in, tag_pages):
    made = hand_in(written_part=samples.pdf("a", "b"), notebook=samples.notebook("x = 1 < 2", "2"))
    shown = client.get(f"/submissions/{made.pk}/").content.decode()
    assert shown.count("no page yet") == 4
    assert "x = 1 &lt; 2" in shown
    pdf, book = used_of(made), used_of(made, "notebook")
    answer = tag_pages(made, f"{pdf}-1-1", f"{pdf}-2-2", f"{book}-1-3", f"{book}-1-4")
    assert answer.url == f"/submissions/{made.pk}/#check"
    shown = client.get(f"/submissions/{made.pk}/").content.decode()
    assert "no page yet" not in shown
    assert f'value="{book}-1-4" checked' in shown


def test_htmx_gets_what_is_left_alone(hand_in, tag_pages):
    made = hand_in(written_part=samples.pdf("a"))
    shown = tag_pages(made, f"{used_of(made)}-1-2", **{"HX-Request": "true"}).content.decode()
    assert shown.startswith('<div id="tagged"')
    assert "✓ Saved." in shown
    assert [f"▲</span> <b>{n}." in shown for n in (1, 2, 3, 4)] == [True, False, True, True]


@pytest.mark.parametrize("sent", ["1-2", "a-b-c", "1-1-1-1", "", "99999999999999999999-1-1"])
def test_tags_that_say_nothing_are_refused_in_words(hand_in, tag_pages, sent):
    made = hand_in(written_part=samples.pdf("a"))
    shown = tag_pages(made, sent, **{"HX-Request": "true"}).content.decode()
    assert 'role="alert"' in shown
    assert "Saved" not in shown
    assert told(made) == []


def test_queries_of_the_receipt_do_not_grow_with_pages_and_tags(
    client, hand_in, tag_pages, django_assert_num_queries, django_assert_max_num_queries
):
    one = hand_in(written_part=samples.pdf("a"))
    with django_assert_max_num_queries(21) as first:
        client.get(f"/submissions/{one.pk}/")
    asked = len(first)
    three = hand_in(written_part=[samples.photo(light=p) for p in (200, 205, 215)])
    tag_pages(three, *(f"{used_of(three, position=at)}-1-{at + 1}" for at in range(3)))
    with django_assert_num_queries(asked):
        client.get(f"/submissions/{three.pk}/")


def test_a_problem_alone_needs_no_tags(client, proposal, team, ada, cast):
    proposal.problems.exclude(number=1).delete()
    made, _ = handin.submit(
        assignment=proposal, owner=team, author=ada.user, delivery=cast.delivery(proposal=samples.pdf())
    )
    client.force_login(ada.user)
    shown = client.get(f"/submissions/{made.pk}/").content.decode()
    assert "no page yet" not in shown
    assert 'name="tag"' not in shown


def test_u18_cells_can_be_pointed_at_and_none_reaches_into_the_next(hand_in):
    made = hand_in(notebook=samples.notebook("a", "b", cells=CELLS))
    html = (made.files.get().file.preview_path / "notebook.html").read_text()
    assert html.count("<section id=") == 3
    assert html.index('id="cell-2"') < html.index("left open") < html.index('id="cell-3"')
    assert 'id="mine"' not in html
    for section in html.split("<section ")[1:]:
        assert section.count("<div") == section.count("</div>")


CELLS = [
    {"cell_type": "markdown", "id": "a", "metadata": {}, "source": '<b id="mine">bold</b>'},
    {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "<div><div>left open</section>"},
    {"cell_type": "raw", "id": "c", "metadata": {}, "source": "raw"},
]
