"""Pictures: every value is counted once, the words and the table say what the drawing shows."""

import re
from decimal import Decimal

from coursesite.look import pictures


def table(picture):
    """Rows of the table inside."""
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", picture)
    return [re.findall(r">([^<]*)</t[hd]>", row) for row in rows]


def test_each_value_falls_into_one_step_and_the_last_holds_its_edge():
    drawn = pictures.histogram([Decimal("0"), Decimal("9.99"), Decimal("10"), Decimal("100")], title="Set 1")
    counts = [int(row[1]) for row in table(drawn)]
    assert counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert 'role="img"><title>Set 1</title><desc>4 values; most (2) lie at 0 to under 10 %.</desc>' in drawn


def test_what_is_above_the_maximum_has_a_step_of_its_own():
    drawn = pictures.histogram([50, 104], title="Extra credit")
    assert table(drawn)[-1] == ["above 100 %", "1"]


def test_steps_at_exact_tenths_are_not_lost_to_binary_fractions():
    values = [Decimal(n) / 10 for n in range(10)]
    assert [row[1] for row in table(pictures.histogram(values, title="x", high=1))] == ["1"] * 10


def test_the_readers_own_value_is_marked_in_words_too():
    drawn = pictures.histogram([10, 20, 84], title="Set 1", own=84)
    assert "Yours is 84 %." in drawn
    assert ["80 to under 90 % (you)", "1"] in table(drawn)


def test_nothing_to_draw_says_so():
    for drawn in (
        pictures.histogram([], title="Set 1"),
        pictures.scatter([], title="Both", names=("Homework", "Project")),
        pictures.lines({}, title="Weeks", labels=[]),
    ):
        assert "No values yet." in drawn


def test_titles_and_names_are_escaped():
    drawn = pictures.lines({"<b>": [1, None]}, title='"<script>', labels=["<i>", "b"])
    assert "<script>" not in drawn
    assert "<i>" not in drawn
    assert "&lt;b&gt;" in drawn


def test_a_scatter_counts_everybody_in_its_table():
    points = [(Decimal(a), Decimal(b)) for a in range(0, 101, 5) for b in range(0, 121, 5)]
    drawn = pictures.scatter(points, title="Both", names=("Homework", "Project"))
    assert sum(int(cell) for row in table(drawn) for cell in row[1:]) == len(points)


def test_lines_leave_a_gap_where_nothing_is_known():
    drawn = pictures.lines({"Mean": [50, None, 70]}, title="Weeks", labels=["1", "2", "3"])
    assert table(drawn) == [["1", "50"], ["2", "none"], ["3", "70"]]
    assert drawn.count("<circle") == 2


def test_no_picture_carries_inline_style_or_script():
    drawn = pictures.histogram([1, 2, 3], title="x") + pictures.lines({"a": [1, 2]}, title="y", labels=["1", "2"])
    assert "style=" not in drawn
    assert "<script" not in drawn
