"""The page before a release: what will be seen and by whom; then now, at a set time, or back again."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from coursesite.look.templatetags.look import moment
from coursesite.roster.models import Course

from .. import release_preview
from ..models import Item
from ..services import awarding

MOMENT = "%Y-%m-%dT%H:%M"


class ReleaseForm(forms.Form):
    when = forms.ChoiceField(choices=[("now", "now"), ("at", "at"), ("back", "back")])
    at = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("when") == "at" and not found.get("at") and "at" not in self.errors:
            self.add_error("at", "Say when.")
        return found


def release(request: HttpRequest) -> HttpResponse:
    items = chosen(request)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            done(request, items, form.cleaned_data)
            return redirect("admin:grading_item_changelist")
        except ValidationError as refusal:
            form.add_error("at", " ".join(refusal.messages))
    now = timezone.now()
    context = admin.site.each_context(request) | {
        "title": f"Release {', '.join(map(str, items))}",
        "previews": release_preview.previews(items, now),
        "form": form,
        "earliest": timezone.localtime(now).strftime(MOMENT),
        **said(form, items),
        "released": [item for item in items if item.released_at],
        "planned": [item for item in items if item.release_at],
        "course": items[0].category.course,
    }
    return TemplateResponse(request, "grading/desk/release.html", context, status=400 if form.is_bound else 200)


def said(form: ReleaseForm, items: list[Item]) -> dict[str, Any]:
    """What the form shows: what was sent, else the plan that there is."""
    if form.is_bound:
        return {"when": form["when"].value(), "at": form["at"].value() or ""}
    plans = [item.release_at for item in items if item.release_at]
    return {"when": "at", "at": timezone.localtime(plans[0]).strftime(MOMENT)} if plans else {"when": "now", "at": ""}


def chosen(request: HttpRequest) -> list[Item]:
    """Columns of courses that one leads; whoever names another finds nothing."""
    names = request.GET.getlist("item")
    if not names or len(names) > 100 or not all(name.isdecimal() and len(name) < 16 for name in names):
        raise Http404
    led = Course.objects.led_by(request.user)
    found = Item.objects.filter(pk__in=names, category__course__in=led).order_by("position")
    items = list(found.select_related("category__course", "assignment", "arrangement"))
    if len(items) < len(set(names)) or len({item.category.course_id for item in items}) > 1:
        raise Http404
    timezone.activate(items[0].category.course.zone)
    return items


def done(request: HttpRequest, items: list[Item], told: dict[str, Any]) -> None:
    who: Any = request.user
    if told["when"] == "back":
        awarding.unrelease(items=items, by=who)
        messages.success(request, "Hidden from students again; what was planned is forgotten.")
    elif told["when"] == "at":
        count = awarding.plan_release(items=items, by=who, at=told["at"], now=timezone.now())
        messages.success(request, f"To be released: {count}, {timezone.localtime(told['at']):%a %d %b, %H:%M}.")
    else:
        messages.success(request, f"Released: {awarding.release(items=items, by=who)}.")


def address(items: Iterable[int]) -> str:
    return f"{reverse('admin:grading_release')}?{urlencode({'item': sorted(items)}, doseq=True)}"


def standing(item: Item) -> str:
    """For the list of columns."""
    if item.released_at:
        return format_html("✓ {}", moment(item.released_at))
    return format_html("planned: {}", moment(item.release_at)) if item.release_at else "no"
