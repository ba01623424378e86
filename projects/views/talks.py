"""Talks: the timetable, its printed sheet and calendar, the slots, and what classmates say."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment, Team

from .. import feed, timetable
from ..forms.talks import FeedbackForm, OpenForm, RulesForm, SlotForm
from ..models import Feedback, Milestone, Offer, Presentation, Slot, Talk
from ..services import feedback, talks
from ..services.teams import team_of
from ..slotting import Planned, clashes

Answer = Callable[..., HttpResponse]


def milestone_of(visit: Visit, slug: str) -> Milestone:
    """One that is out, or whose slots are open: teams book before the milestone itself opens."""
    out = Milestone.objects.visible_to(visit.request.user, now=timezone.now()).values("pk")
    booking = Slot.objects.filter(presentation__milestone__course=visit.course).values("presentation")
    visible = Milestone.objects.filter(Q(pk__in=out) | Q(pk__in=booking), course=visit.course)
    found: Milestone = get_object_or_404(visible, slug=slug)
    found.course = visit.course
    return found


def presentation_of(milestone: Milestone) -> Presentation:
    """Stored or not yet: a milestone without slots is read like any other."""
    found = Presentation.objects.filter(milestone=milestone).first() or Presentation(milestone=milestone)
    found.milestone = milestone
    return found


def number(visit: Visit, name: str) -> int:
    text = visit.request.POST.get(name, "")
    if not text.isdecimal() or len(text) > 15:
        raise Http404
    return int(text)


@course_page
def show(visit: Visit, milestone: str) -> HttpResponse:
    row = milestone_of(visit, milestone)
    presentation = presentation_of(row)
    if visit.request.method == "POST":
        return act(visit, presentation)
    return page(visit, presentation)


def page(visit: Visit, presentation: Presentation, status: int = 200) -> HttpResponse:
    team = team_of(visit.student) if visit.student else None
    table = timetable.timetable(presentation, team)
    now = timezone.now()
    return visit.page(
        "projects/talks/timetable.html",
        status=status,
        milestone=presentation.milestone,
        presentation=presentation,
        table=table,
        team=team,
        offers=list(timetable.offers_of(table.own)),
        may_book=team is not None and not presentation.locked(now),
        now=now,
        feeds=feeds(visit),
    )


def feeds(visit: Visit) -> dict[str, str]:
    return {scope: feed.address(visit.enrollment, scope) for scope in feed.SCOPES} if visit.enrollment else {}


def act(visit: Visit, presentation: Presentation) -> HttpResponse:
    """What the service refuses is told on the page."""
    chosen = ACTS.get(visit.request.POST.get("act", ""))
    if chosen is None or (visit.student is None) == (chosen in OF_STUDENTS) or presentation._state.adding:
        raise Http404
    try:
        done = chosen(visit, presentation, timezone.now())
    except ValidationError as problem:
        for message in problem.messages:
            messages.error(visit.request, message)
        return page(visit, presentation, status=400)
    except PermissionDenied:
        raise Http404 from None
    messages.success(visit.request, done)
    return back(visit, presentation)


def back(visit: Visit, presentation: Presentation) -> HttpResponse:
    return redirect("talks:timetable", visit.course.slug, presentation.milestone.slug)


def slot_of(presentation: Presentation, pk: int) -> Slot:
    found = get_object_or_404(Slot, pk=pk, presentation=presentation)
    found.presentation = presentation
    return found


def student(visit: Visit) -> Enrollment:
    assert visit.student
    return visit.student


def book(visit: Visit, presentation: Presentation, now: datetime) -> str:
    slot = slot_of(presentation, number(visit, "slot"))
    talk = talks.book(slot=slot, enrollment=student(visit), now=now)
    return f"Team {talk.team} presents {talks.when(talk)}."


def give_back(visit: Visit, presentation: Presentation, now: datetime) -> str:
    talks.give_back(presentation=presentation, enrollment=student(visit), now=now)
    return "Your slot is free again. Choose another one before bookings are fixed."


def offer(visit: Visit, presentation: Presentation, now: datetime) -> str:
    other = get_object_or_404(
        Talk.objects.select_related("team", "presentation"), pk=number(visit, "talk"), presentation=presentation
    )
    talks.offer_swap(other=other, enrollment=student(visit), now=now)
    return f"Team {other.team} is asked; nothing changes until they accept."


def own_offer(visit: Visit, presentation: Presentation) -> Offer:
    """One that this student's team has made or got."""
    team = team_of(student(visit))
    talk = Talk.objects.filter(presentation=presentation, team=team).first() if team else None
    return get_object_or_404(timetable.offers_of(talk), pk=number(visit, "offer"))


