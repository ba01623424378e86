"""What changes the roster."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from .models import Course, Enrollment, Role, Section, Status, User

REQUIRED = ("Student", "SIS Login ID", "Section")


def rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a roster CSV with their numbers; a comma or a semicolon separates."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        head = text.readline()
        text.seek(0)
        reader = csv.DictReader(text, delimiter=";" if head.count(";") > head.count(",") else ",")
        lacking = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
        if lacking:
            raise ValidationError(f"{file.name} has no column {', '.join(lacking)}.")
        for row in reader:
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}


@transaction.atomic
def roster_import(*, course: Course, file: Path) -> tuple[int, int]:
    """All or nothing; returns how many enrolments were made and how many were there. Whoever is absent from the
    file stays as they are."""
    made, mistakes = 0, []
    found = list(rows(file))
    for line, row in found:
        try:
            made += enroll(course=course, row=row)
        except ValidationError as problem:
            mistakes += [f"{file.name}:{line}: {message}" for message in problem.messages]
    if mistakes:
        raise ValidationError(mistakes)
    return made, len(found) - made


def enroll(*, course: Course, row: Mapping[str, str]) -> bool:
    """One line of the roster; True when the person was not enrolled before."""
    section = Section.objects.filter(course=course, name__iexact=row["Section"]).first()
    if row["Section"] and section is None:
        raise ValidationError(f"There is no section “{row['Section']}” in {course.slug}.")
    role = row.get("Role") or Role.STUDENT
    if role not in Role.values:
        raise ValidationError(f"“{role}” is no role; write {', '.join(Role.values)}.")
    values = {"section": section, "role": role, "status": Status.ACTIVE}
    _, created = Enrollment.objects.update_or_create(course=course, user=person(row), defaults=values)
    return created


def person(row: Mapping[str, str]) -> User:
    """The account with this e-mail address, made without a password when there is none."""
    email = row["SIS Login ID"].lower()
    validate_email(email)
    last, _, first = row["Student"].partition(",")
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, name=f"{first.strip()} {last.strip()}".strip())
    user.sort_name = row["Student"] or user.sort_name
    user.canvas_id, user.sis_id = row.get("ID") or user.canvas_id, row.get("SIS User ID") or user.sis_id
    user.save()
    return user
