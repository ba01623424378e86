"""Pages for staff that show teams beside the scores of a milestone."""

from functools import wraps
from typing import Any

from django.http import Http404, HttpResponseBase

from coursesite.handin.models import Assignment
from coursesite.roster.access import View, Visit, course_page
from projects.models import Milestone
from projects.views.talks import milestone_of

from .models import Arrangement, nameless, sealed


def milestone_page(view: View) -> View:
    """Hands the milestone on. It is not there for who is not staff, and closed to TAs while the milestone is graded
    without names: beside the names of teams, points would tell whose work it is."""

    @course_page
    @wraps(view)
    def handle(visit: Visit, milestone: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not visit.is_staff:
            raise Http404
        row = milestone_of(visit, milestone)
        if Assignment.objects.filter(nameless(visit.request.user), pk=row.pk).exists():
            return visit.page("grading/gradebook/closed.html", status=403, hidden=[row], milestone=row)
        return view(visit, row, *args, **kwargs)

    return handle


def marks_page(view: View) -> View:
    """A `milestone_page` that shows what teams were given: closed to TAs as well while they may read some of it a
    second time, unseen, and where each sees theirs alone."""

    @wraps(view)
    def handle(visit: Visit, row: Milestone, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user, shut = visit.request.user, "grading/gradebook/sealed_teams.html"
        if not visit.leads and Arrangement.objects.strict(user).filter(item__assignment=row).exists():
            return visit.page(shut, status=403, milestone=row, elsewhere=True)
        if not visit.leads and sealed(user).filter(submission__assignment=row).exists():
            return visit.page(shut, status=403, milestone=row)
        return view(visit, row, *args, **kwargs)

    return milestone_page(handle)
