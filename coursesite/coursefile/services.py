"""A course file into the database: one transaction, idempotent, and every change is told."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from coursesite.coursefile import layout
from coursesite.coursefile.schema import WEEKDAYS, Assignment, CourseFile, HandItem
from coursesite.handin import models as handin
from coursesite.roster.models import Course, Enrollment, Section, User
from coursesite.schedule.models import Lecture, OfficeHours, Resource, ResourceKind, Topic
from grading import models as grading
from grading import policy, queries
from grading.services import scheming


@dataclass
class Report:
    """What was written; `lines` says each change as a person reads it.

    `before` is what the file said when it was last loaded, `now` what it says: a row that differs from `before` was
    edited here meanwhile, and keeps its edit unless `overwrite` is set.
    """

    before: dict[str, dict[str, str]] = field(default_factory=dict)
    overwrite: bool = False
    now: dict[str, dict[str, str]] = field(default_factory=dict)
    created: int = 0
    changed: int = 0
    kept: int = 0
    unchanged: int = 0
    lines: list[str] = field(default_factory=list)

    def put(self, model: type[models.Model], key: dict[str, Any], values: dict[str, Any]) -> Any:
        """The row with this key, made or brought to these values; rows that agree are not written."""
        place = " ".join([model.__name__, *(plain(value) for value in key.values())])
        self.now[place] = {name: plain(new) for name, new in values.items()}
        row = model._default_manager.filter(**key).first()
        if row is None:
            self.created += 1
            return model._default_manager.create(**key, **values)
        differing = {name: new for name, new in values.items() if getattr(row, name) != new}
        changes = {name: new for name, new in differing.items() if self.may_change(place, row, name, new)}
        for name, new in changes.items():
            self.lines.append(f"{row}: {name.replace('_', ' ')} {getattr(row, name)} -> {new}")
            setattr(row, name, new)
        if changes:
            row.save(update_fields=list(changes))
        self.changed += len(changes)
        self.unchanged += not differing
        return row

    def may_change(self, place: str, row: models.Model, name: str, new: Any) -> bool:
        there = getattr(row, name)
        edited = plain(there) != self.before.get(place, {}).get(name, plain(there))
        if edited and not self.overwrite:
            self.kept += 1
            said = f"{there}, since it was edited here; the file says {new}"
            self.lines.append(f"{row}: {name.replace('_', ' ')} stays {said}")
            return False
        return True


def plain(value: Any) -> str:
    """The same text for the same value, from a file or from a row."""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value, sort_keys=True, default=str)


@transaction.atomic
def load(
    file: CourseFile, *, slug: str | None = None, overwrite: bool = False, dry_run: bool = False
) -> tuple[Course, Report]:
    """With `dry_run` the report says what would be done, and nothing is."""
    slug = slug or file.course.slug
    before = Course.objects.filter(slug=slug).values_list("loaded_file", flat=True).first()
    report = Report(before or {}, overwrite)
    course = put_course(report, file, slug)
    put_people(report, file, course)
    put_schedule(report, file, course)
    put_resources(report, file, course)
    scheme = queries.scheme(course)
    put_grading(report, file, course, put_assignments(report, file, course))
    told_of_scheme(report, course, scheme)
    gone = sorted(set(report.before) - set(report.now))
    report.lines += [f"{place}: no longer in the file; it stays here" for place in gone]
    Course.objects.filter(pk=course.pk).update(loaded_file=report.now)
    transaction.set_rollback(dry_run)
    return course, report


def told_of_scheme(report: Report, course: Course, before: policy.Scheme) -> None:
    """What the file makes of the scheme, together with what was edited here: who moves, or why it can't be."""
    after = queries.scheme(course)
    mistakes = list(policy.problems(after))
    if mistakes:
        raise ValidationError([f"Together with what was edited here: {sentence}" for sentence in mistakes])
    if before.categories and before != after:
        report.lines.append(f"Scheme: {scheming.effect(course, before, after).sentence}")


FACTS = ("description", "materials", "teaching_mode", "communication", "prerequisites")


def put_course(report: Report, file: CourseFile, slug: str) -> Course:
    facts = {name: getattr(file.course, name) for name in FACTS} | {
        "assumptions": [layout.told(line) for line in file.assumptions],
        "assessment": file.assessment,
        "guest_lecturers": file.guest_lecturers,
        "overview_lecture": file.course.overview_lecture.title if file.course.overview_lecture else "",
    }
    values = {name: getattr(file.course, name) for name in ("title", "term", "department", "university", "website")}
    values |= {"time_zone": file.course.time_zone, "accent": file.course.accent, "facts": facts}
    values |= {"regrade_days": file.grading.regrade_days, "shows_statistics": file.grading.statistics}
    values |= {"first_day": file.course.starts, "last_day": file.course.ends}
    late = file.grading.late
    values |= {"late_budget": late.budget_days, "late_budget_each": late.budget_per_set}
    if file.project:
        values |= {"team_min": file.project.team_min, "team_max": file.project.team_max}
        fixed = file.project.teams_fixed
        values |= {"teams_lock_at": layout.aware(fixed, file.course.time_zone) if fixed else None}
    course: Course = report.put(Course, {"slug": slug}, values)
    return course


