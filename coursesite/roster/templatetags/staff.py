"""What pages of the admin show to this person."""

from typing import Any

from django import template
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.http import HttpRequest

register = template.Library()


@register.simple_tag(takes_context=True)
def readonly(context: template.Context, field: Any) -> Any:
    """As the theme writes it; but a row of another model is a link for those alone who may open it."""
    kind, _, value = field.resolved_field or (None, None, None)
    if isinstance(kind, ForeignKey) and value is not None and not may_open(context["request"], value):
        return str(value)
    shown = field.contents()
    return "-" if shown in ("", "None") else shown


def may_open(request: HttpRequest, row: Model) -> bool:
    """Asked once for each row: rows of one form often belong to the same."""
    known: dict[Model, bool] = request.__dict__.setdefault("openable", {})
    if row not in known:
        page = admin.site._registry.get(type(row))
        known[row] = bool(
            page and page.has_view_permission(request, row) and page.get_queryset(request).filter(pk=row.pk).exists()
        )
    return known[row]
