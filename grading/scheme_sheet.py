"""The scheme on one sheet inside the admin: categories, columns, letters; what a change would move, then the change."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from coursesite.roster.models import Course

from .desk import finding
from .services import scheming, signing_off
from .services.scheming import Column, Draft, Group

RULES = (("all", "all count"), ("keep", "keep the best"), ("drop", "drop the lowest"))
SHOWN = 200


class GroupForm(forms.Form):
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(max_length=100, required=False)
    weight = forms.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False)
    rule = forms.ChoiceField(choices=RULES, required=False)
    count = forms.IntegerField(min_value=0, max_value=100, required=False)
    points_weighted = forms.BooleanField(required=False)
    cap_percent = forms.DecimalField(max_digits=7, decimal_places=2, required=False)
    position = forms.IntegerField(min_value=0, max_value=999, required=False)
    remove = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("title") and found.get("weight") is None and "weight" not in self.errors:
            self.add_error("weight", "Give it a weight.")
        if found.get("rule") in ("keep", "drop") and found.get("count") is None and "count" not in self.errors:
            self.add_error("count", "Say how many.")
        return found


class ColumnForm(forms.Form):
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(max_length=100, required=False)
    group = forms.ChoiceField(required=False)
    points_possible = forms.DecimalField(max_digits=9, decimal_places=4, min_value=0, required=False)
    position = forms.IntegerField(min_value=0, max_value=999, required=False)
    remove = forms.BooleanField(required=False)

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = groups  # type: ignore[attr-defined]
        self.handed_in = bool(self.initial.get("handed_in"))
        if self.handed_in:
            self.fields["points_possible"].widget.attrs["readonly"] = True

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("title") and found.get("points_possible") is None and "points_possible" not in self.errors:
            self.add_error("points_possible", "Say out of how many points.")
        return found


class LetterForm(forms.Form):
    letter = forms.CharField(max_length=5, required=False)
    minimum = forms.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("letter") and found.get("minimum") is None and "minimum" not in self.errors:
            self.add_error("minimum", "From which percent?")
        return found


class Sheet:
    """The three tables with what is sent or stored, and the draft that they make."""

    def __init__(self, course: Course, sent: Any = None) -> None:
        self.now = scheming.current(course)
        self.known = {c.pk: c for g in self.now.groups for c in g.columns}
        made = {name: forms.formset_factory(form, extra=extra, max_num=200) for name, form, extra in (
            ("groups", GroupForm, 2), ("columns", ColumnForm, 3), ("letters", LetterForm, 2))}  # fmt: skip
        initial = {"groups": groups_of(self.now), "columns": columns_of(self.now), "letters": letters_of(self.now)}
        self.groups = made["groups"](sent, initial=initial["groups"], prefix="groups")
        choices = [(str(at), name) for at, name in enumerate(names(self.groups))]
        self.columns = made["columns"](
            sent, initial=initial["columns"], prefix="columns", form_kwargs={"groups": choices}
        )
        self.letters = made["letters"](sent, initial=initial["letters"], prefix="letters")

    def is_valid(self) -> bool:
        return all([self.groups.is_valid(), self.columns.is_valid(), self.letters.is_valid()])

    def draft(self) -> Draft:
        columns: dict[int, list[Column]] = {}
        for row in kept(self.columns):
            columns.setdefault(int(row["group"] or 0), []).append(self.column(row))
        groups = tuple(
            group(row.cleaned_data, at, tuple(columns.pop(at, ())))
            for at, row in enumerate(self.groups)
            if row.cleaned_data.get("title") and not row.cleaned_data.get("remove")
        )
        if columns:
            lost = next(iter(columns.values()))[0]
            raise ValidationError(f"{lost.title}: choose a category for it that stays.")
        letters = tuple((row["letter"], row["minimum"]) for row in kept(self.letters, "letter"))
        return Draft(groups, letters)

    def column(self, row: dict[str, Any]) -> Column:
        known = self.known.get(row["pk"])
        last = max((c.position for c in self.known.values()), default=0)
        return Column(
            pk=known.pk if known else None,
            title=row["title"],
            points_possible=row["points_possible"],
            position=last + 1 if row["position"] is None else row["position"],
            is_homework=bool(known and known.is_homework),
            handed_in=bool(known and known.handed_in),
        )


def kept(formset: Any, name: str = "title") -> Iterator[dict[str, Any]]:
    for form in formset:
        if form.cleaned_data.get(name) and not form.cleaned_data.get("remove"):
            yield form.cleaned_data


def group(row: dict[str, Any], at: int, columns: tuple[Column, ...]) -> Group:
    rule, count = row["rule"] or "all", row["count"]
    return Group(
        pk=row["pk"],
        title=row["title"],
        weight=row["weight"],
        keep_best=count if rule == "keep" else None,
        drop_lowest=count if rule == "drop" else None,
        points_weighted=row["points_weighted"],
        cap_percent=row["cap_percent"],
        position=at if row["position"] is None else row["position"],
        columns=columns,
    )


def names(groups: Any) -> Iterator[str]:
    for at, form in enumerate(groups):
        yield str(form["title"].value() or f"new category in row {at + 1}")


def groups_of(draft: Draft) -> list[dict[str, Any]]:
    return [
        {"pk": g.pk, "title": g.title, "weight": plain(g.weight), "points_weighted": g.points_weighted,
         "rule": "keep" if g.keep_best is not None else "drop" if g.drop_lowest else "all",
         "count": g.keep_best or g.drop_lowest, "cap_percent": plain(g.cap_percent), "position": g.position}
        for g in draft.groups
    ]  # fmt: skip


def columns_of(draft: Draft) -> list[dict[str, Any]]:
    rows = [(c, at) for at, g in enumerate(draft.groups) for c in g.columns]
    return [
        {"pk": c.pk, "title": c.title, "group": str(at), "points_possible": plain(c.points_possible),
         "position": c.position, "handed_in": c.handed_in}
        for c, at in sorted(rows, key=lambda pair: pair[0].position)
    ]  # fmt: skip


def letters_of(draft: Draft) -> list[dict[str, Any]]:
    return [{"letter": letter, "minimum": plain(minimum)} for letter, minimum in draft.cutoffs]


def plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def show(request: HttpRequest, context: dict[str, Any], slug: str) -> HttpResponse:
    course = finding.led_course(request, slug)
    timezone.activate(course.zone)
    sent = request.POST if request.method == "POST" else None
    sheet, seen = Sheet(course, sent), request.POST.get("seen") or scheming.fingerprint(course)
    reason = request.POST.get("reason")
    context |= {"course": course, "sheet": sheet, "seen": seen, "title": "Scheme", "reason": reason}
    context["sign_off"] = signing_off.standing(course)
    if sent is None:
        return TemplateResponse(request, "grading/desk/scheme.html", context)
    try:
        if not sheet.is_valid():
            raise ValidationError("Some fields are not filled in rightly; they are marked below.")
        if "save" in sent:
            told = {"by": request.user, "reason": reason or "", "seen": seen}
            moved = scheming.change(course=course, draft=sheet.draft(), **told)  # type: ignore[arg-type]
            messages.success(request, f"Saved. {moved.sentence}")
            return redirect("admin:grading_scheme", slug)
        found = scheming.preview(course=course, draft=sheet.draft())
        context |= {"effect": found, "moves": found.moves[:SHOWN], "more": max(0, len(found.moves) - SHOWN)}
        return TemplateResponse(request, "grading/desk/scheme.html", context)
    except ValidationError as problem:
        return TemplateResponse(
            request, "grading/desk/scheme.html", context | {"problems": problem.messages}, status=400
        )
