"""Handing in a homework set: files, and for each problem who is acknowledged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from coursesite.handin import services as handin
from coursesite.handin.models import Problem, Submission
from coursesite.roster.models import Enrollment

from ..models import Acknowledgement, Homework


@dataclass(frozen=True)
class Credit:
    """Who helped with one problem: classmates by their enrolment, and others (people, sources, tools) as text.
    Neither means that the student says: nobody."""

    classmates: frozenset[int] = frozenset()
    others: str = ""


Credits = Mapping[int, Credit]  # by the problem's number


def submit(
    *, homework: Homework, enrollment: Enrollment, delivery: handin.Delivery, acknowledged: Credits
) -> tuple[Submission, bool]:
    """The student's version, and whether it is new; every problem needs its acknowledgement."""
    check(homework, enrollment, acknowledged)
    return handin.submit(
        assignment=homework,
        owner=enrollment,
        author=enrollment.user,
        delivery=delivery,
        same=lambda current: credits_of(current) == dict(acknowledged),
        add=lambda made: recorded(made, acknowledged),
    )


def check(homework: Homework, enrollment: Enrollment, acknowledged: Credits) -> None:
    if {problem.number for problem in homework.problems.all()} != set(acknowledged):
        raise ValidationError("Say for each problem who worked on it with you, or that nobody did.")
    named = {pk for credit in acknowledged.values() for pk in credit.classmates}
    if not named:
        return
    mates = Enrollment.objects.active().students().filter(course=homework.course_id).exclude(pk=enrollment.pk)
    if set(mates.filter(pk__in=named).values_list("pk", flat=True)) != named:
        raise ValidationError("Only classmates of this course can be acknowledged as such; name others as text.")


def recorded(submission: Submission, acknowledged: Credits) -> Iterator[list[models.Model]]:
    """The rows, first of all problems and then of the classmates named for them."""
    rows = [acknowledgement(submission, problem, acknowledged) for problem in submission.assignment.problems.all()]
    yield [*rows]
    named = Acknowledgement.classmates.through
    yield [
        named(acknowledgement_id=row.pk, enrollment_id=mate)
        for row in rows
        for mate in acknowledged[row.problem.number].classmates
    ]


def acknowledgement(submission: Submission, problem: Problem, acknowledged: Credits) -> Acknowledgement:
    credit = acknowledged[problem.number]
    nobody = not credit.classmates and not credit.others
    row = Acknowledgement(submission=submission, problem=problem, nobody=nobody, others=credit.others)
    if credit.others:
        row.clean_fields(exclude=["submission", "problem"])
    return row


def credits_of(submission: Submission) -> dict[int, Credit]:
    rows = submission.acknowledgements.select_related("problem").prefetch_related("classmates")
    return {row.problem.number: Credit(frozenset(mate.pk for mate in row.classmates.all()), row.others) for row in rows}
