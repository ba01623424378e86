"""A few regrade requests of invented students: answered upwards, answered without a change, open, and with the
instructor."""

from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from coursesite.handin.models import Submission
from grading.models import Item, Mark, Regrade
from grading.services import regrades
from grading.services.marking import Given
from homework.models import Homework

REASONS = (
    (2, "My second step follows from the first: the reason stands on page 2, at the bottom."),
    (1, "I think that the constant is right if the step size is halved as in lecture 4."),
    (3, "The notebook shows the plot that the comment misses, in the last cell."),
    (2, "The problem can be read in two ways; I solved the other one."),
)
ANSWERS = (
    (Decimal(2), "You are right, it is there."),
    (Decimal(0), "The step size is not halved here, so the points stay."),
)


def ask_and_answer(homework: Homework) -> None:
    asked = [ask(asks_about(homework, number, at), number, reason) for at, (number, reason) in enumerate(REASONS)]
    for one, (more, said) in zip(asked, ANSWERS, strict=False):
        answer(one, more, said)
    for one in asked[3:]:
        assert one.assigned_to
        regrades.escalate(asked=one, by=one.assigned_to, text="Both readings are fair.", now=timezone.now())


def asks_about(homework: Homework, number: int, at: int) -> Submission:
    """Of somebody who lost points there, each time another one."""
    lost = Mark.objects.filter(problem__number=number, points__lte=F("problem__points") - 2)
    works = Submission.objects.current().filter(assignment=homework, pk__in=lost.values("submission"))
    return works.select_related("enrollment__user").order_by("enrollment__user__sort_name")[at]


def ask(work: Submission, number: int, reason: str) -> Regrade:
    item = Item.objects.select_related("category__course", "assignment").get(assignment=work.assignment_id)
    problem = work.assignment.problems.get(number=number)
    assert work.enrollment
    return regrades.ask(item=item, problem=problem, student=work.enrollment, reason=reason, now=timezone.now())


def answer(one: Regrade, more: Decimal, said: str) -> None:
    mark = Mark.objects.get(submission=one.submission, problem=one.problem)
    given = Given(one.problem.number, min(mark.points + more, one.problem.points), mark.comment, mark.version)
    assert one.assigned_to
    regrades.answer(asked=one, by=one.assigned_to, given=given, text=said, now=timezone.now())