def accept(visit: Visit, presentation: Presentation, now: datetime) -> str:
    row = own_offer(visit, presentation)
    talks.answer_swap(offer=row, enrollment=student(visit), accepted=True, now=now)
    return f"Swapped with team {row.talk.team}."


def decline(visit: Visit, presentation: Presentation, now: datetime) -> str:
    row = own_offer(visit, presentation)
    talks.answer_swap(offer=row, enrollment=student(visit), accepted=False, now=now)
    return "Declined; everything stays as it was."


def withdraw(visit: Visit, presentation: Presentation, now: datetime) -> str:
    talks.withdraw_swap(offer=own_offer(visit, presentation), enrollment=student(visit))
    return "The offer is withdrawn."


def assign(visit: Visit, presentation: Presentation, now: datetime) -> str:
    slot = slot_of(presentation, number(visit, "slot"))
    team = (
        get_object_or_404(Team, course=visit.course, pk=number(visit, "team")) if visit.request.POST["team"] else None
    )
    talks.assign(slot=slot, team=team, by=visit.request.user)  # type: ignore[arg-type]
    return f"Team {team} is placed there, and is written to." if team else "The slot is free again."


def assign_rest(visit: Visit, presentation: Presentation, now: datetime) -> str:
    count = talks.assign_rest(presentation=presentation, by=visit.request.user, now=now)  # type: ignore[arg-type]
    return f"Placed and written to: {count} team{'' if count == 1 else 's'}."


def remove(visit: Visit, presentation: Presentation, now: datetime) -> str:
    talks.remove_slot(slot=slot_of(presentation, number(visit, "slot")), by=visit.request.user)  # type: ignore[arg-type]
    return "The slot is removed."


def release(visit: Visit, presentation: Presentation, now: datetime) -> str:
    feedback.release(presentation=presentation, by=visit.request.user, now=now)  # type: ignore[arg-type]
    return "Every team sees now what classmates wrote, without names."


def unrelease(visit: Visit, presentation: Presentation, now: datetime) -> str:
    feedback.release(presentation=presentation, by=visit.request.user, now=None)  # type: ignore[arg-type]
    return "Feedback is hidden from the teams again."


Act = Callable[[Visit, Presentation, datetime], str]
OF_STUDENTS: Sequence[Act] = (book, give_back, offer, accept, decline, withdraw)
OF_STAFF: Sequence[Act] = (assign, assign_rest, remove, release, unrelease)
ACTS: dict[str, Act] = {one.__name__: one for one in (*OF_STUDENTS, *OF_STAFF)}


@course_page
def printed(visit: Visit, milestone: str) -> HttpResponse:
    presentation = presentation_of(milestone_of(visit, milestone))
    return visit.page(
        "projects/talks/print.html",
        milestone=presentation.milestone,
        table=timetable.timetable(presentation, None),
        members=timetable.members(presentation),
        now=timezone.now(),
    )


def calendar(request: HttpRequest, token: str, scope: str) -> HttpResponse:
    """For calendar programs, which don't sign in: the address says who asks."""
    enrollment = feed.holder(token)
    if enrollment is None or scope not in feed.SCOPES:
        raise Http404
    headers = {"Content-Disposition": 'inline; filename="presentations.ics"', "Cache-Control": "private, max-age=300"}
    return HttpResponse(feed.calendar(enrollment, scope), "text/calendar; charset=utf-8", headers=headers)


@course_page
def open_slots(visit: Visit, milestone: str) -> HttpResponse:
    """Days, rooms, lengths; a preview first, then they are opened."""
    row = leading(visit, milestone)
    sent = visit.request.POST if visit.request.method == "POST" else None
    if sent is not None and sent.get("act") == "rules":
        return set_rules(visit, row)
    form = OpenForm(visit.course, sent)
    fresh, there = preview(row, form) if sent is not None and form.is_valid() else ([], [])
    if sent is not None and sent.get("act") == "open" and fresh:
        made = talks.open_slots(milestone=row, planned=fresh, by=visit.request.user)  # type: ignore[arg-type]
        messages.success(visit.request, f"{len(made)} slots are open.")
        return redirect("talks:timetable", visit.course.slug, row.slug)
    days = [(day, list(found)) for day, found in groupby(fresh, lambda one: timezone.localdate(one.starts))]
    return show_open(visit, row, form, fresh=fresh, there=there, days=days)


def show_open(visit: Visit, row: Milestone, form: OpenForm, **context: Any) -> HttpResponse:
    presentation = presentation_of(row)
    rules = context.pop("rules", None) or RulesForm(visit.course, instance=presentation)
    teams = Team.objects.filter(course=visit.course, memberships__left_at__isnull=True, memberships__isnull=False)
    return visit.page(
        "projects/talks/open.html",
        status=400 if form.errors or rules.errors else 200,
        milestone=row,
        form=form,
        rules=rules,
        teams=teams.distinct().count(),
        **context,
    )


