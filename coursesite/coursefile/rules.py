"""Rules that span several keys of a course file. Pure: a validated file in, mistakes with their paths out."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coursesite.coursefile import layout
from coursesite.coursefile.document import Mistake, Path
from coursesite.coursefile.schema import Assignment, Category, CourseFile

Rule = Callable[[CourseFile], Iterator[Mistake]]


def mistakes(file: CourseFile) -> list[Mistake]:
    """Everything that the file gets wrong although each key by itself is well formed."""
    zone = list(time_zone(file))
    return zone or [mistake for rule in RULES for mistake in rule(file)]


def assignments(file: CourseFile) -> Iterator[tuple[Path, Assignment]]:
    for position, homework in enumerate(file.homework):
        yield ("homework", position), homework
    for position, milestone in enumerate(file.milestones):
        yield ("project", "milestones", position), milestone


def same(title: str) -> str:
    """Titles that differ in case, spaces or punctuation alone would share a web address."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or title


def time_zone(file: CourseFile) -> Iterator[Mistake]:
    name = file.course.time_zone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        sentence = f"{name!r} is not a known time zone; write one like America/Chicago."
        yield Mistake(("course", "time_zone"), sentence)


def _twice(
    path: Path, values: Iterable[str], key: str | None = "title", alike: Callable[[str], str] = same
) -> Iterator[Mistake]:
    seen: set[str] = set()
    for position, value in enumerate(values):
        if alike(value) in seen:
            here = (*path, position) if key is None else (*path, position, key)
            yield Mistake(here, f"{value!r} stands here a second time.")
        seen.add(alike(value))


def unique(file: CourseFile) -> Iterator[Mistake]:
    parts = file.schedule.parts
    yield from _twice(("sections",), [section.name for section in file.sections], "name")
    yield from _twice(("people",), [person.email for person in file.people], "email", str.casefold)
    yield from _twice(("schedule", "meetings", "days"), file.schedule.meetings.days, None)
    yield from _twice(("schedule", "parts"), [part.title for part in parts])
    for at, part in enumerate(parts):
        yield from _twice(("schedule", "parts", at, "topics"), [topic.title for topic in part.topics])
    yield from _twice(("schedule", "extra_sessions"), [session.title for session in file.schedule.extra_sessions])
    yield from _twice(("books",), [book.title for book in file.books])
    yield from _twice(("computing",), [item.title for item in file.computing])
    yield from _twice(("related_courses",), [course.title for course in file.related_courses])
    yield from _twice(("links",), [link.title for link in file.links])


def unique_columns(file: CourseFile) -> Iterator[Mistake]:
    """Every column of the gradebook has a title of its own."""
    seen: set[str] = set()
    hand = [
        (("grading", "categories", at, "items", position), item.title)
        for at, category in enumerate(file.grading.categories)
        for position, item in enumerate(category.items)
    ]
    for path, title in [*((path, each.title) for path, each in assignments(file)), *hand]:
        if same(title) in seen:
            yield Mistake((*path, "title"), f"{title!r} is the title of another column already.")
        seen.add(same(title))


def _dates(file: CourseFile) -> Iterator[tuple[Path, date]]:
    meetings, overview = file.schedule.meetings, file.course.overview_lecture
    if overview:
        yield ("course", "overview_lecture", "date"), overview.date
    yield ("schedule", "meetings", "first"), meetings.first
    yield ("schedule", "meetings", "last"), meetings.last
    yield from ((("schedule", "meetings", "holidays", at), day) for at, day in enumerate(meetings.holidays))
    yield from _moments(file)


def _moments(file: CourseFile) -> Iterator[tuple[Path, datetime]]:
    for position, session in enumerate(file.schedule.extra_sessions):
        if session.starts:
            yield ("schedule", "extra_sessions", position, "starts"), session.starts
    for path, each in assignments(file):
        yield (*path, "opens"), each.opens
        yield (*path, "due"), each.due


def within_term(file: CourseFile) -> Iterator[Mistake]:
    starts, ends = file.course.starts, file.course.ends
    if ends < starts:
        yield Mistake(("course", "ends"), f"the term ends on {ends}, before it starts on {starts}.")
        return
    for path, moment in _dates(file):
        day = moment.date() if isinstance(moment, datetime) else moment
        if not starts <= day <= ends:
            yield Mistake(path, f"{day} is outside the term, {starts} to {ends}.")


