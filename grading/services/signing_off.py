"""The end of the term: the instructor signs the grades as they are; what changes afterwards is an amendment."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction

from coursesite.roster.models import Course, Enrollment, Status, User

from .. import permissions
from ..models import AUDITS, Amendment, FinalGrade, Override, SignOff
from . import computing, telling
from .export import Line
from .export_shapes import safe

BATCH = 1000
HEAD = ["Student", "SIS User ID", "SIS Login ID", "Section", "Letter", "Signed letter", "Amended", "Reason"]


@dataclass(frozen=True)
class Grade:
    """One student's final percent and letter, as computed now or as set by hand."""

    enrollment: Enrollment
    final: Decimal | None
    letter: str

    @property
    def plain(self) -> str:
        return f"{'' if self.final is None else self.final} {self.letter}".strip()


@dataclass(frozen=True)
class Row:
    """What was signed for a student, what was changed since, and what would be signed now."""

    enrollment: Enrollment
    signed: FinalGrade | None
    amendments: tuple[Amendment, ...]
    now: Grade | None

    @property
    def official(self) -> FinalGrade | Amendment | None:
        return self.amendments[-1] if self.amendments else self.signed

    @property
    def differs(self) -> bool:
        if self.now is None:
            return False
        there = self.official
        return there is None or (there.final, there.letter) != (self.now.final, self.now.letter)


def grades(course: Course) -> list[Grade]:
    """Of all active students who take it for a grade, from the scores as they are now, by name."""
    students = Enrollment.objects.filter(course=course).students().active().select_related("user", "section")
    rows = list(students.order_by("user__sort_name", "pk"))
    by_hand = dict(Override.objects.filter(enrollment__course=course).values_list("enrollment", "letter"))
    computed = {}
    for start in range(0, len(rows), BATCH):
        for row in computing.computed(course, [student.pk for student in rows[start : start + BATCH]]):
            computed[row["enrollment_id"]] = row["final"], row["letter"]
    found = (Grade(s, computed[s.pk][0], by_hand.get(s.pk, computed[s.pk][1])) for s in rows)
    return [grade for grade in found if grade.letter != AUDITS]


def digest(course: Course, numbers: list[Grade]) -> str:
    """Of the grades in the order of the enrolments: the same numbers give the same digest, wherever it is computed."""
    ordered = sorted(numbers, key=lambda grade: grade.enrollment.pk)
    lines = [course.slug, *(f"{g.enrollment.pk} {g.enrollment.user.email} {g.plain}" for g in ordered)]
    return sha256("\n".join(lines).encode()).hexdigest()


def standing(course: Course) -> SignOff | None:
    return SignOff.objects.filter(course=course, withdrawn_at=None).select_related("signed_by").first()


def signed_digest(sign_off: SignOff) -> str:
    """Computed anew from what is stored, so that a page can say that nothing was touched."""
    rows = FinalGrade.objects.filter(sign_off=sign_off).select_related("enrollment__user")
    return digest(sign_off.course, [Grade(row.enrollment, row.final, row.letter) for row in rows])


@transaction.atomic
def sign(*, course: Course, by: User, seen: str, now: datetime) -> SignOff:
    """Fixes the grades that were looked at; `seen` is their digest."""
    locked(course, by)
    if standing(course):
        raise ValidationError("The grades of this course are signed off already.")
    numbers = grades(course)
    if digest(course, numbers) != seen:
        raise ValidationError("Grades have changed since this page was made. Look at them again, and then sign.")
    if not numbers:
        raise ValidationError("There is nobody to grade yet.")
    made = SignOff(course=course, signed_by=by, signed_at=now, digest=seen)
    made.full_clean()
    made.save()
    FinalGrade.objects.bulk_create(
        FinalGrade(sign_off=made, enrollment=g.enrollment, final=g.final, letter=g.letter)  # type: ignore[misc]
        for g in numbers
    )
    return made


@transaction.atomic
def amend(*, course: Course, student: int, by: User, reason: str, seen: str, now: datetime) -> Amendment:
    """The student's grade as it is now takes the place of the signed one, which stays beside it."""
    sign_off = to_amend(course, by, reason)
    row = next((row for row in rows(sign_off) if row.enrollment.pk == student), None)
    if row is None or row.now is None or not row.differs:
        raise ValidationError("This grade is as it was signed. Change the score, or set the letter by hand, first.")
    if row.now.plain != seen:
        raise ValidationError("This grade has changed since the page was made. Look at it again.")
    return amended(sign_off, row.now, by, reason, now)


