"""Rules of a course file that span keys. Pure; each mistake names the place that a reader would mend."""

from collections import Counter
from collections.abc import Iterator
from zoneinfo import available_timezones

from coursesite.coursefile import layout
from coursesite.coursefile.document import Mistake
from coursesite.coursefile.schema import Assignment, Category, CourseFile


def mistakes(file: CourseFile) -> Iterator[Mistake]:
    yield from calendar(file)
    yield from scheme(file)
    yield from titles(file)
    if file.project and file.project.team_max < file.project.team_min:
        yield Mistake(("project", "team_max"), "the largest team is smaller than the smallest.")
    for at, homework in enumerate(file.homework):
        yield from assignment(homework, ("homework", at))
    for at, milestone in enumerate(file.project.milestones if file.project else []):
        yield from assignment(milestone, ("project", "milestones", at))


def calendar(file: CourseFile) -> Iterator[Mistake]:
    if file.course.time_zone not in available_timezones():
        yield Mistake(("course", "time_zone"), f"{file.course.time_zone!r} is not a known time zone.")
    if file.course.ends < file.course.starts:
        yield Mistake(("course", "ends"), "the course ends before it starts.")
    planned, days = layout.lecture_count(file), len(layout.meeting_days(file.schedule.meetings))
    if planned > days:
        yield Mistake(("schedule", "meetings"), f"{planned} lectures do not fit on {days} meeting days.")


def scheme(file: CourseFile) -> Iterator[Mistake]:
    total = sum(category.weight for category in file.grading.categories)
    if total != 100:
        yield Mistake(("grading", "categories"), f"the weights sum to {total}, not 100.")
    known = {"homework"} | {m.title for m in (file.project.milestones if file.project else [])}
    for at, category in enumerate(file.grading.categories):
        if category.source and category.source not in known:
            yield Mistake(("grading", "categories", at, "source"), f"there is no {category.source!r} in this file.")
        columns = column_count(file, category)
        if category.keep_best and category.drop_lowest:
            yield Mistake(("grading", "categories", at), "say how many to keep or how many to drop, not both.")
        if category.weight and not columns:
            yield Mistake(("grading", "categories", at), f"{category.title} has a weight but no column.")
        elif category.drop_lowest and category.drop_lowest >= columns:
            sentence = f"dropping {category.drop_lowest} of {columns} leaves nothing."
            yield Mistake(("grading", "categories", at, "drop_lowest"), sentence)
    minima = [letter.at_least for letter in file.grading.letters]
    if minima != sorted(set(minima), reverse=True):
        yield Mistake(("grading", "letters"), "each letter needs a lower minimum than the one before it.")


def column_count(file: CourseFile, category: Category) -> int:
    if category.source == "homework":
        return len(file.homework) + len(category.items)
    return sum(m.title == category.source for m in file.milestones) + len(category.items)


def titles(file: CourseFile) -> Iterator[Mistake]:
    milestones = file.project.milestones if file.project else []
    columns = [a.title for a in [*file.homework, *milestones]]
    columns += [item.title for category in file.grading.categories for item in category.items]
    for kind, names in (
        ("gradebook column", columns),
        ("section", [s.name for s in file.sections]),
        ("e-mail address", [p.email for p in file.people]),
    ):
        for name, times in Counter(name.lower() for name in names).items():
            if times > 1:
                yield Mistake((), f"the {kind} {name!r} stands here {times} times.")


def assignment(found: Assignment, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    if found.due <= found.opens:
        yield Mistake((*path, "due"), f"{found.title} is due before it opens.")
    total = sum(problem.points for problem in found.problems)
    if total != found.points:
        yield Mistake((*path, "points"), f"the problems of {found.title} sum to {total}, not {found.points}.")
