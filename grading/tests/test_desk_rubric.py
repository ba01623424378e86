"""The rubric at the desk: applied, extended amid grading, contested; by plain form and by the desk's script."""

from decimal import Decimal

import pytest
from django.urls import reverse

from grading.desk import order
from grading.models import DeskKeys, Mark, RubricItem
from grading.services import rubrics
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
SCRIPT = {"HTTP_HX_REQUEST": "true"}
D = Decimal


@pytest.fixture
def problem(homework):
    return homework.problems.get(number=1)


@pytest.fixture
def works(homework, problem, ada, alan, cast):
    for student in (ada, alan):
        homework_services.submit(homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY)
    return list(order.ordered(homework.item, problem))


@pytest.fixture
def items(problem, tom):
    group = rubrics.add_group(problem=problem, by=tom.user, title="Proof", choose_one=True)
    worths = (("Wrong sign", "2", None), ("A gap", "3", group), ("No proof of $a^2$", "10", group))
    return [rubrics.add_item(problem=problem, by=tom.user, text=t, points=D(p), group=g) for t, p, g in worths]


@pytest.fixture
def as_tom(client, tom):
    client.force_login(tom.user)
    return client


def page(work, number=1):
    return reverse("admin:grading_problem_grade", args=[work.assignment.item.pk, number, work.pk])


def test_ticked_and_chosen_items_make_the_mark(as_tom, works, items):
    sign, gap, _ = items
    sent = {"item-1": sign.pk, f"one-1-{gap.group_id}": gap.pk, "adjustment-1": "\N{MINUS SIGN}0,5", "version-1": 0}
    answer = as_tom.post(page(works[0]), sent | {"comment-1": "Good."})
    assert answer["Location"] == page(works[1])
    mark = Mark.objects.get()
    assert (mark.points, mark.adjustment, mark.comment) == (D("19.5"), D("-0.5"), "Good.")
    shown = as_tom.get(page(works[0])).content.decode()
    assert f'value="{sign.pk}" data-worth="2.00" data-digit="1" aria-keyshortcuts="1" checked' in shown
    assert "<math" in shown
    assert '<output id="total-1">19.5</output>' in shown


def test_none_of_a_group_and_nothing_else_leaves_it_open(as_tom, works, items):
    as_tom.post(page(works[0]), {f"one-1-{items[1].group_id}": "", "version-1": 0})
    assert not Mark.objects.exists()


def test_full_marks_is_one_button(as_tom, works, items):
    as_tom.post(page(works[0]), {"full-1": "1", "item-1": items[0].pk, "version-1": 0})
    assert (Mark.objects.get().points, Mark.objects.get().by_rubric) == (25, False)


def test_a_new_item_is_made_while_grading_and_applies(as_tom, works, items):
    sent = {"item-1": items[0].pk, "new-1": "Forgot the constant", "worth-1": "1.5", "version-1": 0, "stay": "1"}
    assert as_tom.post(page(works[0]), sent)["Location"] == page(works[0])
    assert Mark.objects.get().points == D("21.5")
    assert RubricItem.objects.filter(text="Forgot the constant", points=D("1.5")).exists()


def test_a_new_item_is_not_made_when_the_mark_is_refused(as_tom, works, items):
    sent = {"new-1": "Forgot", "worth-1": "1", "version-1": 7}
    answer = as_tom.post(page(works[0]), sent)
    assert answer.status_code == 409
    assert "Forgot</textarea>" in answer.content.decode()
    assert not RubricItem.objects.filter(text="Forgot").exists()


def test_g14_the_second_sees_both_versions_and_chooses(as_tom, works, items, ines):
    sign, gap, _ = items
    as_tom.post(page(works[0]), {"item-1": sign.pk, "comment-1": "Sign.", "version-1": 0})
    as_tom.force_login(ines.user)
    mine = {f"one-1-{gap.group_id}": gap.pk, "comment-1": "Gap."}
    answer = as_tom.post(page(works[0]), mine | {"version-1": 0})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "<b>Theirs: 23</b>, Tom Tutor" in shown
    assert "<li>Wrong sign</li>" in shown
    assert "yours, not saved" in shown
    assert f'href="{page(works[0])}">Keep theirs</a>' in shown
    assert "Put yours in its place</button>" in shown
    assert ">Gap.</textarea>" in shown
    assert f'value="{gap.pk}" data-worth="3.00" data-digit="2" aria-keyshortcuts="2" checked' in shown
    assert (Mark.objects.get().points, Mark.objects.get().comment) == (23, "Sign.")
    as_tom.post(page(works[0]), mine | {"version-1": 1})
    assert (Mark.objects.get().points, Mark.objects.get().grader) == (22, ines.user)
    assert list(Mark.objects.get().applied.values_list("item", flat=True)) == [gap.pk]


