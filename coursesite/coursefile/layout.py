"""Where the lectures fall, and a course moved in time. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from coursesite.coursefile.schema import WEEKDAYS, CourseFile, Meetings, plausible

ISO = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])\b|\b\d{4}-(?:0[13-9]|1[0-2])-(?:29|30)\b")
TERM = re.compile(r"(?:Spring|Summer|Fall) \d{4}")


@dataclass(frozen=True)
class PlannedLecture:
    number: int  # 1 to 27 in the shipped course
    topic: tuple[int, int]  # position of the part, position of the topic in it
    within: int  # 1 for the topic's first lecture
    starts: datetime
    ends: datetime


def meeting_days(meetings: Meetings) -> list[date]:
    """The days on which the class meets, holidays left out, in order."""
    wanted = {WEEKDAYS.index(day) for day in meetings.days}
    span = range((meetings.last - meetings.first).days + 1)
    days = (meetings.first + timedelta(days=offset) for offset in span)
    return [day for day in days if day.weekday() in wanted and day not in meetings.holidays]


def lecture_count(file: CourseFile) -> int:
    return sum(topic.lectures for part in file.schedule.parts for topic in part.topics)


def lectures(file: CourseFile) -> list[PlannedLecture]:
    """The lectures on the meeting days, in order; days that are left over stay spare."""
    meetings, zone = file.schedule.meetings, ZoneInfo(file.course.time_zone)
    return [
        PlannedLecture(
            number=number,
            topic=topic,
            within=within,
            starts=datetime.combine(day, meetings.from_, zone),
            ends=datetime.combine(day, meetings.to, zone),
        )
        for number, (day, (topic, within)) in enumerate(zip(meeting_days(meetings), _slots(file), strict=False), 1)
    ]


def _slots(file: CourseFile) -> Iterator[tuple[tuple[int, int], int]]:
    for at, part in enumerate(file.schedule.parts):
        for position, topic in enumerate(part.topics):
            for within in range(1, topic.lectures + 1):
                yield (at, position), within


def aware(moment: datetime, zone: str) -> datetime:
    """A local time of the file as an instant."""
    return moment.replace(tzinfo=ZoneInfo(zone))


def weeks_to(file: CourseFile, first_day: date) -> int:
    """Whole weeks from the file's first week to the calendar week (Monday to Sunday) that holds `first_day`."""
    return (_monday(first_day) - _monday(file.course.starts)).days // 7


def shift(file: CourseFile, first_day: date) -> CourseFile:
    """The same course in other weeks: every date moves, times of day and weekdays stay, in summer time too.

    Dates of the file are local times without an offset, so that adding days never moves 23:59 to 22:59. ValueError or
    OverflowError where one of them would leave the calendar.
    """
    by = timedelta(weeks=weeks_to(file, first_day))
    moved = _moved(file, by)
    if not isinstance(moved, CourseFile):
        raise TypeError("A moved course file is a course file.")
    term = _term(moved.course.term, moved.course.starts) if by else moved.course.term
    told = [ISO.sub(lambda found: str(date.fromisoformat(found[0]) + by), line) for line in file.assumptions]
    return moved.model_copy(
        update={"course": moved.course.model_copy(update={"term": term}), "assumptions": told},
    )


def told(text: str) -> str:
    """A text for readers: 2022-09-06 reads 6 September 2022."""
    return ISO.sub(lambda found: "{0.day} {0:%B %Y}".format(date.fromisoformat(found[0])), text)


def _term(term: str, starts: date) -> str:
    """`Fall 2022` begun in January 2027 is `Spring 2027`; a term named otherwise keeps its name."""
    season = "Spring" if starts.month < 6 else "Summer" if starts.month < 8 else "Fall"
    return f"{season} {starts.year}" if TERM.fullmatch(term) else term


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _moved(value: object, by: timedelta) -> object:
    if isinstance(value, date):  # a datetime is a date, too
        return plausible(value + by)
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _moved(getattr(value, name), by) for name in type(value).model_fields})
    return value
