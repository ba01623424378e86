"""The instructor's page on who grades what of a set, under which names, and how much is read twice."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursesite.handin.models import Problem
from coursesite.roster.models import Section

from .. import permissions
from ..models import Arrangement, Item, Split
from ..services import arranging
from . import finding


def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    item = finding.item_of(request, pk)
    assert item.assignment
    if not permissions.may_lead(request.user, item.assignment.course):
        raise Http404
    if request.method != "POST":
        return show(request, item, stored(item), [])
    try:
        plan = sent(request.POST)
        arranging.arrange(item=item, by=request.user, plan=plan)  # type: ignore[arg-type]
    except ValidationError as mistake:
        return show(request, item, request.POST, mistake.messages)
    messages.success(request, "Arranged. The queue serves work accordingly from now on.")
    return redirect("admin:grading_item_desk", item.pk)


def sent(form: QueryDict) -> arranging.Plan:
    try:
        split, percent = Split(form.get("split", "")), int(form.get("second") or 0)
        weights = {int(name[7:]): int(str(form[name]) or 0) for name in form if name.startswith("weight-")}
        problems, sections = chosen(form, "problem"), chosen(form, "section")
    except ValueError as mistake:
        raise ValidationError("Percent and shares are whole numbers.") from mistake
    if not 0 <= percent <= 100 or any(not 0 <= weight <= 1000 for weight in weights.values()):
        raise ValidationError("A percent is between 0 and 100, and a share between 0 and 1000.")
    switches = {"only": "only" in form, "anonymous": "anonymous" in form}
    return arranging.Plan(
        split, **switches, second_percent=percent, problems=problems, sections=sections, weights=weights
    )


def chosen(form: QueryDict, kind: str) -> dict[int, set[int]]:
    """Boxes named `problem-GRADER` with the keys of problems."""
    size = len(kind) + 1
    names = [name for name in form if name.startswith(f"{kind}-")]
    return {int(name[size:]): {int(key) for key in form.getlist(name)} for name in names}


def stored(item: Item) -> QueryDict:
    """What stands in the form at first: as it would be sent."""
    found, plan = QueryDict(mutable=True), finding.plan_of(item) or Arrangement(item=item)
    found["split"], found["second"] = plan.split, str(plan.second_percent)
    for name in ("only", "anonymous"):
        if getattr(plan, name):
            found[name] = "on"
    for duty in plan.duties.all() if plan.pk else []:
        if duty.weight:
            found[f"weight-{duty.grader_id}"] = str(duty.weight)
        elif duty.problem_id:
            found.appendlist(f"problem-{duty.grader_id}", str(duty.problem_id))
        else:
            found.appendlist(f"section-{duty.grader_id}", str(duty.section_id))
    return found


def show(request: HttpRequest, item: Item, form: QueryDict, mistakes: list[str]) -> HttpResponse:
    assert item.assignment
    course = item.assignment.course
    problems, sections = finding.problems(item), list(Section.objects.filter(course=course))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "item": item,
        "splits": [(value, label, form.get("split") == value) for value, label in Split.choices],
        "only": "only" in form,
        "anonymous": "anonymous" in form,
        "second": form.get("second", "0"),
        "problems": problems,
        "sections": sections,
        "rows": [row(form, person, problems, sections) for person in arranging.graders_of(course)],
        "mistakes": mistakes,
        "title": f"{item}: who grades what",
    }
    return TemplateResponse(request, "grading/desk/arrange.html", context, status=400 if mistakes else 200)


def row(form: QueryDict, person: Any, problems: list[Problem], sections: list[Section]) -> dict[str, Any]:
    ticked = {kind: form.getlist(f"{kind}-{person.pk}") for kind in ("problem", "section")}
    return {
        "person": person,
        "problems": [(problem, str(problem.pk) in ticked["problem"]) for problem in problems],
        "sections": [(section, str(section.pk) in ticked["section"]) for section in sections],
        "weight": form.get(f"weight-{person.pk}", ""),
    }
