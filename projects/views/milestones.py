"""A milestone: what it asks, and handing in for the team."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from coursesite.handin.forms import FilesForm
from coursesite.handin.queries import handouts, lacking
from coursesite.handin.views import to_receipt
from coursesite.roster.access import Visit, course_page

from .. import services
from ..models import Milestone


@course_page
def milestone(visit: Visit, milestone: str) -> HttpResponse:
    visible = Milestone.objects.visible_to(visit.request.user, now=timezone.now()).filter(course=visit.course)
    row = get_object_or_404(visible.with_own_rule(visit.student), slug=milestone)
    team = services.team_of(visit.student) if visit.student else None
    form = FilesForm(visit.request, row) if team else None
    if form and form.is_bound and form.is_valid():
        done = hand_in(visit, row, form)
        if done:
            return done
    mine = row.submissions.filter(team=team).prefetch_related("files__file", "files__part")
    versions = list(mine) if team else []
    return visit.page(
        "projects/milestone.html",
        status=400 if form and form.is_bound else 200,
        milestone=row,
        problems=row.problems.all(),
        handouts=handouts(visit, row),
        shows_solutions=row.shows_solutions(timezone.now()),
        team=team,
        form=form,
        versions=versions,
        lacking=lacking(row, versions),
        is_open=timezone.now() <= row.own_rule.closes_at,
    )


def hand_in(visit: Visit, milestone: Milestone, form: FilesForm) -> HttpResponse | None:
    assert visit.student
    try:
        made, new = services.submit(milestone=milestone, enrollment=visit.student, delivery=form.delivery())
    except ValidationError as problem:
        form.refuse(problem)
        return None
    return to_receipt(made, new)
