"""Who: people, courses, sections, enrolments and teams."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from .history import remembered
from .moments import plausible


def known_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; write one like America/Chicago.")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person; the e-mail address is the login."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField(max_length=200, help_text="As it is shown: Ada Lovelace.")
    sort_name = models.CharField(max_length=200, blank=True, help_text="As lists sort it: Lovelace, Ada.")
    canvas_id = models.CharField("Canvas ID", max_length=50, blank=True)
    sis_id = models.CharField("SIS user ID", max_length=50, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        "site admin", default=False, help_text="Runs the site; course staff get in by their enrolment."
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["sort_name", "email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email",
                violation_error_message="This e-mail has an account already.",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_name = self.sort_name or sortable(self.name)
        super().save(*args, **kwargs)


class Session(AbstractBaseSession):
    """Django's, naming its account, so that one round to the database tells who asks. It ends with the account."""

    # Unchecked by the database: Django takes a refused row for a key that is taken, and tries others for ever.
    account = models.ForeignKey(User, models.CASCADE, null=True, editable=False, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"Session of {self.account or 'nobody'}"  # its key would let anybody in

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from .asking import SessionStore

        return SessionStore


def sortable(name: str) -> str:
    """`Ada King Lovelace` -> `Lovelace, Ada King`: the form that rosters use."""
    first, _, last = name.strip().rpartition(" ")
    return f"{last}, {first}" if first else last


class Role(models.TextChoices):
    STUDENT = "student", "Student"
    TA = "ta", "TA"
    INSTRUCTOR = "instructor", "Instructor"


STAFF = (Role.TA, Role.INSTRUCTOR)
type_user = User | AnonymousUser


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: type_user) -> CourseQuerySet:
        """The courses in which this person takes part now; every course for a site admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(pk__in=active(user).values("course"))

    def staffed_by(self, user: type_user) -> CourseQuerySet:
        return self._with_roles(user, STAFF)

    def led_by(self, user: type_user) -> CourseQuerySet:
        return self._with_roles(user, (Role.INSTRUCTOR,))

    def _with_roles(self, user: type_user, roles: tuple[Role, ...]) -> CourseQuerySet:
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(pk__in=active(user).filter(role__in=roles).values("course"))


class Course(models.Model):
    """One course in one term."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    term = models.CharField(max_length=50, blank=True)
    department = models.CharField(max_length=200, blank=True)
    university = models.CharField(max_length=200, blank=True)
    website = models.URLField(blank=True)
    time_zone = models.CharField(max_length=50, default="UTC", validators=[known_time_zone])
    first_day = models.DateField(validators=[plausible])
    last_day = models.DateField(validators=[plausible])
    accent = models.CharField(max_length=7, default="#7a0019")
    team_min = models.PositiveSmallIntegerField(default=3)
    team_max = models.PositiveSmallIntegerField(default=4)
    teams_lock_at = models.DateTimeField(
        "teams are fixed at",
        null=True,
        blank=True,
        validators=[plausible],
        help_text="Until then students found, join and leave teams; afterwards staff alone. Empty: never.",
    )
    extensions_at_once = models.PositiveSmallIntegerField(
        default=0, help_text="So many extensions for each student are granted by themselves; 0: staff decide on all."
    )
    late_budget = models.PositiveSmallIntegerField(
        "late days for each student",
        default=0,
        help_text="Days that a student may spend over the term on homework deadlines, without asking; 0: none.",
    )
    late_budget_each = models.PositiveSmallIntegerField(
        "late days for one set", default=0, help_text="At most so many of them for one set; 0: as many as are left."
    )
    extension_hours = models.PositiveSmallIntegerField(
        default=48, help_text="The longest that is granted by itself, in hours after the common deadline."
    )
    shows_statistics = models.BooleanField(
        default=False, help_text="Students see how the results of a released set are spread; never of fewer than five."
    )
    regrade_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days after a release in which students may ask for a regrade; 0: never."
    )
    facts = models.JSONField(default=dict, blank=True, help_text="Texts of the course file that pages show.")
    loaded_file = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="course_dates",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(team_min__gte=1) & Q(team_max__gte=F("team_min")),
                name="course_team_sizes",
                violation_error_message="The largest team is smaller than the smallest.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.term}" if self.term else self.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Section(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="sections")
    name = models.CharField(max_length=100)
    recording_delay_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["course", "name"]
        constraints = [models.UniqueConstraint("course", Lower("name"), name="section_name")]

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    ACTIVE = "active", "Active"
    DROPPED = "dropped", "Dropped"


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def active(self) -> EnrollmentQuerySet:
        return self.filter(status=Status.ACTIVE)

    def students(self) -> EnrollmentQuerySet:
        return self.filter(role=Role.STUDENT)

    def staff(self) -> EnrollmentQuerySet:
        return self.filter(role__in=STAFF)

    def visible_to(self, user: type_user) -> EnrollmentQuerySet:
        """One's own, and for staff all of their courses."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        own = Q(user=user, status=Status.ACTIVE)
        return self.filter(own | Q(course__in=Course.objects.staffed_by(user)))


@remembered()
class Enrollment(models.Model):
    """One person's part in one course."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="enrollments")
    user = models.ForeignKey(User, models.CASCADE, related_name="enrollments")
    section = models.ForeignKey(Section, models.PROTECT, null=True, blank=True, related_name="enrollments")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.STUDENT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    enrolled_at = models.DateTimeField(auto_now_add=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["user__sort_name", "user__email"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "user"],
                name="enrollment_once",
                violation_error_message="This person is enrolled in the course already.",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="enrollment_role"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="enrollment_status"),
        ]
        indexes = [models.Index(fields=["user", "status"])]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    def clean(self) -> None:
        """Whoever leads two courses is offered the sections of both."""
        if self.section and self.section.course_id != self.course_id:
            raise ValidationError({"section": "This section belongs to another course."})

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


