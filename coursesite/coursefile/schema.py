"""What a course file may say: its shape, key by key. Pure; rules that span keys are in `rules`."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

EARLIEST, LATEST = 1971, 2199
When = TypeVar("When", bound=date)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _reads(kind: type[object], form: str, example: str, read: Callable[[str], object]) -> BeforeValidator:
    """A validator of text that `form` matches; values that are already of the kind pass."""

    def convert(value: object) -> object:
        if isinstance(value, kind):
            return value
        if isinstance(value, str) and re.fullmatch(form, value):
            return read(value.replace(" ", "T"))
        raise ValueError(f"must look like {example}, not {value!r}")

    return BeforeValidator(convert)


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def plausible(value: When) -> When:
    """At the end of the calendar a day can't be moved, nor told in another time zone."""
    if not EARLIEST <= value.year <= LATEST:
        raise ValueError(f"must be in a year from {EARLIEST} to {LATEST}, not {value.year}")
    return value


def _printable(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


Year = AfterValidator(plausible)
Day = Annotated[date, _reads(date, r"\d{4}-\d\d-\d\d", "2022-09-06", date.fromisoformat), Year]
Moment = Annotated[
    datetime, _reads(datetime, r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", "2022-09-22 23:59", datetime.fromisoformat), Year
]
Clock = Annotated[time, _reads(time, r"\d\d:\d\d", '"14:30"', time.fromisoformat)]
Number = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100_000, decimal_places=2)]
Percent = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100, decimal_places=2)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
Title = Annotated[Text, StringConstraints(max_length=200)]
Optional = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$", max_length=500)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OverviewLecture(Shape):
    title: Title
    date: Day


class Course(Shape):
    slug: Slug
    title: Title
    department: Optional = ""
    university: Optional = ""
    term: Title
    time_zone: Title
    starts: Day
    ends: Day
    website: Url = ""
    accent: Colour = "#7a0019"
    overview_lecture: OverviewLecture | None = None
    description: Optional = ""
    materials: Optional = ""
    teaching_mode: Optional = ""
    communication: list[Text] = []
    prerequisites: list[Text] = []


class Section(Shape):
    name: Title
    recording_delay_days: Annotated[int, Field(ge=0, le=365)] = 0


class Hours(Shape):
    day: Weekday
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    place: Optional = ""


class Person(Shape):
    role: Literal["instructor", "ta"]
    name: Title
    email: Email
    office_hours: list[Hours] = []


class Meetings(Shape):
    days: Annotated[list[Weekday], Field(min_length=1)]
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    first: Day
    last: Day
    holidays: list[Day] = []
    place: Optional = ""


class Topic(Shape):
    title: Title
    lectures: Annotated[int, Field(ge=1, le=100)]


class SchedulePart(Shape):
    title: Title
    topics: Annotated[list[Topic], Field(min_length=1)]


class ExtraSession(Shape):
    title: Title
    starts: Moment | None = None


class Schedule(Shape):
    meetings: Meetings
    parts: Annotated[list[SchedulePart], Field(min_length=1)]
    extra_sessions: list[ExtraSession] = []


class Problem(Shape):
    title: Title
    points: Number
    statement: Optional = ""
    solution: Optional = ""


class HandInPart(Shape):
    title: Title
    kind: Literal["pdf", "ipynb", "written", "link"]  # written: a PDF, a Word document, or photos; link: https
    required: bool = True


class Assignment(Shape):
    title: Title
    description: Optional = ""
    opens: Moment
    due: Moment
    solutions: Moment | None = None
    points: Number
    problems: Annotated[list[Problem], Field(min_length=1)]
    parts: Annotated[list[HandInPart], Field(min_length=1)]


class Project(Shape):
    team_min: Annotated[int, Field(ge=1, le=100)]
    team_max: Annotated[int, Field(ge=1, le=100)]
    teams_fixed: Moment | None = None  # from then on staff alone move people
    milestones: list[Assignment]


class HandItem(Shape):
    """A column that is entered by hand: an exam, participation."""

    title: Title
    points: Number


class Category(Shape):
    title: Title
    weight: Percent
    source: Title | None = None  # `homework`, or a milestone's title
    keep_best: Annotated[int, Field(ge=1, le=100)] | None = None
    drop_lowest: Annotated[int, Field(ge=1, le=100)] | None = None
    points_weighted: bool = False  # keep the best sum of points over sum of possible, instead of equal sets
    cap_percent: Annotated[Number, Field(gt=0, le=1000)] | None = None
    items: list[HandItem] = []


class Letter(Shape):
    letter: Annotated[str, StringConstraints(min_length=1, max_length=4)]
    at_least: Percent


class Late(Shape):
    grace_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    window_days: Annotated[int, Field(ge=0, le=60)] = 0
    penalty_per_day: Percent = Decimal(0)
    floor: Percent = Decimal(0)
    budget_days: Annotated[int, Field(ge=0, le=60)] = 0  # late days that each student spends without asking
    budget_per_set: Annotated[int, Field(ge=0, le=60)] = 0  # at most so many for one set; 0: no limit


class Grading(Shape):
    categories: Annotated[list[Category], Field(min_length=1)]
    letters: Annotated[list[Letter], Field(min_length=1)]
    late: Late = Late()
    regrade_days: Annotated[int, Field(ge=0, le=365)] = 7  # after a release; 0: no requests
    statistics: bool = False  # students see how the results of a released set are spread


class Book(Shape):
    title: Title
    authors: Title
    edition: Optional = ""
    publisher: Optional = ""
    year: Annotated[int, Field(ge=1400, le=2200)] | None = None
    url: Url = ""
    access: Optional = ""
    note: Optional = ""


class Computing(Shape):
    title: Title
    kind: Literal["service", "framework"] = "service"
    url: Url = ""
    note: Optional = ""


class RelatedCourse(Shape):
    title: Title
    people: Optional = ""
    department: Optional = ""
    url: Url = ""
    note: Optional = ""


class Link(Shape):
    title: Title
    url: Annotated[Url, StringConstraints(min_length=1)]
    note: Optional = ""


class CourseFile(Shape):
    course: Course
    assumptions: list[Text] = []
    sections: Annotated[list[Section], Field(min_length=1)]
    people: list[Person]
    guest_lecturers: Optional = ""
    schedule: Schedule
    homework: list[Assignment] = []
    project: Project | None = None
    grading: Grading
    assessment: list[Text] = []
    books: list[Book] = []
    computing: list[Computing] = []
    related_courses: list[RelatedCourse] = []
    links: list[Link] = []

    @property
    def milestones(self) -> list[Assignment]:
        return self.project.milestones if self.project else []
