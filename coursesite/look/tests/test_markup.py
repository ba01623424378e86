"""Markdown with maths: what it becomes, and what it never becomes."""

from html.parser import HTMLParser

import pytest

from coursesite.look.markup import LONGEST_FORMULA, rendered


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("Let $x^2$ be", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("$$\\sum_i \\ell_i$$", 'display="block"'),
        ("# Top", "<h3>Top</h3>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>2</td>"),
        ("It costs $5 and $6", "$5 and $6"),
        ("`$x$`", "<code>$x$</code>"),
        ("$" + "y" * (LONGEST_FORMULA + 1) + "$", "<code>yyy"),
    ],
)
def test_it_reads_as_it_is_meant(text, has):
    assert has in rendered(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://elsewhere.example/pixel.png)",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\text{<script>alert(1)</script>}$",
        "$\\style{background:url(https://elsewhere.example)}{x}$",
        "```x onclick=alert(1)\ncode\n```",
        "$" + "{" * 2000 + "$",
        "$" + "x" * (LONGEST_FORMULA + 1) + "$",
    ],
)
def test_nothing_in_it_runs_or_loads(text):
    found = Tags()
    found.feed(rendered(text))
    for tag, attributes in found.seen:
        assert tag not in ("script", "img", "iframe", "object", "form", "style", "svg")
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in ("style", "src")
            assert name != "href" or value.startswith(("https:", "http:", "mailto:"))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, attrs))