def active(user: User) -> EnrollmentQuerySet:
    """The enrolments that count now; a role taken away stops working with the next request."""
    return Enrollment.objects.filter(user=user, status=Status.ACTIVE)


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: type_user) -> TeamQuerySet:
        """Classmates see the teams of their course (who is in them); their work stays private."""
        return self.filter(course__in=Course.objects.visible_to(user))


@remembered()
class Team(models.Model):
    """People who hand in together. Sizes are data of the course; projects decide who joins and when."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "course",
                Lower("name"),
                name="team_name",
                violation_error_message="A team has this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        return self.filter(left_at__isnull=True)

    def at(self, moment: datetime) -> MembershipQuerySet:
        """Who was a member at that moment."""
        return self.filter(Q(left_at__isnull=True) | Q(left_at__gt=moment), joined_at__lte=moment)


@remembered()
class Membership(models.Model):
    """A student's time in a team; rows are closed, never deleted, since each milestone asks who was in it. Who put them
    there and took them out, and why, stands beside the times.

    A trigger refuses a row that makes a team larger than the course allows, unless `over_size` says that it is meant.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    joined_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    join_reason = models.CharField(max_length=300, blank=True)
    left_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    leave_reason = models.CharField(max_length=300, blank=True)
    over_size = models.BooleanField(
        default=False, help_text="Staff put this student here on purpose, though the team was full."
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["enrollment__user__sort_name"]
        constraints = [
            ExclusionConstraint(
                name="membership_one_team_at_a_time",
                expressions=[
                    ("enrollment", RangeOperators.EQUAL),
                    (TsTzRange("joined_at", "left_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="This student is in a team already.",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("joined_at")), name="membership_times"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user} in {self.team}"


class Letter(models.Model):
    """Mail that is to be sent, kept until it is; written in the transaction of what it tells."""

    to = ArrayField(models.EmailField())
    subject = models.CharField(max_length=300)
    body = models.TextField()
    enclosure = models.TextField(blank=True)
    enclosure_name = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["made_at"], condition=Q(sent_at=None), name="letter_waiting")]

    def __str__(self) -> str:
        return self.subject
