"""The lines of each figure, read from the page's own text and added on paper: they give the figure to the last digit."""

import random
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from fractions import Fraction
from html.parser import HTMLParser

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from coursesite.handin.models import Kind
from grading import policy, sums
from grading.models import Category as CategoryRow
from grading.models import Item as ItemRow
from grading.models import Override, Score
from grading.policy import Category, Cell, Item, Scheme, State
from grading.services import awarding, signing_off
from grading.steps import Origin, Reading, came_about

POSSIBLE = [D(n) for n in (3, 7, 12, 24, 70, 90, 100)] + [D("33.3333")]
RULES = [{}, {"keep_best": 1}, {"keep_best": 2}, {"drop_lowest": 1}, {"cap_percent": D(105)}, {"keep_best": 3}]


@st.composite
def schemes(draw):
    """One to four categories of one to four items, some of them with rules."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    made, key = [], 0
    for n, weight in enumerate(weights):
        items = []
        for _ in range(draw(st.integers(1, 4))):
            key += 1
            items.append(Item(key, f"I{key}", draw(st.sampled_from(POSSIBLE)), key))
        rules = draw(st.sampled_from(RULES)) if len(items) > 1 else {}
        made.append(Category(f"C{n}", D(weight), tuple(items), points_weighted=draw(st.booleans()), **rules))
    return Scheme(tuple(made))


@st.composite
def cells_of(draw, scheme):
    states = st.sampled_from([State.GRADED, State.GRADED, State.GRADED, State.MISSING, State.EXCUSED, State.UNGRADED])
    found = {}
    for item in scheme.ordered:
        state = draw(states)
        graded = D(draw(st.integers(0, int(item.possible * 120)))) / 100 if state == State.GRADED else None
        ceiling = draw(st.none() | st.just(item.possible / 2)) if state == State.UNGRADED else None
        found[item.key] = Cell(state, graded, ceiling and round(ceiling, 4))
    return found


@st.composite
def students(draw):
    scheme = draw(schemes())
    return scheme, draw(cells_of(scheme))


def evaluated(said):
    """`(81/100 + 0/100) / 2, at most 105 %` as a fraction of full points."""
    expression, _, cap = said.partition(", at most ")
    words = expression.replace("(", "( ").replace(")", " )").replace("/", " / ").split()
    found = eval(" ".join(f"Fraction('{w}')" if w[0].isdigit() else w for w in words), {"Fraction": Fraction})
    return min(found, Fraction(cap.removesuffix(" %")) / 100) if cap else found


def near(text, exact):
    """Exactly, or within half of the last digit where it says so."""
    shown = sums.value_of(text)
    places = len(text.partition(".")[2])
    return abs(shown - exact) <= Fraction(1, 2 * 10**places) if text.startswith("≈") else shown == exact


def half_up(value):
    return D(value.numerator * 1000 // value.denominator).scaleb(-3).quantize(D("0.01"), ROUND_HALF_UP)


def check(rows, weights, total, last, figure):
    """`rows` are (said, result, weight, brings) as they are shown; everything else as well."""
    for said, result, weight, brings in rows:
        assert near(result, evaluated(said) * 100), (said, result)
        assert near(brings, evaluated(said) * Fraction(weight)), (said, weight, brings)
    assert sum((Fraction(row[2]) for row in rows), Fraction(0)) == Fraction(weights)
    added = sum((sums.value_of(row[3]) for row in rows), Fraction(0))
    assert sums.value_of(total) == added
    if figure is not None:
        assert half_up(added / Fraction(weights) * 100) == figure
        assert ("rounded" in last) == (total.startswith("≈") or added / Fraction(weights) * 100 != Fraction(figure))
        assert ("/" in last.replace(total, "")) == (Fraction(weights) != 100)


@settings(max_examples=600)
@given(students(), st.sampled_from(Reading))
def test_what_each_line_brings_adds_up_to_the_figure_to_the_last_digit(student, reading):
    scheme, cells = student
    told = sums.explain(scheme, cells, reading)
    figures = policy.figures(scheme, cells)
    assert told.figure == (figures.final, figures.so_far, figures.reachable)[reading]
    rows = [(line.said, line.result, line.weight, line.brings) for line in told.lines]
    check(rows, told.weights, told.total, told.last, told.figure)
    assert len(told.lines) + len(told.left_out) == len(scheme.categories)


def test_what_stands_exactly_between_two_hundredths_is_told_in_fractions():
    """Three times 3.333... and 35.035 are 45.035; no number of decimals would make the lines give that."""
    items = [Item(n, f"I{n}", D(3), n) for n in (1, 2, 3)] + [Item(4, "I4", D(100), 4)]
    weights = (10, 10, 10, 70)
    scheme = Scheme(tuple(Category(i.title, D(w), (i,)) for i, w in zip(items, weights, strict=True)))
    told = sums.explain(scheme, {1: graded(1), 2: graded(1), 3: graded(1), 4: graded("50.05")})
    assert [line.brings for line in told.lines] == ["3 1/3", "3 1/3", "3 1/3", "35.035"]
    assert (told.total, told.figure) == ("45.035", D("45.04"))
    assert told.last == "45.035, rounded half up to hundredths"


def graded(points):
    return Cell(State.GRADED, D(points))


@pytest.mark.parametrize(
    ("origin", "points", "said"),
    [
        (Origin(D(90), D(0), D(0)), D(90), ""),
        (Origin(D(90), D(10), D(50)), D(80), "90 − 10 for lateness"),
        (Origin(D(55), D(10), D(50)), D(50), "55 − 10 for lateness, held at 50"),
        (Origin(D(40), D(10), D(50)), D(40), ""),
        (Origin(D(72), D(0), D(0), "set by the staff", "Oral"), D(72), "set by the staff: Oral"),
        (None, None, ""),
    ],
)
def test_a_score_says_how_it_came_about(origin, points, said):
    assert came_about(origin, points) == said


class Tables(HTMLParser):
    """Every table of class `sums` as rows of texts, without what stands small beside a title."""

    def __init__(self, page):
        super().__init__()
        self.tables, self.rows, self.text, self.small = [], None, None, False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes).get("class") or ""
        if tag == "table":
            self.rows = [] if "sums" in given else None
        if self.rows is not None:
            if tag == "tr":
                self.rows.append([])
            self.text = "" if tag in ("td", "th") else self.text
            self.small = "came" in given or (self.small and tag != "td")

    def handle_data(self, data):
        if self.text is not None and not self.small:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "span":
            self.small = False
        if self.rows is not None and tag in ("td", "th") and self.text is not None:
            self.rows[-1].append(self.text.strip())
            self.text = None
        if tag == "table" and self.rows is not None:
            self.tables.append(self.rows)
            self.rows = None


def read(table):
    """The parts of one table as `check` takes them."""
    _, *rows = table
    lines = [(said, result, weight.removesuffix(" %"), brings) for _, said, result, weight, brings in
             (row for row in rows if len(row) == 5)]  # fmt: skip
    foot = [row for row in rows if row[0] in ("Sum", "Together")]
    ((name, weights, total),) = foot
    last = rows[-1][0] if name == "Together" else ""
    figure = rows[-1][-1].removesuffix(" %")
    return lines, weights.removesuffix(" %"), total.removesuffix(" %"), last, None if figure == "—" else D(figure)


def at_random(course, student, dice, ines):
    """Another scheme and other scores."""
    kinds = dice.sample(POSSIBLE[:7], 3)
    for item in ItemRow.objects.filter(category__course=course):
        ItemRow.objects.filter(pk=item.pk).update(
            points_possible=dice.choice(kinds), released_at=dice.choice([None, timezone.now(), timezone.now()])
        )
        state = dice.choice(["graded", "graded", "graded", "missing", "excused", "ungraded", None])
        if state:
            raw = D(dice.randrange(0, 11_000)) / 100 if state == "graded" else None
            penalty, floor = dice.choice([(D(0), D(0)), (D(10), D(5))])
            points = None if raw is None else min(raw, max(floor, raw - penalty))
            values = {"raw_points": raw, "points": points, "penalty": penalty, "floor": floor}
            Score.objects.create(item=item, enrollment=student, state=state, **values)
    rules = dice.choice([{"keep_best": 4}, {"drop_lowest": 2}, {"keep_best": 2, "cap_percent": 102}])
    weighted = dice.random() < 0.5
    CategoryRow.objects.filter(course=course, title="Homework").update(
        points_weighted=weighted, **{"keep_best": None, "drop_lowest": None, "cap_percent": None} | rules
    )
    if dice.random() < 0.3:
        Override.objects.create(enrollment=student, letter=dice.choice(["I", "B"]), reason="Oral", set_by=ines.user)


@pytest.mark.django_db
def test_the_pages_of_many_students_add_up_as_they_are_shown(client, course, cast, ines):
    dice = random.Random(5)
    for n in range(60):
        student = cast.enroll(course, f"S{n} Student")
        at_random(course, student, dice, ines)
        client.force_login(student.user)
        for address, expected in (("arithmetic/", 3), ("", 1), ("report/", 1), ("what-if/", 1)):
            answer = client.get(f"/c/deep-learning/grades/{address}")
            tables = Tables(answer.content.decode()).tables
            assert len(tables) <= expected
            shown = [read(table) for table in tables]
            for parts in shown:
                check(*parts)
            stored = client.get("/api/v1/courses/deep-learning/grades/").json()
            names = ("final", "so_far", "reachable") if expected == 3 else ("final",)
            if address == "what-if/" and not answer.context["fields"]:
                continue  # nothing is open, and the page says so
            wanted = [D(stored[name]) for name in names if stored[name] is not None]
            assert [parts[-1] for parts in shown if parts[-1] is not None] == wanted
        Score.objects.filter(enrollment=student).delete()


@pytest.fixture
def late(course, ada):
    """Ada's first set: 90 before lateness, 80 after it; released."""
    item = ItemRow.objects.get(category__course=course, title="Homework 1")
    Score.objects.create(item=item, enrollment=ada, state="graded", raw_points=90, points=80, penalty=10)
    ItemRow.objects.filter(pk=item.pk).update(released_at=timezone.now())
    return item