def real_times(file: CourseFile) -> Iterator[Mistake]:
    """A local time that the clock skips in spring is no time at all."""
    zone = ZoneInfo(file.course.time_zone)
    for path, moment in _moments(file):
        there = moment.replace(tzinfo=zone)
        if there.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != moment:
            yield Mistake(path, f"{moment:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clock skips it.")


def in_order(file: CourseFile) -> Iterator[Mistake]:
    meetings, project = file.schedule.meetings, file.project
    for path, each in assignments(file):
        if each.due <= each.opens:
            yield Mistake((*path, "due"), "is due before it opens.")
    if meetings.to <= meetings.from_:
        yield Mistake(("schedule", "meetings", "to"), "the lecture ends before it begins.")
    if project and project.team_max < project.team_min:
        yield Mistake(("project", "team_max"), "is less than team_min.")
    for at, person in enumerate(file.people):
        for position, hours in enumerate(person.office_hours):
            if hours.to <= hours.from_:
                yield Mistake(("people", at, "office_hours", position, "to"), "office hours end before they begin.")


def lectures_fit(file: CourseFile) -> Iterator[Mistake]:
    wanted, days = layout.lecture_count(file), len(layout.meeting_days(file.schedule.meetings))
    if wanted > days:
        yield Mistake(("schedule", "parts"), f"{wanted} lectures do not fit on {days} meeting days.")


def points_add_up(file: CourseFile) -> Iterator[Mistake]:
    for path, each in assignments(file):
        total = sum(problem.points for problem in each.problems)
        if total != each.points:
            yield Mistake((*path, "points"), f"is {each.points}, but its problems give {total} points together.")
        yield from _twice((*path, "problems"), [problem.title for problem in each.problems])
        yield from _twice((*path, "parts"), [part.title for part in each.parts])


def weights(file: CourseFile) -> Iterator[Mistake]:
    categories = file.grading.categories
    total = sum(category.weight for category in categories)
    if total != 100:
        yield Mistake(("grading", "categories"), f"the weights sum to {total}, not to 100.")
    yield from _twice(("grading", "categories"), [category.title for category in categories])


def columns_of(file: CourseFile, category: Category) -> list[str]:
    """The titles of a category's columns, in order: what its source names, then those entered by hand."""
    if category.source == "homework":
        named = [homework.title for homework in file.homework]
    else:
        named = [milestone.title for milestone in file.milestones if milestone.title == category.source]
    return named + [item.title for item in category.items]


def categories_have_columns(file: CourseFile) -> Iterator[Mistake]:
    known = {"homework", *(milestone.title for milestone in file.milestones)}
    seen: set[str] = set()
    for position, category in enumerate(file.grading.categories):
        path, columns = ("grading", "categories", position), columns_of(file, category)
        if category.source and category.source not in known:
            yield Mistake((*path, "source"), f"{category.source!r} is neither `homework` nor a milestone's title.")
        elif category.source and category.source in seen:
            yield Mistake((*path, "source"), f"{category.source!r} belongs to another category already.")
        elif not columns:
            yield Mistake(path, "the category has no columns: name a source or list items.")
        elif category.keep_best and category.keep_best > len(columns):
            yield Mistake((*path, "keep_best"), f"is {category.keep_best}, but there are {len(columns)} columns.")
        seen.add(category.source or "")
    yield from _without_category(file, seen)


def _without_category(file: CourseFile, sources: set[str]) -> Iterator[Mistake]:
    for path, each in assignments(file):
        if ("homework" if path[0] == "homework" else each.title) not in sources:
            yield Mistake((*path, "title"), f"{each.title!r} belongs to no category of the grading scheme.")


def letters(file: CourseFile) -> Iterator[Mistake]:
    cutoffs = file.grading.letters
    for position in range(1, len(cutoffs)):
        if cutoffs[position].at_least >= cutoffs[position - 1].at_least:
            yield Mistake(("grading", "letters", position, "at_least"), "letters go from the best to the lowest.")
    if cutoffs[-1].at_least != 0:
        yield Mistake(("grading", "letters", len(cutoffs) - 1, "at_least"), "the last letter begins at 0.")
    yield from _twice(("grading", "letters"), [cutoff.letter for cutoff in cutoffs], "letter", str.casefold)


def someone_teaches(file: CourseFile) -> Iterator[Mistake]:
    if not any(person.role == "instructor" for person in file.people):
        yield Mistake(("people",), "there is no instructor.")


RULES: tuple[Rule, ...] = (
    unique,
    unique_columns,
    within_term,
    real_times,
    in_order,
    lectures_fit,
    points_add_up,
    weights,
    categories_have_columns,
    letters,
    someone_teaches,
)
