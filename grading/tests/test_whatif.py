"""What if, and what is needed for a letter: exact, never stored; each figure in lines that can be checked by hand."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading import policy, steps, sums, whatif
from grading.models import Item, Score
from grading.policy import Category, Cell, State
from grading.tests.test_policy import COURSE, CUTOFFS, HOMEWORK, ODD, cells, graded, only
from grading.tests.test_sums import students
from grading.whatif import Others

REPORT = COURSE.ordered[-1]
PAGE = "/c/deep-learning/grades/what-if/"


def need(known, letter, others=Others.TYPED, item=REPORT, scheme=COURSE):
    rest = known if others == Others.TYPED else whatif.filled(scheme, known, others)
    return whatif.needed(scheme, known, rest, item, letter)


def test_the_least_score_for_a_letter_is_exact():
    known = cells(100, 90, 80, 70, 60, 50, i7=80, i8=90)  # 51 + 4 + 9 = 64, and a quarter of the report
    found = need(known, "B")
    assert (found.least, found.final, found.letter) == (D("75.98"), D("83.00"), "B")  # 18.995 rounds to 83.00
    assert policy.figures(COURSE, known | {9: graded("75.97")}).final == D("82.99")


def test_what_cannot_be_reached_tells_what_full_points_give():
    found = need(cells(*[50] * 6), "A")
    assert (found.least, found.final, found.letter) == (None, D("55.00"), "F")


def test_what_is_reached_already_needs_nothing():
    assert need(cells(*[100] * 6, i7=100, i8=100), "F").least == 0


def test_other_open_items_bring_what_is_said():
    known = cells(100, 100, 100, 100)  # the proposal and the talk are open as well
    assert need(known, "B").least == D("91.98")  # 60 + 22.995
    assert need(known, "B", Others.FULL).least == D("31.98")
    typed = whatif.supposed(COURSE, known, {7: D(100)})
    assert whatif.needed(COURSE, known, typed, REPORT, "B").least == D("71.98")
    assert whatif.needed(COURSE, known, whatif.filled(COURSE, known, Others.ZERO), REPORT, "B").least == D("91.98")


def test_a_late_item_reaches_no_more_than_its_ceiling():
    known = cells(*[100] * 6, i7=100, i8=100, i9=Cell(State.UNGRADED, ceiling=D(50)))
    assert need(known, "B").possible == D(50)
    assert need(known, "A").least is None
    assert need(known, "B").least == D("31.98")


def test_only_open_items_can_be_supposed():
    known = cells(50, Cell(State.MISSING), Cell(State.EXCUSED))
    supposed = whatif.supposed(COURSE, known, {n: D(100) for n in range(1, 10)})
    assert [supposed[n] for n in (1, 2, 3)] == [known[n] for n in (1, 2, 3)]
    assert supposed[4] == graded(100)


@given(st.lists(st.none() | st.integers(0, 100), min_size=8, max_size=8), st.sampled_from([n for n, _ in CUTOFFS]))
def test_one_hundredth_less_never_reaches_the_letter(points, letter):
    known = {n: graded(p) for n, p in enumerate(points, 1) if p is not None}
    found, minimum = need(known, letter), dict(CUTOFFS)[letter]

    def final(least):
        return policy.figures(COURSE, known | {9: graded(least)}).final

    if found.least is None:
        assert final(100) < minimum
    else:
        assert final(found.least) >= minimum
        assert found.least == 0 or final(found.least - D("0.01")) < minimum


def test_each_line_says_a_sum_that_gives_its_result():
    lines = sums.explain(COURSE, cells(90, 80, 70, 60, 50, 40, i7=50)).lines
    assert [(line.title, line.said, line.result, line.brings) for line in lines][:2] == [
        ("Homework", "(90/100 + 80/100 + 70/100 + 60/100) / 4", "75.00", "45.00"),
        ("Proposal", "50 / 100", "50.00", "2.50"),
    ]


def test_so_far_and_reachable_have_lines_of_their_own():
    known = cells(90, i7=50)
    so_far = sums.explain(COURSE, known, steps.Reading.SO_FAR)
    assert [(line.title, line.brings) for line in so_far.lines] == [("Homework", "54.00"), ("Proposal", "2.50")]
    assert (so_far.last, so_far.figure) == ("56.50 / 65 × 100, rounded half up to hundredths", D("86.92"))
    reachable = sums.explain(COURSE, known, steps.Reading.REACHABLE)
    assert reachable.lines[0].said == "(100/100 + 100/100 + 100/100 + 100/100) / 4"


def why(category, known):
    return [(row.counts, row.why) for row in steps.standings(category, known)]


def test_each_set_says_whether_it_counts_and_why():
    told = why(HOMEWORK, cells(90, 80, 70, 60, 60, 50))
    assert told[3:] == [
        (True, "one of the best 4"),
        (False, "dropped: 60.00 % like Homework 4, and the earlier counts"),
        (False, "dropped: 50.00 % is less than 60.00 % (Homework 4)"),
    ]
    excused = why(HOMEWORK, cells(90, 80, 70, Cell(State.EXCUSED), None, Cell(State.EXCUSED)))
    assert excused[3] == (False, "left out before the best are chosen")
    assert excused[4] == (True, "counts, as 0 until it is graded")
    assert why(HOMEWORK, {})[3:5] == [
        (True, "one of the best 4, as 0 until it is graded"),
        (False, "does not count while it brings 0"),
    ]


def test_points_weighted_dropping_says_its_own_reason():
    category = Category("All", D(100), ODD, drop_lowest=1, points_weighted=True)
    assert why(category, cells(50, 65, 12))[1] == (
        False,
        "dropped: without it points over possible are highest, 83.78 %",
    )
    (line,) = sums.explain(only(category), cells(50, 65, 12)).lines
    assert line.said == "(50 + 12) / (50 + 24)"


@pytest.fixture
def as_ada(client, ada):
    client.force_login(ada.user)
    return client


def item(title):
    return Item.objects.get(title=title, category__course__slug="deep-learning")


def test_typed_scores_move_the_figures_and_nothing_is_stored(as_ada, ada):
    sent = {f"i{item(f'Homework {n}').pk}": "100" for n in (1, 2, 3)} | {f"i{item('Homework 4').pk}": "90,5"}
    answer = as_ada.get(PAGE, sent)
    assert [row[2] for row in answer.context["figures"]] == [D("58.58"), D("97.63"), D("100.00")]
    assert not Score.objects.exists()
    assert 'value="90,5"' in answer.content.decode()


def test_htmx_gets_the_outcome_alone(as_ada):
    answer = as_ada.get(PAGE, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "With these scores" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ninety", "Points are a number, like 85 or 7.5."),
        ("NaN", "Points are a number, like 85 or 7.5."),
        ("1e9", "Points are a number, like 85 or 7.5."),
        ("٣", "Points are a number, like 85 or 7.5."),
        ("<b>", "Points are a number, like 85 or 7.5."),
        ("-1", "Points can&#x27;t be below zero."),
        ("1,000", "1,000 could be read in two ways"),
        ("1000000000", "There are only 100 points here."),
        ("9" * 4000, "There are only 100 points here."),
        ("7.12345", "Points have four decimals at most."),
    ],
)
def test_what_cannot_be_counted_with_is_told_in_a_sentence(as_ada, text, said):
    for headers in ({}, {"HX-Request": "true"}):
        answer = as_ada.get(PAGE, {f"i{item('Homework 1').pk}": text}, headers=headers)
        assert answer.status_code == 200
        assert answer.context["figures"][0][2] == 0
        assert said in answer.content.decode()
        assert "<b>" not in text or '<b>"' not in answer.content.decode()


def test_above_the_maximum_is_extra_credit_and_said_to_be(as_ada):
    answer = as_ada.get(PAGE, {f"i{item('Homework 1').pk}": "120"})
    assert "more than 100 points is extra credit" in answer.content.decode()
    assert answer.context["figures"][0][2] == D("18.00")


def test_late_work_can_bring_no_more_than_lateness_leaves(as_ada, ada):
    Score.objects.create(item=item("Homework 1"), enrollment=ada, state="ungraded", penalty=20)
    answer = as_ada.get(PAGE, {f"i{item('Homework 1').pk}": "90"})
    assert "so that it can bring 80 points at most" in answer.content.decode()
    assert as_ada.get(PAGE, {f"i{item('Homework 1').pk}": "80"}).context["figures"][0][2] == D("12.00")


@given(students(), st.integers(1, 100), st.sampled_from(Others), st.data())
def test_what_is_needed_is_exact_under_every_scheme(student, minimum, others, data):
    scheme, known = student
    scheme = policy.Scheme(scheme.categories, (("P", D(minimum)), ("N", D(0))))
    items = whatif.open_items(scheme, known)
    if not items:
        return
    chosen = data.draw(st.sampled_from(items))
    rest = known if others == Others.TYPED else whatif.filled(scheme, known, others)
    found = whatif.needed(scheme, known, rest, chosen, "P")

    def final(least):
        return policy.figures(scheme, rest | {chosen.key: Cell(State.GRADED, least)}).final

    if found.least is None:
        assert final(whatif.most(chosen, known)) < minimum
    else:
        assert final(found.least) == found.final >= minimum
        assert found.least < D("0.01") or final(found.least - D("0.01")) < minimum


def test_the_table_says_what_the_final_report_must_bring(as_ada, ada):
    for n in range(1, 5):
        Score.objects.create(item=item(f"Homework {n}"), enrollment=ada, state="graded", points=100, raw_points=100)
    Item.objects.filter(title__startswith="Homework").update(released_at="2022-10-01T00:00Z")
    answers = {name: said for name, _, said in as_ada.get(PAGE).context["answers"]}
    assert answers["A"] == "not reachable: 100 points give 85.00 %, B"
    assert answers["B"] == "91.98 of 100 points: then 83.00 %"
    assert answers["F"] == "certain already, whatever comes"
    full = as_ada.get(PAGE, {"others": "full", "item": item("Final report").pk}).context["answers"]
    assert {name: said for name, _, said in full}["C"] == "0 points are enough: they give 75.00 %"
    assert {name: said for name, _, said in full}["A-"] == "59.98 of 100 points: then 90.00 %"


def test_what_is_not_released_stays_open_in_what_if(as_ada, ada):
    Score.objects.create(item=item("Homework 1"), enrollment=ada, state="graded", points="41.37", raw_points="41.37")
    answer = as_ada.get(PAGE)
    assert item("Homework 1").pk in [field.item.key for field in answer.context["fields"]]
    assert "41.37" not in answer.content.decode()


def test_the_page_needs_three_queries_whatever_is_open(as_ada, ada, django_assert_num_queries):
    for _ in range(3):
        with django_assert_num_queries(3):
            as_ada.get(PAGE)
        with django_assert_num_queries(3):
            as_ada.get("/c/deep-learning/grades/arithmetic/")
        Item.objects.filter(pk=Item.objects.filter(scores=None).first().pk).update(title="Another")


def test_staff_have_no_grades_to_suppose(client, tom):
    client.force_login(tom.user)
    assert client.get(PAGE).status_code == 404
