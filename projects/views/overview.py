"""All teams for staff: who is missing what, and moving, splitting and merging."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from coursesite.handin import sight
from coursesite.roster.access import Visit, course_page

from .. import overview as overviews
from .. import services
from ..forms import MergeForm, MoveForm, SplitForm
from ..models import Milestone


@course_page
def overview(visit: Visit) -> HttpResponse:
    if not visit.is_staff:
        raise Http404
    if visit.request.method == "POST":
        return act(visit)
    return show(visit)


def show(visit: Visit, status: int = 200) -> HttpResponse:
    return visit.page(
        "projects/overview.html",
        status=status,
        overview=overviews.overview(visit.course),
        nameless=set(Milestone.objects.filter(sight.nameless(visit.request.user), course=visit.course)),
        move_form=MoveForm(visit.course, auto_id="move-%s"),
        merge_form=MergeForm(visit.course, auto_id="merge-%s"),
    )


def act(visit: Visit) -> HttpResponse:
    chosen = ACTS.get(visit.request.POST.get("act", ""))
    if chosen is None:
        raise Http404
    try:
        done = chosen(visit)
    except ValidationError as problem:
        for message in problem.messages:
            messages.error(visit.request, message)
        return show(visit, status=400)
    messages.success(visit.request, done)
    return redirect("projects:overview", visit.course.slug)


def told(form: MoveForm | MergeForm | SplitForm) -> dict[str, object]:
    """The form's values; its mistakes are told as the service tells its own."""
    if not form.is_valid():
        found = ((form.fields[name].label or name.capitalize(), said) for name, said in form.errors.items())
        raise ValidationError([f"{label}: {' '.join(map(str, said))}" for label, said in found])
    return form.cleaned_data


def move(visit: Visit) -> str:
    found = told(MoveForm(visit.course, visit.request.POST))
    student = found.pop("student")
    services.move(enrollment=student, by=visit.request.user, **found)  # type: ignore[arg-type]
    return f"{student.user} is {'in team ' + str(found['team']) if found['team'] else 'in no team'} now."  # type: ignore[attr-defined]


def merge(visit: Visit) -> str:
    found = told(MergeForm(visit.course, visit.request.POST))
    services.merge(by=visit.request.user, **found)  # type: ignore[arg-type]
    return f"Everybody of team {found['team']} is in team {found['into']} now."


def split(visit: Visit) -> str:
    found = told(SplitForm(visit.course, visit.request.POST))
    made = services.split(by=visit.request.user, **found)  # type: ignore[arg-type]
    return f"Team {made} is made."


ACTS = {"move": move, "merge": merge, "split": split}
