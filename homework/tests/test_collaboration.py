"""Acknowledgements: taken over to be confirmed, and compared for the staff."""

import re
from itertools import combinations, pairwise
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from homework import queries, services
from homework.models import Homework
from homework.services import Credit

pytestmark = pytest.mark.django_db


@pytest.fixture
def says(homework, cast):
    """A student hands in and names these classmates for problem 1 (and for problem 2 as `second` says)."""

    def act(student, *mates, second=()):
        acknowledged = {1: Credit(frozenset(m.pk for m in mates)), 2: Credit(frozenset(m.pk for m in second))}
        acknowledged |= {3: Credit(others="A book"), 4: Credit()}
        return services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=acknowledged
        )[0]

    return act


def told(homework):
    return [
        (str(pair.one.user), str(pair.other.user), pair.problems, pair.answered, pair.other_handed_in)
        for pair in queries.pairs(Homework.objects.get(pk=homework.pk))
    ]


def test_one_sided_declarations_come_first_and_a_mutual_pair_stands_once(says, homework, ada, alan, grace):
    says(ada, alan, grace, second=[alan])
    says(alan, ada)
    assert told(homework) == [
        ("Ada Lovelace", "Grace Hopper", [1], [], False),
        ("Ada Lovelace", "Alan Turing", [1, 2], [1], True),
    ]
    says(grace)
    assert told(homework)[0] == ("Ada Lovelace", "Grace Hopper", [1], [], True)


def test_only_the_version_that_counts_speaks(says, homework, ada, alan):
    says(ada, alan)
    says(ada)
    assert told(homework) == []


def test_the_page_shows_table_and_picture_and_its_queries_do_not_grow(
    client, says, homework, ada, alan, grace, tom, cast, django_assert_num_queries, django_assert_max_num_queries
):
    page = f"/admin/homework/homework/{homework.pk}/collaboration/"
    client.force_login(tom.user)
    assert "Nobody has named a classmate" in client.get(page).content.decode()
    says(ada, alan)
    with django_assert_max_num_queries(25) as first:
        shown = client.get(page).content.decode()
    assert "1 declared by one side alone" in shown
    assert shown.count("<circle") == 2
    says(alan, grace)
    says(grace, ada, alan)
    with django_assert_num_queries(len(first)):
        client.get(page)


def someone(number, name="Somebody Someone"):
    user = SimpleNamespace(sort_name=f"{number:04}", __str__=lambda: name)
    person = type("Person", (SimpleNamespace,), {"__str__": lambda self: name})(**vars(user))
    return SimpleNamespace(pk=number, user=person)


def pairs_of(*sizes, name="Somebody Someone"):
    """Groups of these sizes, each a chain."""
    found, start = [], 0
    for size in sizes:
        people = [someone(start + n, name) for n in range(size)]
        found += [queries.Pair(one, other, [1], [], True) for one, other in pairwise(people)]
        start += size
    return found


def box(dot):
    wide = 7.5 * len(dot.name)
    return (dot.x if dot.anchor == "start" else dot.x - wide, dot.y - 8, wide, 16)


