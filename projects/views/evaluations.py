"""Teammate evaluation, as a student answers it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from coursesite.roster.access import Visit, course_page
from coursesite.roster.models import Enrollment

from ..forms.evaluations import RatingsForm
from ..models import Evaluation, Milestone, Rating
from ..services import evaluations
from .talks import milestone_of


@course_page
def show(visit: Visit, milestone: str) -> HttpResponse:
    row = milestone_of(visit, milestone)
    evaluation = Evaluation.objects.filter(milestone=row).first()
    if evaluation:
        evaluation.milestone = row
    form = form_for(visit, visit.student, evaluation) if visit.student else None
    if visit.student and evaluation and form and form.is_bound and form.is_valid():
        try:
            evaluations.rate(evaluation=evaluation, rater=visit.student, said=form.said(), now=timezone.now())
            messages.success(visit.request, "Thank you. Only the staff read it; you can change it until it closes.")
            return redirect("evaluations:show", visit.course.slug, row.slug)
        except ValidationError as problem:
            form.add_error(None, problem)
    return page(visit, row, evaluation, form)


def form_for(visit: Visit, student: Enrollment, evaluation: Evaluation | None) -> RatingsForm | None:
    if evaluation is None or not evaluation.is_open(timezone.now()):
        return None
    mates = evaluations.teammates(evaluation.milestone, student)
    stored = {row.ratee_id: row for row in Rating.objects.filter(evaluation=evaluation, rater=student)}
    sent = visit.request.POST if visit.request.method == "POST" else None
    return RatingsForm(mates, stored, sent) if mates else None


def page(visit: Visit, row: Milestone, evaluation: Evaluation | None, form: RatingsForm | None) -> HttpResponse:
    answered = bool(evaluation) and Rating.objects.filter(evaluation=evaluation, rater=visit.student).exists()
    return visit.page(
        "projects/evaluation.html",
        status=400 if form and form.errors else 200,
        milestone=row,
        evaluation=evaluation,
        form=form,
        answered=answered,
        now=timezone.now(),
    )
