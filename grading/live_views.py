"""Talks scored on a phone, and the overview on which scores become marks. For staff."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone

from coursesite.handin.models import Problem
from coursesite.look.templatetags.look import points as written
from coursesite.roster.access import Visit
from coursesite.roster.models import Membership
from projects.models import Milestone, Talk
from projects.views.talks import presentation_of

from .models import LivePoints, LiveSheet
from .named import marks_page, milestone_page
from .services import live


def talks_of(visit: Visit, milestone: Milestone) -> list[Talk]:
    """Those that have a slot, in order."""
    presentation = presentation_of(milestone)
    rows = Talk.objects.filter(presentation=presentation, slot__isnull=False).select_related("team", "slot")
    talks = list(rows.order_by("slot__starts_at", "slot__room"))
    for row in talks:
        row.presentation, row.team.course = presentation, visit.course
    return talks


def current(talks: Sequence[Talk]) -> Talk | None:
    """The one that is held now, else the next, else the last."""
    now = timezone.now()
    left = [talk for talk in talks if talk.slot and talk.slot.ends_at > now]
    return left[0] if left else (talks[-1] if talks else None)


@milestone_page
def now(visit: Visit, milestone: Milestone) -> HttpResponse:
    talk = current(talks_of(visit, milestone))
    if talk is None:
        return redirect("talks:timetable", visit.course.slug, milestone.slug)
    return redirect("live:score", visit.course.slug, milestone.slug, talk.pk)


@milestone_page
def score(visit: Visit, milestone: Milestone, talk: int) -> HttpResponse:
    talks = talks_of(visit, milestone)
    place = next((at for at, row in enumerate(talks) if row.pk == talk), None)
    if place is None:
        raise Http404
    found = talks[place]
    if visit.request.method == "POST":
        return save(visit, milestone, found)
    return show(visit, talks, place)


def show(visit: Visit, talks: list[Talk], place: int, mistakes: Any = None, status: int = 200) -> HttpResponse:
    talk = talks[place]
    sheet = LiveSheet.objects.filter(talk=talk, grader=visit.request.user.pk).prefetch_related("lines").first()
    sent = visit.request.POST if mistakes else {}
    lines = {line.problem_id: line for line in sheet.lines.all()} if sheet else {}
    members = Membership.objects.current().filter(team=talk.team).select_related("enrollment__user")
    on = current(talks)
    return visit.page(
        "grading/live/score.html",
        status=status,
        milestone=talk.presentation.milestone,
        talk=talk,
        members=members,
        rows=[field(problem, lines.get(problem.pk), sent) for problem in talk.presentation.milestone.problems.all()],
        sheet=sheet,
        revision=(sheet.revision if sheet else 0),
        mistakes=mistakes or [],
        previous=talks[place - 1] if place else None,
        following=talks[place + 1] if place + 1 < len(talks) else None,
        on=on,
    )


def field(problem: Problem, line: LivePoints | None, sent: Mapping[str, Any]) -> tuple[Problem, str, str]:
    """What stands in the form: what was sent, else what is stored."""
    stored, said = (written(line.points), line.comment) if line else ("", "")
    return problem, sent.get(f"points-{problem.number}", stored), sent.get(f"comment-{problem.number}", said)


def save(visit: Visit, milestone: Milestone, talk: Talk) -> HttpResponse:
    """For the script as JSON, for a browser without it as a page."""
    wants_json = visit.request.headers.get("Accept") == "application/json"
    try:
        sheet = live.save(talk=talk, grader=visit.request.user, **read(visit, talk))  # type: ignore[arg-type]
    except ValidationError as problem:
        newer = getattr(problem, "code", "") == "newer"
        if wants_json:
            mistakes = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
            return JsonResponse({"mistakes": mistakes}, status=409 if newer else 400)
        talks = talks_of(visit, milestone)
        place = next(at for at, row in enumerate(talks) if row.pk == talk.pk)
        return show(visit, talks, place, problem.messages, status=409 if newer else 400)
    if wants_json:
        return JsonResponse({"revision": sheet.revision, "saved": f"{timezone.localtime(sheet.saved_at):%H:%M:%S}"})
    messages.success(visit.request, f"{talk.team}: saved.")
    return redirect("live:score", visit.course.slug, milestone.slug, talk.pk)


def read(visit: Visit, talk: Talk) -> dict[str, Any]:
    sent = visit.request.POST
    entries, mistakes = {}, {}
    for problem in talk.presentation.milestone.problems.all():
        number = problem.number
        try:
            text = sent.get(f"points-{number}", "").strip().replace(",", ".")
            value = points(text)
            entries[number] = live.Entry(value, sent.get(f"comment-{number}", "").strip())
        except (InvalidOperation, ValueError):
            mistakes[str(number)] = f"{problem.title}: points are a number, like 12 or 7.5."
    revision = sent.get("revision", "")
    if not revision.isdecimal() or len(revision) > 15:
        mistakes[""] = "Load the page again."
    if mistakes:
        raise ValidationError(mistakes)
    return {"revision": int(revision), "entries": entries}


def points(text: str) -> Decimal | None:
    value = Decimal(text) if text else None
    if value is not None and (not value.is_finite() or value != round(value, 4)):
        raise ValueError(text)
    return value


@marks_page
def overview(visit: Visit, milestone: Milestone) -> HttpResponse:
    """Who gave what; what that makes by the rule; and the step into the marks."""
    talks = talks_of(visit, milestone)
    if visit.request.method == "POST":
        return take_over(visit, milestone, talks)
    presentation = talks[0].presentation if talks else presentation_of(milestone)
    return visit.page(
        "grading/live/overview.html",
        milestone=milestone,
        presentation=presentation,
        problems=list(milestone.problems.all()),
        results=live.results(presentation, talks) if talks else [],
    )


def take_over(visit: Visit, milestone: Milestone, talks: list[Talk]) -> HttpResponse:
    """One talk, or all that are complete; what can't be taken over is told and stops nothing else."""
    wanted = set(visit.request.POST.getlist("talk"))
    done = 0
    for talk in talks:
        if str(talk.pk) not in wanted:
            continue
        try:
            live.take_over(talk=talk, by=visit.request.user, seen=visit.request.POST.get(f"seen-{talk.pk}", ""))  # type: ignore[arg-type]
            done += 1
        except ValidationError as problem:
            for message in problem.messages:
                messages.error(visit.request, message)
    if done:
        messages.success(visit.request, f"In the marks now: {done}. Students see them with the column's release.")
    return redirect("live:overview", visit.course.slug, milestone.slug)