@pytest.mark.parametrize("sizes", [(2,), (3,), (4,), (7,), (12, 5, 3, 2, 2), (25,), (2,) * 60, (40, *(3,) * 30)])
@pytest.mark.parametrize("name", ["Ada", "Wanda Maria-Josefina van den Heuvel-Papadopoulos-Lindqvist"])
def test_in_the_picture_no_name_covers_another_and_all_are_on_it(sizes, name):
    drawn = queries.drawing(pairs_of(*sizes, name=name))
    assert (len(drawn.dots), len(drawn.lines)) == (sum(sizes), sum(sizes) - len(sizes))
    boxes = [box(dot) for dot in drawn.dots]
    for x, y, wide, tall in boxes:
        assert (x, y) >= (0, 0)
        assert (x + wide, y + tall) <= (drawn.width, drawn.height)
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(boxes, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_whoever_hangs_together_stands_together(says, homework, ada, alan, grace, tom):
    says(ada, alan)
    says(grace, alan)
    drawn = queries.drawing(queries.pairs(Homework.objects.get(pk=homework.pk)))
    assert [dot.name for dot in drawn.dots] == ["Grace Hopper", "Ada Lovelace", "Alan Turing"]
    assert queries.drawing([]).dots == []


def test_the_form_holds_what_was_said_before(client, says, homework, ada, alan):
    says(ada, alan)
    client.force_login(ada.user)
    form = client.get("/c/deep-learning/homework/homework-1/").context["form"]
    assert (form["who-1"].value(), form["mates-1"].value()) == ("somebody", "Alan Turing")
    assert (form["who-3"].value(), form["others-3"].value()) == ("somebody", "A book")
    assert form["who-4"].value() == "nobody"


# Found while a name is typed


@pytest.fixture
def found(client, ada, homework):
    def act(typed, user=ada, number=1):
        client.force_login(user.user)
        answer = client.get(f"/c/deep-learning/homework/homework-1/classmates/?mates-{number}={typed}")
        return re.findall('data-pick="([^"]*)"', answer.content.decode())

    return act


@pytest.mark.parametrize(
    ("typed", "names"),
    [("gr", ["Grace Hopper"]), ("hop", ["Grace Hopper"]), ("Grace Hopper, alan t", ["Alan Turing"]), ("opper", []),
     ("ada", []), ("tom", []), ("otto", []), ("grace,", []), ("(", []), ("", []), ("a.an", []), ("%2B", [])],
)  # fmt: skip
def test_words_find_classmates_of_the_own_course_and_nobody_else(found, alan, grace, tom, other, typed, names):
    assert found(typed) == names


def test_names_alone_are_told_escaped_and_not_too_many(client, found, cast, course):
    for number in range(10):
        cast.enroll(course, f"zed{number} <b>Zed</b>")
    assert len(found("zed")) == 8
    page = client.get("/c/deep-learning/homework/homework-1/classmates/?mates-1=zed").content.decode()
    assert "and more" in page
    assert "<b>" not in page
    assert "@example.org" not in page


def test_staff_find_nobody_there(client, tom, homework):
    client.force_login(tom.user)
    assert client.get("/c/deep-learning/homework/homework-1/classmates/?mates-1=a").status_code == 404


def test_a_name_that_was_picked_is_taken_with_its_comma(client, says, homework, ada, alan):
    from homework.forms import credit

    assert credit({"who-1": "somebody", "mates-1": "Alan Turing, "}, 1, {"alan turing": [7]}).classmates == {7}


@pytest.fixture
def twins(cast, course):
    """Two of one name, in two sections."""
    found = [cast.enroll(course, "Wei Zhang"), cast.enroll(course, "Weiwei Zhang", section="UNITE")]
    found[1].user.name = "Wei Zhang"
    found[1].user.save()
    return found


def test_two_of_one_name_are_told_apart_by_their_section(client, homework, says, ada, twins):
    client.force_login(ada.user)
    page = "/c/deep-learning/homework/homework-1/"
    found = client.get(f"{page}classmates/?mates-1=wei").content.decode()
    assert 'data-pick="Wei Zhang (On-campus)"' in found
    assert 'data-pick="Wei Zhang (UNITE)"' in found
    sent = {"key": str(uuid4()), "file-notebook": SimpleUploadedFile("n.ipynb", samples.notebook())}
    sent |= {f"who-{n}": "nobody" for n in (2, 3, 4)} | {"who-1": "somebody"}
    told = client.post(page, sent | {"mates-1": "Wei Zhang"}).content.decode()
    assert "2 classmates are called “Wei Zhang”; choose one with the section" in told
    sent["file-notebook"].seek(0)
    client.post(page, sent | {"mates-1": "wei zhang (unite), "})
    made = Submission.objects.get()
    assert list(made.acknowledgements.get(problem__number=1).classmates.all()) == [twins[1]]
    assert client.get(page).context["form"]["mates-1"].value() == "Wei Zhang (UNITE)"
