"""The pages of a rubric: written, asked about before marks change, undone; who got an item; as a file and out of another
set. And what they cost."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grading.models import Item, Mark, Rubric, RubricGroup, RubricItem
from grading.services import marking, rubric_files, rubrics
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
D = Decimal


@pytest.fixture
def problem(homework):
    return homework.problems.get(number=1)


@pytest.fixture
def address(homework):
    return reverse("admin:grading_rubric", args=[homework.item.pk, 1])


@pytest.fixture
def sign(problem, tom):
    return rubrics.add_item(problem=problem, by=tom.user, text="Wrong sign", points=D(2))


@pytest.fixture
def marked(homework, ada, cast, tom, sign):
    work, _ = homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)
    marking.mark(submission=work, grader=tom.user, given=[Given(1, items=frozenset({sign.pk}))])
    return work


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def act(client, address, name, **more):
    answer = client.post(address, {"act": name} | more)
    return answer, answer.content.decode()


def test_a_rubric_is_written_before_anything_is_handed_in(as_tom, address, problem):
    act(as_tom, address, "add-group", title="Proof", choose_one="on")
    group = RubricGroup.objects.get()
    act(as_tom, address, "add", text="No proof of $a^2$", points="10", group=group.pk)
    act(as_tom, address, "add", text="Sign", points="1,5")
    rows = RubricItem.objects.values_list("text", "points", "group")
    assert list(rows) == [("No proof of $a^2$", D(10), group.pk), ("Sign", D("1.5"), None)]
    assert "<math" in as_tom.get(address).content.decode()


def test_how_many_marks_change_is_asked_first(as_tom, address, sign, marked):
    changed = {"item": sign.pk, "version": 1, "text": "Wrong sign", "points": "5"}
    answer, shown = act(as_tom, address, "change", **changed)
    assert "changes its points from 2 to 5: 1 mark uses it, and course grades follow." in shown
    assert Mark.objects.get().points == 23
    answer, _ = act(as_tom, address, "change", sure="1", **changed)
    assert answer.status_code == 302
    assert Mark.objects.get().points == 20
    assert "Saved. 1 mark changed." in as_tom.get(address).content.decode()


def test_other_words_are_not_asked_about(as_tom, address, sign, marked):
    answer, _ = act(as_tom, address, "change", item=sign.pk, version=1, text="Sign", points="2")
    assert answer.status_code == 302


def test_one_click_undoes_the_last_change(as_tom, address, sign, marked, tom):
    act(as_tom, address, "change", item=sign.pk, version=1, text="Wrong sign", points="5", sure="1")
    shown = as_tom.get(address).content.decode()
    assert "Tom Tutor" in shown
    assert "2 → 5 points" in shown
    act(as_tom, address, "undo", item=sign.pk, version=2)
    assert Mark.objects.get().points == 23


def test_taken_away_and_brought_back(as_tom, address, sign, marked):
    _, shown = act(as_tom, address, "remove", item=sign.pk)
    assert "what it alone graded is open again: 1 mark uses it" in shown
    act(as_tom, address, "remove", item=sign.pk, sure="1")
    assert Mark.objects.get().points is None
    act(as_tom, address, "restore", item=sign.pk)
    assert Mark.objects.get().points == 23


def test_items_move_by_button_and_by_script(as_tom, address, problem, tom):
    keys = [rubrics.add_item(problem=problem, by=tom.user, text=t, points=D(1)).pk for t in "abc"]
    act(as_tom, address, "move", item=keys[2], way="up")
    assert list(RubricItem.objects.values_list("text", flat=True)) == ["a", "c", "b"]
    order = ",".join(str(key) for key in reversed(keys))
    answer = as_tom.post(address, {"act": "arrange", "order": order}, HTTP_HX_REQUEST="true")
    assert answer.content.decode() == "The order is saved."
    assert list(RubricItem.objects.values_list("text", flat=True)) == ["c", "b", "a"]


def test_items_stand_under_their_groups_as_at_the_desk_and_move_among_their_own(as_tom, address, problem, tom):
    proof, style = (
        rubrics.add_group(problem=problem, by=tom.user, title=title, choose_one=False) for title in ("Proof", "Style")
    )
    made = {
        text: rubrics.add_item(problem=problem, by=tom.user, text=text, points=D(1), group=group)
        for text, group in (("p1", proof), ("s1", style), ("alone", None), ("p2", proof))
    }

    def shown():
        return [[line.text for line in section.lines] for section in as_tom.get(address).context["sections"]]

    assert shown() == [["alone"], ["p1", "p2"], ["s1"]]
    act(as_tom, address, "move", item=made["p2"].pk, way="up")
    act(as_tom, address, "move", item=made["s1"].pk, way="up")
    assert shown() == [["alone"], ["p2", "p1"], ["s1"]]
    act(as_tom, address, "raise-group", group=style.pk, title="Style")
    assert shown() == [["alone"], ["s1"], ["p2", "p1"]]
    act(as_tom, address, "lower-group", group=style.pk, title="Style")
    assert shown() == [["alone"], ["p2", "p1"], ["s1"]]
    assert as_tom.post(address, {"act": "raise-group", "group": "0"}).status_code == 409


def test_a_change_that_is_refused_keeps_what_was_typed(as_tom, address, sign):
    sent = {"item": sign.pk, "version": 1, "text": "Long words of mine", "points": "many"}
    _, shown = act(as_tom, address, "change", **sent)
    assert "Long words of mine</textarea>" in shown
    assert 'value="many"' in shown
    assert "What is stored: 2 points, and these words:" in shown
    sign.refresh_from_db()
    assert (sign.text, sign.points) == ("Wrong sign", 2)


def test_the_editor_leads_back_to_the_work_that_was_on_the_desk(as_tom, address, homework, sign, marked):
    desk = reverse("admin:grading_problem_grade", args=[homework.item.pk, 1, marked.pk])
    assert f'href="{address}?work={marked.pk}"' in as_tom.get(desk).content.decode()
    opened = f"{address}?work={marked.pk}"
    answer, _ = act(as_tom, opened, "change", item=sign.pk, version=1, text="Sign", points="2")
    assert answer["Location"] == opened
    assert f'<a href="{desk}">back to Ada Lovelace</a>' in as_tom.get(opened).content.decode()
    assert as_tom.get(f"{address}?work=nonsense").status_code == 404


def test_a04_a_ta_does_not_lift_the_floor(as_tom, address, sign, ines):
    act(as_tom, address, "rule", scoring="positive")
    assert Rubric.objects.get().floored
    as_tom.force_login(ines.user)
    act(as_tom, address, "rule", scoring="negative", capped="on")
    assert (Rubric.objects.get().floored, Rubric.objects.get().capped) == (False, True)


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "add", "text": "", "points": "1"},
        {"act": "add", "text": "x", "points": "many"},
        {"act": "add-group", "title": ""},
        {"act": "fly"},
    ],
)
def test_what_can_not_be_is_said(as_tom, address, sent):
    assert as_tom.post(address, sent).status_code == 409
    assert not RubricItem.objects.exists()


def test_a03_an_item_of_another_problem_is_not_reached(as_tom, homework, sign, other):
    elsewhere = reverse("admin:grading_rubric", args=[homework.item.pk, 2])
    for name in ("change", "remove", "restore", "undo", "move"):
        sent = {"act": name, "item": sign.pk, "version": 1, "text": "x", "points": "1", "sure": "1"}
        assert as_tom.post(elsewhere, sent).status_code == 404
    as_tom.force_login(other["ta"].user)
    assert as_tom.post(reverse("admin:grading_rubric", args=[homework.item.pk, 1]), {"act": "add"}).status_code == 404
    sign.refresh_from_db()
    assert (sign.text, sign.version) == ("Wrong sign", 1)


def test_who_got_an_item(as_tom, homework, sign, marked):
    shown = as_tom.get(reverse("admin:grading_rubric_item", args=[homework.item.pk, sign.pk])).content.decode()
    assert "Ada Lovelace" in shown
    assert "1 mark." in shown


def test_a_file_brings_the_same_rubric_into_another_set(as_tom, homework, problem, tom, sign):
    group = rubrics.add_group(problem=problem, by=tom.user, title="Proof", choose_one=True)
    rubrics.add_item(problem=problem, by=tom.user, text="Two\nlines: $x$", points=D("-1.5"), group=group)
    text = as_tom.get(reverse("admin:grading_rubrics_file", args=[homework.item.pk])).content
    second = Item.objects.get(title="Homework 2")
    target = reverse("admin:grading_rubrics", args=[second.pk])
    for _ in range(2):  # the second time brings nothing new
        answer = as_tom.post(target, {"file": SimpleUploadedFile("rubrics.yaml", text)})
        assert answer.status_code == 302, answer.context["mistakes"]
    assert rubric_files.export(second.assignment).encode() == text
    assert RubricItem.objects.filter(rubric__problem__assignment=second.assignment).count() == 2


def test_a_set_is_copied_from_another(as_tom, homework, sign):
    second = Item.objects.get(title="Homework 2")
    as_tom.post(reverse("admin:grading_rubrics", args=[second.pk]), {"source": homework.item.pk})
    assert rubric_files.export(second.assignment) == rubric_files.export(homework)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rubrics: 2001-99-99", "no valid YAML"),
        ("rubrics: !!timestamp soon", "no valid YAML"),
        ("rubrics: !!bool perhaps", "no valid YAML"),
        ("rubrics:\n- problem: " + "9" * 5000, "no valid YAML"),
        ("rubrics: [", "no valid YAML"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("rubrics: [{problem: 9}]", "has no problem 9"),
        ("rubrics: [{problem: 1, items: [{text: '', points: 1}]}]", "rubrics.1.items.1.text"),
        ("rubrics: [{problem: 1, colour: red}]", "rubrics.1.colour"),
        ("rubrics: [{problem: 1, items: [{text: a, points: 1.234}]}]", "rubrics.1.items.1.points"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing(homework, tom, text, said):
    with pytest.raises(ValidationError, match=said):
        rubric_files.take_in(assignment=homework, by=tom.user, content=text.encode())
    assert not RubricItem.objects.exists()


def test_a_ta_brings_no_other_scoring_in(homework, tom, ines):
    text = b"rubrics: [{problem: 1, scoring: positive, items: [{text: a, points: 1}]}]"
    with pytest.raises(ValidationError, match="set by the instructor"):
        rubric_files.take_in(assignment=homework, by=tom.user, content=text)
    assert rubric_files.take_in(assignment=homework, by=ines.user, content=text) == 1
    assert Rubric.objects.get().scoring == "positive"


def count_queries(django_assert_max_num_queries, client, address, most):
    with django_assert_max_num_queries(most) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_pages_cost_the_same_with_one_item_and_with_three(
    as_tom, address, homework, problem, tom, django_assert_max_num_queries
):
    pages = [address, reverse("admin:grading_rubrics", args=[homework.item.pk])]
    rubrics.add_item(problem=problem, by=tom.user, text="first", points=D(1))
    one = [count_queries(django_assert_max_num_queries, as_tom, page, 20) for page in pages]
    for text in "ab":
        rubrics.add_item(problem=problem, by=tom.user, text=text, points=D(1))
    assert [count_queries(django_assert_max_num_queries, as_tom, page, 20) for page in pages] == one


def test_the_preview_is_sanitised(as_tom):
    shown = as_tom.post(reverse("admin:grading_preview"), {"text": "$x$ <script>alert(1)</script>"}).content.decode()
    assert "<math" in shown
    assert "<script" not in shown
