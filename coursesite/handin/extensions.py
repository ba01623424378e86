"""More time: asked for by students, granted by staff or by the course's rule, and recorded."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from coursesite.roster import letters
from coursesite.roster.models import Course, Enrollment, Membership, Role, Status, Team, User
from coursesite.roster.moments import plausible

from .models import Assignment, Extension, ExtensionRequest, RequestState, owned_by
from .signals import extension_changed

LONGEST = timedelta(days=120)
Owner = Enrollment | Team


def owner_of(assignment: Assignment, student: Enrollment) -> Owner:
    """Who would be given more time: the student, or the team for what teams hand in."""
    if not assignment.by_team:
        return student
    membership = Membership.objects.current().filter(enrollment=student).select_related("team").first()
    if membership is None:
        raise ValidationError("Join a team first: more time is given to teams.")
    return membership.team


@transaction.atomic
def ask(*, assignment: Assignment, student: Enrollment, wished: datetime, reason: str) -> ExtensionRequest:
    """Granted at once where the course's rule allows it, else staff decide."""
    # Locked: the rule counts what this student was given before.
    Enrollment.objects.select_for_update(no_key=True).get(pk=student.pk)
    if student.role != Role.STUDENT or student.status != Status.ACTIVE or assignment.course_id != student.course_id:
        raise ValidationError("Only students of the course ask for more time.")
    owner = owner_of(assignment, student)
    check_until(assignment, owner, wished)
    if not reason.strip():
        raise ValidationError({"reason": "Say what keeps you."})
    asked = ExtensionRequest(assignment=assignment, enrollment=student, wished=wished, reason=reason.strip())
    asked.team = owner if isinstance(owner, Team) else None
    asked.full_clean()
    asked.save()
    if by_rule(asked):
        settle(asked, RequestState.GRANTED, by=None, answer="Granted by the rule of the course.")
        give(assignment, owner, wished, reason=asked.reason, by=None)
    return asked


def check_until(assignment: Assignment, owner: Owner, until: datetime) -> None:
    rule = assignment.rule_for(owner)
    if until <= rule.closes_at:
        raise ValidationError({"wished": "Until then work is taken anyway; choose a later moment."})
    if until > assignment.due_at + LONGEST:
        raise ValidationError({"wished": f"Choose a moment within {LONGEST.days} days of the deadline."})


def by_rule(asked: ExtensionRequest) -> bool:
    """Asked in time, for not too long, and not too often before."""
    course, due = asked.assignment.course, asked.assignment.due_at
    before = ExtensionRequest.objects.filter(enrollment=asked.enrollment, at_once=True).count()
    longest = due + timedelta(hours=course.extension_hours)
    asked.at_once = before < course.extensions_at_once and timezone.now() <= due and asked.wished <= longest
    return asked.at_once


@transaction.atomic
def grant(
    *, assignment: Assignment, owner: Owner, until: datetime, reason: str, by: User, with_penalty: bool = False
) -> Extension:
    """Staff give more time, asked or not; an extension that is there is replaced, and its history kept."""
    check_staff(by, assignment.course)
    if owner.course_id != assignment.course_id or assignment.by_team != isinstance(owner, Team):
        raise ValidationError("Teams are given more time for milestones, students for homework, each in their course.")
    if until <= assignment.due_at:
        raise ValidationError({"until": "This is not later than the common deadline."})
    plausible(until)
    return give(assignment, owner, until, reason=reason, by=by, with_penalty=with_penalty)


def give(
    assignment: Assignment, owner: Owner, until: datetime, *, reason: str, by: User | None, with_penalty: bool = False
) -> Extension:
    # What is longer stands in full with the request.
    values = {"until": until, "reason": shortened(reason), "granted_by": by, "with_penalty": with_penalty}
    found, _ = Extension.objects.update_or_create(assignment=assignment, **owned_by(owner), defaults=values)
    extension_changed.send(Extension, assignment=assignment, owner=owner)
    terms = "; lateness counts from the common deadline" if with_penalty else ""
    tell(assignment, owner, f"Your deadline for {assignment} is now {local(assignment, until)}{terms}.")
    return found


def shortened(reason: str) -> str:
    most: int = Extension._meta.get_field("reason").max_length  # type: ignore[assignment]
    return reason if len(reason) <= most else f"{reason[: most - 1]}…"


@transaction.atomic
def take_back(*, extension: Extension, by: User) -> None:
    check_staff(by, extension.assignment.course)
    assignment, owner = extension.assignment, extension.owner
    extension.delete()
    extension_changed.send(Extension, assignment=assignment, owner=owner)
    tell(
        assignment,
        owner,
        f"The common deadline of {assignment} holds for you again: {local(assignment, assignment.due_at)}.",
    )


@transaction.atomic
def answer(
    *, asked: ExtensionRequest, by: User, granted: bool, until: datetime | None = None, with_penalty: bool = False,
    answer: str = "",
) -> None:  # fmt: skip
    """Staff decide once; `until` may differ from what was wished for."""
    check_staff(by, asked.assignment.course)
    asked = ExtensionRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if asked.state != RequestState.OPEN:
        raise ValidationError(f"This request is {asked.get_state_display().lower()} already.")
    if granted:
        owner = asked.team or asked.enrollment
        grant(
            assignment=asked.assignment, owner=owner, until=until or asked.wished, reason=asked.reason, by=by,
            with_penalty=with_penalty,
        )  # fmt: skip
    else:
        said = f" {answer}" if answer else ""
        tell(asked.assignment, asked.enrollment, f"More time for {asked.assignment} was not granted.{said}")
    settle(asked, RequestState.GRANTED if granted else RequestState.REFUSED, by=by, answer=answer)


@transaction.atomic
def withdraw(*, asked: ExtensionRequest, student: Enrollment) -> None:
    mine = ExtensionRequest.objects.filter(pk=asked.pk, enrollment=student, state=RequestState.OPEN)
    if not mine.update(state=RequestState.WITHDRAWN, answered_at=timezone.now()):
        raise ValidationError("This request is answered already.")


def settle(asked: ExtensionRequest, state: RequestState, *, by: User | None, answer: str) -> None:
    asked.state, asked.answered_by, asked.answered_at, asked.answer = state, by, timezone.now(), answer
    asked.save()


def check_staff(user: User, course: Course) -> None:
    if not Course.objects.staffed_by(user).filter(pk=course.pk).exists():
        raise PermissionDenied


def local(assignment: Assignment, moment: datetime) -> str:
    zone = assignment.course.zone
    return f"{moment.astimezone(zone):%a %d %b %Y, %H:%M} ({zone})"


def tell(assignment: Assignment, owner: Owner, said: str) -> None:
    people = [owner.user] if isinstance(owner, Enrollment) else [m.enrollment.user for m in owner.memberships.current()]
    address = f"{settings.SITE_URL}/c/{assignment.course.slug}/"
    letters.post(people, f"{assignment}: deadline", f"{said}\n\n{address}")
