"""How a rubric is written on pages."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString, mark_safe

from coursesite.look.markup import rendered
from coursesite.look.templatetags.look import points

register = template.Library()


@register.filter
def signed(value: Decimal) -> str:
    """With its sign, as an item's effect is read."""
    sign = "\N{MINUS SIGN}" if value < 0 else "+" if value > 0 else ""
    return sign + points(abs(value))


@register.filter
def inline(text: str) -> SafeString:
    """Markdown; one paragraph alone stands without being one, so that it can be part of a line."""
    html = rendered(text).strip()
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        html = html[3:-4]
    return mark_safe(html)  # noqa: S308  # sanitised by `rendered`