def leading(visit: Visit, milestone: str) -> Milestone:
    if not visit.leads:
        raise Http404
    return milestone_of(visit, milestone)


def preview(milestone: Milestone, form: OpenForm) -> tuple[list[Planned], list[Planned]]:
    """What would be opened, and what would be in the way of a slot that is there."""
    rows = Slot.objects.filter(presentation__milestone=milestone)
    taken = [Planned(slot.starts_at, slot.ends_at, slot.room) for slot in rows]
    fresh: list[Planned] = []
    there: list[Planned] = []
    for one in form.planned:
        (there if clashes(one, [*taken, *fresh]) else fresh).append(one)
    return fresh, there


def set_rules(visit: Visit, row: Milestone) -> HttpResponse:
    form = RulesForm(visit.course, visit.request.POST, instance=presentation_of(row))
    if form.is_valid():
        try:
            talks.set_rules(milestone=row, by=visit.request.user, **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(visit.request, "Saved.")
            return redirect("talks:open", visit.course.slug, row.slug)
        except ValidationError as problem:
            form.add_error(None, problem)
    return show_open(visit, row, OpenForm(visit.course), rules=form)


@course_page
def slot(visit: Visit, milestone: str, slot: int) -> HttpResponse:
    """Another time or another room for one slot."""
    row = leading(visit, milestone)
    found = slot_of(presentation_of(row), slot)
    form = SlotForm(visit.request.POST if visit.request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        try:
            talks.change_slot(slot=found, by=visit.request.user, **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(visit.request, "Changed. The team in it is written to, and calendars follow.")
            return redirect("talks:timetable", visit.course.slug, row.slug)
        except ValidationError as problem:
            form.add_error(None, problem.messages)
    return visit.page("projects/talks/slot.html", status=400 if form.errors else 200, milestone=row, form=form)


@course_page
def talk(visit: Visit, milestone: str, talk: int) -> HttpResponse:
    """One talk: a classmate writes, the team reads what is released, staff read all and with names."""
    row = milestone_of(visit, milestone)
    rows = Talk.objects.visible_to(visit.request.user).filter(presentation__milestone=row)
    found = get_object_or_404(rows.select_related("team", "slot", "presentation__milestone__course"), pk=talk)
    team = team_of(visit.student) if visit.student else None
    if visit.request.method == "POST":
        return hear(visit, found)
    is_own = team is not None and found.team_id == team.pk
    return show_talk(visit, found, is_own=is_own)


def show_talk(visit: Visit, talk: Talk, *, is_own: bool, form: FeedbackForm | None = None) -> HttpResponse:
    mine = Feedback.objects.filter(talk=talk, author=visit.student).first() if visit.student else None
    opened = talk.slot is not None and talk.slot.starts_at <= timezone.now()
    may_write = bool(visit.student) and not is_own and opened and not talk.presentation.feedback_released_at
    return visit.page(
        "projects/talks/talk.html",
        status=400 if form else 200,
        milestone=talk.presentation.milestone,
        presentation=talk.presentation,
        talk=talk,
        is_own=is_own,
        said=said_to(visit, talk, is_own=is_own),
        mine=mine,
        form=(form or FeedbackForm(initial={"text": mine.text if mine else ""})) if may_write else None,
    )


def said_to(visit: Visit, talk: Talk, *, is_own: bool) -> Sequence[Feedback]:
    """Staff: all of it. The team: what is released, in an order that tells neither who wrote nor when."""
    rows = Feedback.objects.filter(talk=talk)
    if visit.is_staff:
        return list(rows.select_related("author__user"))
    if not is_own or talk.presentation.feedback_released_at is None:
        return []
    return sorted(rows.filter(withheld=False), key=lambda row: sha256(row.text.encode()).digest())


def hear(visit: Visit, found: Talk) -> HttpResponse:
    here = redirect("talks:talk", visit.course.slug, found.presentation.milestone.slug, found.pk)
    if visit.student is None:
        return judge_feedback(visit, found, here)
    form = FeedbackForm(visit.request.POST)
    if form.is_valid():
        try:
            feedback.write(talk=found, author=visit.student, now=timezone.now(), text=form.cleaned_data["text"])
            messages.success(visit.request, "Thank you. The team will read it without your name.")
            return here
        except ValidationError as problem:
            form.add_error(None, problem.messages)
    return show_talk(visit, found, is_own=False, form=form)


def judge_feedback(visit: Visit, found: Talk, here: HttpResponse) -> HttpResponse:
    row = get_object_or_404(
        Feedback.objects.select_related("talk__team__course"), pk=number(visit, "feedback"), talk=found
    )
    feedback.withhold(feedback=row, by=visit.request.user, withheld="withhold" in visit.request.POST)  # type: ignore[arg-type]
    return here