def test_the_script_gets_the_desk_alone_and_the_next_address(as_tom, works, items):
    part = as_tom.get(page(works[0]), **SCRIPT).content.decode()
    assert part.lstrip().startswith('<div class="desk" id="desk" data-title="Homework 1: ')
    sent = {"item-1": items[0].pk, "version-1": 0}
    told = as_tom.post(page(works[0]), sent, **SCRIPT).json()
    assert told == {"next": page(works[1]), "said": f"{works[0].owner_name}: saved."}
    told = as_tom.post(page(works[1]), sent, **SCRIPT).json()
    assert told["next"] == reverse("admin:grading_item_desk", args=[works[0].assignment.item.pk])
    assert "saved." in as_tom.get(told["next"]).content.decode()


def test_what_comes_next_is_fetched_ahead(as_tom, works, items):
    start = reverse("admin:grading_problem_start", args=[works[0].assignment.item.pk, 1])
    assert as_tom.get(start, {"after": works[0].pk}, **SCRIPT)["Location"] == page(works[1])
    as_tom.post(page(works[1]), {"full-1": "1", "version-1": 0})
    assert as_tom.get(start, {"after": works[0].pk}, **SCRIPT).status_code == 204
    assert as_tom.get(start, {"after": "x"}).status_code == 404


def test_keys_are_ones_own(as_tom, ines):
    address = reverse("admin:grading_keys")
    first = as_tom.get(address).context["keys"]
    sent = {key.action: key.key for key in first}
    as_tom.post(address, sent | {"save": "y"})
    assert {key.action: key.key for key in as_tom.get(address).context["keys"]} == sent | {"save": "y"}
    as_tom.force_login(ines.user)
    assert as_tom.get(address).context["keys"] == first


def test_an_action_that_came_later_takes_no_key_from_another(as_tom, tom):
    own = {key.action: key.key for key in as_tom.get(reverse("admin:grading_keys")).context["keys"]}
    del own["rubric"]
    DeskKeys.objects.create(grader=tom.user, keys=own | {"save": "e"})
    found = {key.action: key.key for key in as_tom.get(reverse("admin:grading_keys")).context["keys"]}
    assert (found["save"], found["rubric"]) == ("e", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"save": "n"}, "</a>: The key N is also that of: Next submission, without saving (also the right arrow)."),
        ({"save": "N"}, "</a>: The key N is also that of: Save and go on to the next."),
        ({"save": "4"}, "Save and go on to the next</a>: One character that is no digit, since digits apply items."),
        ({"save": ""}, "Save and go on to the next</a>: One character that is no digit, since digits apply items."),
        ({"save": " "}, "Save and go on to the next</a>: One character that is no digit, since digits apply items."),
    ],
)
def test_keys_that_can_not_work_are_refused(as_tom, change, said):
    address = reverse("admin:grading_keys")
    sent = {key.action: key.key for key in as_tom.get(address).context["keys"]}
    answer = as_tom.post(address, sent | change)
    assert (answer.status_code, said in answer.content.decode()) == (409, True)
    assert not DeskKeys.objects.exists()


def test_a_regrade_keeps_the_items_and_adjusts(works, items, tom, ines):
    from grading.services import marking
    from grading.services.marking import Given

    work = works[0]
    marking.mark(submission=work, grader=tom.user, given=[Given(1, items=frozenset({items[0].pk}))])
    given = marking.keeping_items(work, work.assignment.problems.get(number=1), Given(1, D(24), "Yes.", 1))
    marking.mark(submission=work, grader=ines.user, given=[given])
    mark = Mark.objects.get()
    assert (mark.points, mark.adjustment, mark.by_rubric) == (24, 1, True)