PAGES = ("", "arithmetic/", "report/")


def pages(client, student):
    client.force_login(student.user)
    return [client.get(f"/c/deep-learning/grades/{address}").content.decode() for address in PAGES]


def test_the_penalty_is_a_step_of_its_own_on_every_page(client, late, ada):
    for page in pages(client, ada):
        assert "90 − 10 for lateness" in page


def test_a06_neither_a_penalty_nor_a_reason_shows_before_the_release(client, late, ada, ines):
    ItemRow.objects.filter(pk=late.pk).update(released_at=None)
    for page in pages(client, ada):
        assert "for lateness" not in page
    awarding.award(
        item=late, enrollment=ada, by=ines.user, state=State.GRADED, points=D(70), reason="Teammate evaluation: 0.9"
    )
    for page in pages(client, ada):
        assert "Teammate" not in page
    awarding.release(items=[late], by=ines.user)
    for page in pages(client, ada):
        assert "set by the staff: Teammate evaluation: 0.9" in page


def test_a_category_that_is_left_out_says_so_and_the_others_are_scaled(client, course, ada, late):
    for item in ItemRow.objects.filter(category__course=course).exclude(assignment__kind=Kind.HOMEWORK):
        Score.objects.create(item=item, enrollment=ada, state="excused")
    page = pages(client, ada)[0]
    assert page.count("left out, since everything in it is excused") == 3
    assert "12.00 / 60 × 100" in page
    assert "20.00 %" in page


def test_signed_and_amended_letters_stand_beside_figures_that_still_add_up(client, course, ada, late, ines):
    now = timezone.now()
    signing_off.sign(course=course, by=ines.user, seen=signing_off.digest(course, signing_off.grades(course)), now=now)
    awarding.award(item=late, enrollment=ada, by=ines.user, state=State.GRADED, points=D(100), reason="Second look")
    page = pages(client, ada)[0]
    assert "Your final grade: <b>F</b>" in page
    assert "15.00 %" in page
    check(*read(Tables(page).tables[0]))
