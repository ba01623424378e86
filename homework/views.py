"""Homework sets for students, and for staff as students see them."""

import re

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.handin.queries import handouts, lacking
from coursesite.handin.views import to_receipt
from coursesite.roster.access import Visit, course_page, opens_with
from coursesite.roster.models import Enrollment, User

from . import queries, services
from .forms import MOST_FOUND, HandInForm, found_by
from .models import Homework


@course_page
def index(visit: Visit) -> HttpResponse:
    now = timezone.now()
    sets = list(Homework.objects.filter(course=visit.course).with_own_rule(visit.student).prefetch_related("parts"))
    own = Submission.objects.current().filter(assignment__in=sets, enrollment=visit.student) if visit.student else None
    current = {row.assignment_id: row for row in (own.prefetch_related("files") if own is not None else [])}
    for homework in sets:
        if homework.pk in current:
            current[homework.pk].rule = homework.own_rule  # known already, so that lateness asks nothing more
    found = [(homework, current.get(homework.pk)) for homework in sets]
    rows = [(homework, row, lacking(homework, [row]) if row else []) for homework, row in found]
    return visit.page("homework/index.html", rows=rows, now=now)


def opened(user: User, slug: str, homework: str) -> tuple[Enrollment, Homework | None] | None:
    return queries.opened(user, slug, homework, timezone.now())


@opens_with(opened)
def detail(visit: Visit, homework: str) -> HttpResponse:
    found = one(visit, homework)
    form = HandInForm(visit.request, found, visit.student) if visit.student else None
    if form and form.is_bound and form.is_valid():
        done = hand_in(visit, found, form)
        if done:
            return done
    return show(visit, found, form)


def one(visit: Visit, slug: str) -> Homework:
    """The set, as this person may see it now."""
    if visit.opened:
        return visit.opened  # type: ignore[no-any-return]
    if visit.student:
        raise Http404
    mine = Homework.objects.visible_to(visit.request.user, now=timezone.now()).filter(course=visit.course)
    return get_object_or_404(mine.with_own_rule(None), slug=slug)  # type: ignore[no-any-return]


@course_page
def mates(visit: Visit, homework: str) -> HttpResponse:
    """While a name is typed: the classmates that it may be."""
    mine = Homework.objects.visible_to(visit.request.user, now=timezone.now())
    get_object_or_404(mine, course=visit.course, slug=homework)
    if visit.student is None:
        raise Http404
    typed = next((str(text) for name, text in visit.request.GET.items() if name.startswith("mates-")), "")
    words = re.split(r"[,;]", typed)[-1].strip()[:100]
    names = found_by(words, visit.student) if words else []
    return visit.page("homework/_mates.html", names=names[:MOST_FOUND], more=len(names) > MOST_FOUND, words=words)


def hand_in(visit: Visit, homework: Homework, form: HandInForm) -> HttpResponse | None:
    assert visit.student
    try:
        made, new = services.submit(
            homework=homework, enrollment=visit.student, delivery=form.delivery(), acknowledged=form.acknowledged
        )
    except ValidationError as problem:
        form.refuse(problem)
        return None
    return to_receipt(made, new)


def show(visit: Visit, homework: Homework, form: HandInForm | None) -> HttpResponse:
    versions = list[Submission]()
    if visit.student:
        versions = list(
            homework.submissions.filter(enrollment=visit.student).prefetch_related("files__file", "files__part")
        )
    now = timezone.now()
    return visit.page(
        "homework/detail.html",
        status=400 if form and form.is_bound else 200,
        homework=homework,
        problems=homework.problems.all(),
        handouts=handouts(visit, homework),
        shows_solutions=homework.shows_solutions(now),
        form=form,
        versions=versions,
        lacking=lacking(homework, versions),
        is_open=now <= homework.own_rule.closes_at,
        now=now,
    )
