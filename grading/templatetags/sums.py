"""The arithmetic of a figure as a table. In words here, since a template takes several times as long, and students
reload this page."""

from collections.abc import Iterator

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from coursesite.look.templatetags.look import percent, points
from grading.sums import Line, Sum

register = template.Library()
HEAD = (
    '<table class="sums"><thead><tr><th scope="col">Category</th><th scope="col">Sum of what counts</th>'
    '<th scope="col" class="num">Result, %</th><th scope="col" class="num">\N{MULTIPLICATION SIGN} weight</th>'
    '<th scope="col" class="num">brings, %</th></tr></thead><tbody>'
)


@register.filter
def as_table(found: Sum) -> SafeString:
    body = "".join(
        [HEAD, *map(line, found.lines), *left_out(found), "</tbody><tfoot>", *foot(found), "</tfoot></table>"]
    )
    return mark_safe(body)  # noqa: S308  # titles are escaped, all else is ours


def line(row: Line) -> str:
    kept = ", ".join(item.title for item in row.kept) if len(row.kept) > 1 else ""
    small = f'<span class="small soft came">{escape(kept)}</span>' if kept else ""
    return (
        f'<tr><th scope="row">{escape(row.title)}{small}</th><td class="said">{row.said}</td>'
        f'<td class="num">{row.result}</td><td class="num">{points(row.weight)} %</td>'
        f'<td class="num">{row.brings}</td></tr>'
    )


def left_out(found: Sum) -> Iterator[str]:
    for category, why in found.left_out:
        yield (
            f'<tr class="soft"><th scope="row">{escape(category.title)}</th><td class="said" colspan="2">left out, '
            f'since {why}</td><td class="num"><s>{points(category.weight)} %</s></td><td></td></tr>'
        )


def foot(found: Sum) -> Iterator[str]:
    name, total = ("Together", found.total) if found.last else ("Sum", percent(found.figure))
    weights = f'<td class="num">{points(found.weights)} %</td>'
    yield f'<tr><th scope="row" colspan="3">{name}</th>{weights}<td class="num">{total}</td></tr>'
    if found.last:
        figure = f'<td class="num">{percent(found.figure)}</td>'
        yield f'<tr><th scope="row" colspan="4">{found.last}</th>{figure}</tr>'