@transaction.atomic
def amend_all(*, course: Course, by: User, reason: str, seen: str, now: datetime) -> int:
    """All grades that differ at once, for one reason; `seen` is the digest of what they are to be. Returns how many."""
    sign_off = to_amend(course, by, reason)
    numbers = [row.now for row in rows(sign_off) if row.now and row.differs]
    if not numbers:
        raise ValidationError("All grades are as they were signed.")
    if digest(course, numbers) != seen:
        raise ValidationError("Grades have changed since the page was made. Look at them again.")
    for grade in numbers:
        amended(sign_off, grade, by, reason, now)
    return len(numbers)


def to_amend(course: Course, by: User, reason: str) -> SignOff:
    locked(course, by)
    sign_off = standing(course)
    if sign_off is None:
        raise ValidationError("The grades of this course are not signed off.")
    if not reason.strip():
        raise ValidationError("Say why the signed grade is changed.")
    return sign_off


def amended(sign_off: SignOff, grade: Grade, by: User, reason: str, now: datetime) -> Amendment:
    made = Amendment(sign_off=sign_off, enrollment=grade.enrollment, letter=grade.letter, by=by, at=now)
    made.reason, made.final = reason.strip(), grade.final  # type: ignore[assignment]
    made.full_clean(exclude=["sign_off", "enrollment", "by"])
    made.save()
    telling.amended(grade.enrollment)
    return made


@transaction.atomic
def withdraw(*, course: Course, by: User, reason: str, now: datetime) -> None:
    """Grades may be signed anew; who signed and who took it back is kept."""
    locked(course, by)
    sign_off = standing(course)
    if sign_off is None:
        raise ValidationError("The grades of this course are not signed off.")
    if not reason.strip():
        raise ValidationError("Say why the signature is taken back.")
    sign_off.withdrawn_by, sign_off.withdrawn_at, sign_off.withdrawn_reason = by, now, reason.strip()
    sign_off.full_clean()
    sign_off.save()


def locked(course: Course, by: User) -> None:
    permissions.check_leads(by, course)
    # Locked: two instructors may sign or amend at once; scores of these students wait for us.
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    students = Enrollment.objects.filter(course=course).order_by("pk")
    list(students.select_for_update(no_key=True).values_list("pk", flat=True))


def rows(sign_off: SignOff) -> list[Row]:
    """Whoever was signed, and who came since, by name; a fixed number of queries."""
    now = {grade.enrollment.pk: grade for grade in grades(sign_off.course)}
    related = ("enrollment__user", "enrollment__section")
    signed = {g.enrollment_id: g for g in FinalGrade.objects.filter(sign_off=sign_off).select_related(*related)}
    amendments: dict[int, list[Amendment]] = {}
    for row in Amendment.objects.filter(sign_off=sign_off).select_related("by", *related):
        amendments.setdefault(row.enrollment_id, []).append(row)
    people = {pk: grade.enrollment for pk, grade in signed.items()}
    people |= {pk: grade.enrollment for pk, grade in now.items()}
    found = [Row(who, signed.get(pk), tuple(amendments.get(pk, ())), now.get(pk)) for pk, who in people.items()]
    return sorted(found, key=lambda row: (row.enrollment.user.sort_name, row.enrollment.pk))


def letter_list(sign_off: SignOff) -> list[Row]:
    """For the registrar: active students with the letter that counts; auditors are not among them."""
    return [row for row in rows(sign_off) if row.official and row.enrollment.status == Status.ACTIVE]


def letters(sign_off: SignOff) -> Iterator[str]:
    """The same as CSV; an amended letter stands there with the signed one, the day in the course's zone and why."""
    writer = csv.writer(Line(), lineterminator="\r\n")
    yield writer.writerow(HEAD)
    for row in letter_list(sign_off):
        user, section = row.enrollment.user, row.enrollment.section
        told = [user.sort_name, user.sis_id, user.email, section.name if section else "", row.official.letter]  # type: ignore[union-attr]
        yield writer.writerow([safe(text) for text in told + since(sign_off, row)])


def since(sign_off: SignOff, row: Row) -> list[str]:
    signed = row.signed.letter if row.signed else ""
    if not row.amendments:
        return [signed, "", ""]
    last = row.amendments[-1]
    return [signed, f"{last.at.astimezone(sign_off.course.zone):%Y-%m-%d}", last.reason]


def of_student(student: Enrollment) -> Row | None:
    """What was signed for one student and what was changed since; None while nothing is. `now` is not asked."""
    sign_off = standing(student.course)
    if sign_off is None:
        return None
    signed = FinalGrade.objects.filter(sign_off=sign_off, enrollment=student).select_related("sign_off__signed_by")
    changed = Amendment.objects.filter(sign_off=sign_off, enrollment=student).select_related("by")
    row = Row(student, signed.first(), tuple(changed), None)
    return row if row.official else None