def put_people(report: Report, file: CourseFile, course: Course) -> None:
    for section in file.sections:
        delay = {"recording_delay_days": section.recording_delay_days}
        report.put(Section, {"course": course, "name": section.name}, delay)
    for position, person in enumerate(file.people):
        user = User.objects.filter(email__iexact=person.email).first()
        user = user or User.objects.create_user(person.email, name=person.name)
        report.put(Enrollment, {"course": course, "user": user}, {"role": person.role})
        for hours in person.office_hours:
            key = {"course": course, "email": person.email, "weekday": WEEKDAYS.index(hours.day)}
            values = {"person": person.name, "role": person.role, "place": hours.place, "position": position}
            report.put(OfficeHours, key, values | {"starts": hours.from_, "ends": hours.to})


def put_schedule(report: Report, file: CourseFile, course: Course) -> None:
    topics: dict[tuple[int, int], Topic] = {}
    for at, part in enumerate(file.schedule.parts):
        for position, topic in enumerate(part.topics):
            values = {"part": part.title, "title": topic.title, "lectures_planned": topic.lectures}
            key = {"course": course, "position": len(topics)}
            topics[at, position] = report.put(Topic, key, values)
    for number, session in enumerate(file.schedule.extra_sessions, len(topics)):
        report.put(Topic, {"course": course, "position": number}, {"part": "", "title": session.title})
    for lecture in layout.lectures(file):
        values = {"topic": topics[lecture.topic], "title": topics[lecture.topic].title}
        values |= {"starts_at": lecture.starts, "ends_at": lecture.ends, "room": file.schedule.meetings.place}
        report.put(Lecture, {"course": course, "number": lecture.number}, values)


def put_resources(report: Report, file: CourseFile, course: Course) -> None:
    rows: list[tuple[ResourceKind, Any, str, str]]
    rows = [(ResourceKind.BOOK, b, b.authors, ". ".join(filter(None, [b.edition, b.publisher, str(b.year or ""),
             b.access, b.note]))) for b in file.books]  # fmt: skip
    rows += [(ResourceKind.COMPUTING, c, "", c.note) for c in file.computing]
    rows += [(ResourceKind.RELATED, r, ", ".join(filter(None, [r.people, r.department])), r.note)
             for r in file.related_courses]  # fmt: skip
    rows += [(ResourceKind.LINK, link, "", link.note) for link in file.links]
    for position, (kind, found, by, detail) in enumerate(rows):
        values = {"by": by, "detail": detail, "url": getattr(found, "url", ""), "position": position}
        report.put(Resource, {"course": course, "kind": kind, "title": found.title}, values)


def put_assignments(report: Report, file: CourseFile, course: Course) -> dict[str, handin.Assignment]:
    found = [(handin.Kind.HOMEWORK, homework) for homework in file.homework]
    found += [(handin.Kind.MILESTONE, milestone) for milestone in (file.project.milestones if file.project else [])]
    late = file.grading.late
    rules = {"grace_minutes": late.grace_minutes, "late_days": late.window_days,
             "penalty_percent": late.penalty_per_day, "floor_percent": late.floor}  # fmt: skip
    return {
        written.title: put_assignment(report, file, course, kind, position, written, rules)
        for position, (kind, written) in enumerate(found)
    }


def put_assignment(
    report: Report,
    file: CourseFile,
    course: Course,
    kind: str,
    position: int,
    written: Assignment,
    rules: dict[str, Any],
) -> handin.Assignment:
    zone = file.course.time_zone
    values = {"kind": kind, "title": written.title, "position": position, **rules}
    values |= {"opens_at": layout.aware(written.opens, zone), "due_at": layout.aware(written.due, zone)}
    values |= {"description": written.description}
    values |= {"solutions_at": layout.aware(written.solutions, zone) if written.solutions else None}
    row: handin.Assignment = report.put(handin.Assignment, {"course": course, "slug": slugify(written.title)}, values)
    for number, problem in enumerate(written.problems, 1):
        values = {name: getattr(problem, name) for name in ("title", "points", "statement", "solution")}
        report.put(handin.Problem, {"assignment": row, "number": number}, values)
    for at, part in enumerate(written.parts):
        values = {
            "title": part.title,
            "formats": handin.PART_KINDS[part.kind],
            "required": part.required,
            "position": at,
        }
        report.put(handin.Part, {"assignment": row, "key": slugify(part.title)}, values)
    return row


RULES = ("weight", "keep_best", "drop_lowest", "points_weighted", "cap_percent")


def put_grading(report: Report, file: CourseFile, course: Course, made: dict[str, handin.Assignment]) -> None:
    for letter in file.grading.letters:
        report.put(grading.Cutoff, {"course": course, "letter": letter.letter}, {"minimum": letter.at_least})
    order = list(made)
    for position, category in enumerate(file.grading.categories):
        values: dict[str, Any] = {name: getattr(category, name) for name in RULES} | {"position": position}
        row = report.put(grading.Category, {"course": course, "title": category.title}, values)
        for written in columns(file, category.source):
            values = {"points_possible": written.points, "position": order.index(written.title)}
            values["assignment"] = made[written.title]
            report.put(grading.Item, {"category": row, "title": written.title}, values)
        for at, item in enumerate(category.items, len(order)):
            put_hand_item(report, row, item, at)


def put_hand_item(report: Report, category: grading.Category, item: HandItem, position: int) -> None:
    values = {"points_possible": item.points, "position": position}
    report.put(grading.Item, {"category": category, "title": item.title}, values)


def columns(file: CourseFile, source: str | None) -> list[Assignment]:
    if source == "homework":
        return file.homework
    return [m for m in (file.project.milestones if file.project else []) if m.title == source]
