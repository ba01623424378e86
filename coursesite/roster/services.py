"""What changes the roster."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower

from .models import Course, Enrollment, Role, Section, Status, User, sortable

BATCH = 1000
Progress = Callable[[Sequence[Any]], Iterable[Any]]  # what passes rows on and shows how many have passed
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


@dataclass(frozen=True)
class Line:
    """One person of the file; blank fields leave what is stored, and a new person is a student."""

    email: str
    name: str
    sort_name: str
    canvas_id: str
    sis_id: str
    section: Section | None
    role: str


@transaction.atomic
def roster_import(*, course: Course, file: Path, progress: Progress = iter) -> tuple[int, int]:
    """All or nothing; returns how many enrolments were made and how many were there. Whoever is absent from the
    file stays as they are."""
    sections = {section.name.lower(): section for section in Section.objects.filter(course=course)}
    found, mistakes = dict[str, Line](), list[str]()
    for number, row in progress(list(rows(file))):
        try:
            line = read(row, sections, course)
            if line.email in found:
                raise ValidationError(f"{line.email} stands in the file twice.")
            found[line.email] = line
        except ValidationError as problem:
            mistakes += [f"{file.name}:{number}: {message}" for message in problem.messages]
    if mistakes:
        raise ValidationError(mistakes)
    return enroll(course, found, people(found))


def read(row: Mapping[str, str], sections: Mapping[str, Section], course: Course) -> Line:
    if row["Section"] and row["Section"].lower() not in sections:
        raise ValidationError(f"There is no section “{row['Section']}” in {course.slug}.")
    role = row.get("Role", "")
    if role and role not in Role.values:
        raise ValidationError(f"“{role}” is no role; write {', '.join(Role.values)}.")
    last, _, first = row["Student"].partition(",")
    name = f"{first.strip()} {last.strip()}".strip()
    line = Line(
        row["SIS Login ID"].lower(), name, row["Student"], row.get("ID", ""), row.get("SIS User ID", ""),
        sections.get(row["Section"].lower()), role,
    )  # fmt: skip
    account(line, None).clean_fields(exclude=["password", "name", "sort_name"])
    return line


def account(line: Line, user: User | None) -> User:
    """The account as the line wants it, not saved."""
    user = user or User(email=line.email, name=line.name, password=make_password(None))
    user.sort_name = line.sort_name or user.sort_name or sortable(user.name)
    user.canvas_id, user.sis_id = line.canvas_id or user.canvas_id, line.sis_id or user.sis_id
    return user


def people(lines: Mapping[str, Line]) -> dict[str, User]:
    """By e-mail address: the accounts that there are, brought up to date, and new ones without a password."""
    stored = User.objects.annotate(low=Lower("email")).filter(low__in=list(lines))
    known = {user.email.lower(): user for user in stored}
    found = {email: account(line, known.get(email)) for email, line in lines.items()}
    User.objects.bulk_create([user for email, user in found.items() if email not in known], BATCH)
    User.objects.bulk_update(known.values(), ["sort_name", "canvas_id", "sis_id"], BATCH)
    return found


def enroll(course: Course, lines: Mapping[str, Line], users: Mapping[str, User]) -> tuple[int, int]:
    known = {row.user_id: row for row in Enrollment.objects.filter(course=course, user__in=users.values())}
    rows = []
    for email, line in lines.items():
        row = known.get(users[email].pk) or Enrollment(course=course, user=users[email])
        row.section, row.role, row.status = line.section, line.role or row.role, Status.ACTIVE
        rows.append(row)
    Enrollment.objects.bulk_create([row for row in rows if not row.pk], BATCH)
    Enrollment.objects.bulk_update(known.values(), ["section", "role", "status"], BATCH)
    return len(rows) - len(known), len(known)
