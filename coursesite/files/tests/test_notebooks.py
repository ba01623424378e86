"""Notebooks as pages: what is shown of them, and what never is."""

import re
import time

import pytest

from coursesite.files import formulas, inspecting
from coursesite.files.tests import samples
from coursesite.files.tests.test_taking_in import rendered

pytestmark = pytest.mark.django_db


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>a</a>"
    "<iframe src='https://evil.example'></iframe><form action='https://evil.example'><input></form>"
    "<img src='https://evil.example/pixel.png'><style>@import 'https://evil.example'</style>"
)


def test_u18_a_notebook_with_script_is_inert():
    output = {"output_type": "display_data", "metadata": {}, "data": {
        "text/html": HOSTILE, "image/svg+xml": f"<svg>{HOSTILE}</svg>", "text/latex": "$x$",
        "application/javascript": "alert(1)"}}  # fmt: skip
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [output], "execution_count": 1},
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": HOSTILE},
    ]
    page = rendered(samples.notebook(cells=cells))
    for bad in ("<script", "onerror", "javascript:", "<iframe", "<form", "<input", "evil.example", "<svg", "@import"):
        assert bad not in page.partition("</style>")[2]


def test_formulas_are_drawn_without_script_and_dollars_in_code_and_prices_stay():
    text = (
        "The step $\\eta_t < 1$ costs $5 or $6, `echo $HOME $PATH`:\n\n$$\\nabla f = \\frac{1}{2}$$\n\n"
        "\\begin{align}a &= b \\\\ c &= d\\end{align}\n\n$\\text{<script>alert(1)</script><img src=x onerror=y>}$"
    )
    page = rendered(samples.notebook(cells=[{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}]))
    body = page.partition("<body>")[2]
    assert body.count("<math") >= 3
    assert "<msub>" in body
    assert "<mfrac>" in body
    assert "costs $5 or $6" in body
    assert "<code>echo $HOME $PATH</code>" in body
    for bad in ("<script", "onerror", "<img"):
        assert bad not in body


def test_text_in_lines_as_jupyter_writes_it_is_shown():
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": ["A frame\n", "of rows"]}}
    told = {"output_type": "stream", "name": "stdout", "text": ["printed\n", "twice\n"]}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Title\n", "\n", "with $x^2$"]},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": ["x = 1\n", "y = 2"], "outputs": [output, told],
         "execution_count": 1},
    ]  # fmt: skip
    body = rendered(samples.notebook(cells=cells)).partition("<body>")[2]
    assert ">Title<" in body
    assert "<msup>" in body
    for line in ("A frame\nof rows", "printed\ntwice"):
        assert line in body
    assert re.sub("<[^>]*>", "", body).count("x = 1\ny = 2") == 1


def output(**data):
    data = {f"text/{kind}": text for kind, text in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def shown_outputs(*outputs):
    """The page of each, without the cell's code."""
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [one], "execution_count": 1}
        for one in outputs
    ]
    body = rendered(samples.notebook(cells=cells)).partition("<body>")[2]
    return [cell.partition('class="output"')[2] for cell in body.split("<section")[1:]]


def test_formulas_among_outputs_are_drawn_and_what_is_more_than_that_shows_its_text():
    matrix = r"$\displaystyle \left[\begin{matrix}1 & 2\\3 & x\end{matrix}\right]$"
    drawn, table, unread, prices, both = shown_outputs(
        output(latex=[matrix], plain="Matrix([[1, 2], [3, x]])"),
        output(latex=r"\begin{tabular}{l}a\end{tabular}", plain="the frame"),
        output(latex=r"$\left( x$", plain="<IPython.core.display.Math object>"),
        output(html="<b>from $5 to $6</b>", latex="$x$", plain="x"),
        output(latex="$x$ <script>alert(1)</script> $\\text{<img src=x onerror=y>}$", plain="x"),
    )
    assert "<mtable>" in drawn
    assert "Matrix(" not in drawn
    assert "the frame" in table
    assert r"$\left( x$" in unread
    assert "<b>from $5 to $6</b>" in prices
    assert "<math" in both
    for bad in ("<script", "<img"):
        assert bad not in both


def test_u18_brackets_and_formulas_that_cost_minutes_are_shown_as_they_were_written():
    costly = ["[" * 400_000, "$" * 400_000, "\\begin{a}" * 40_000] + ["![" * 10_000] * 20
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text} for text in ["**bold** $x$", *costly]]
    cells.append({"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "execution_count": 1,
                  "outputs": [output(markdown="<b>" + costly[0])]})  # fmt: skip
    before = time.process_time()
    page = inspecting.rendered({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
    # Not a measure of speed: nbconvert alone takes ten minutes for the first.
    assert time.process_time() - before < 40
    assert ["<strong>bold</strong>" in page, "<math" in page] == [True, True]
    assert all(text in page for text in (costly[0], costly[1], costly[2], "&lt;b&gt;[["))


def test_u18_dollars_made_to_cost_end_in_time():
    text = "<p>" + "\\begin{align} $ $$ " * 20_000 + "</p>"
    before = time.process_time()
    assert formulas.shown(text)
    # Not a measure of speed: a search that is led astray takes hours.
    assert time.process_time() - before < 20


def test_u19_cell_ids_and_metadata_are_escaped():
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {"name": "<script>1</script>"},
              "source": "![x](attachment:../../x.png)", "attachments": {"../../x.png": {"image/png": "aGk="}}}]  # fmt: skip
    page = rendered(samples.notebook(cells=cells, metadata={"title": "<script>2</script>"}))
    assert "<script" not in page
