"""The cast: the shipped course with a few named people, and homework that is open now."""

import io
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.files.uploads import uploaded
from coursesite.handin.services import Delivery
from coursesite.roster.models import Course, Enrollment, Membership, Role, Section, Team, User

SHIPPED = Path(__file__).parent / "courses" / "deep-learning-2022.yaml"


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    # A slow hash protects real passwords; here it would be most of the time that tests take.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.FILES_ROOT, settings.INCOMING_ROOT = tmp_path / "files", tmp_path / "incoming"
    settings.PREVIEWS_ROOT = tmp_path / "previews"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(scope="session")
def shipped_rows(django_db_setup, django_db_blocker):
    """The rows that loading the shipped course makes, table by table, as COPY writes them: most tests need the course,
    and loading it anew would be most of their time."""
    rows = {}
    with django_db_blocker.unblock(), transaction.atomic():
        before = {table: contents(table) for table in connection.introspection.table_names()}
        call_command("load_course", SHIPPED, verbosity=0)
        for table, old in before.items():
            if contents(table) != old:
                rows[table] = contents(table)
        transaction.set_rollback(True)
    return rows


def contents(table):
    text = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" TO STDOUT', text)
    return text.getvalue()


@pytest.fixture
def course(db, shipped_rows):
    """As `load_course` leaves it. Triggers are off, since what they wrote is among the rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, text in shipped_rows.items():
            cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO(text))
        cursor.execute("SET LOCAL session_replication_role = origin")
    return Course.objects.get()


def enroll(course, name, role=Role.STUDENT, section="On-campus"):
    user = User.objects.create_user(f"{name.split()[0].lower()}@example.org", "pass", name=name)
    place = Section.objects.get(course=course, name=section) if role == Role.STUDENT else None
    row = Enrollment.objects.create(course=course, user=user, role=role, section=place)
    Enrollment.objects.filter(pk=row.pk).update(enrolled_at=timezone.now() - timedelta(days=100))
    return row


@pytest.fixture
def ada(course):
    return enroll(course, "Ada Lovelace")


@pytest.fixture
def alan(course):
    return enroll(course, "Alan Turing", section="UNITE")


@pytest.fixture
def grace(course):
    return enroll(course, "Grace Hopper")


@pytest.fixture
def tom(course):
    return enroll(course, "Tom Tutor", Role.TA)


@pytest.fixture
def ines(course):
    return enroll(course, "Ines Instructor", Role.INSTRUCTOR)


@pytest.fixture
def other(db, course):
    """A second course, with a student, a TA and an instructor of its own."""
    call_command("load_course", SHIPPED, slug="other", verbosity=0)
    found = Course.objects.get(slug="other")
    return {
        "course": found,
        "student": enroll(found, "Otto Outside"),
        "ta": enroll(found, "Olga Other", Role.TA),
        "instructor": enroll(found, "Oskar Other", Role.INSTRUCTOR),
    }


@pytest.fixture
def team(course, ada, alan, grace):
    found = Team.objects.create(course=course, name="Perceptrons")
    for member in (ada, alan, grace):
        Membership.objects.create(team=found, enrollment=member, joined_at=timezone.now() - timedelta(days=100))
    return found


def opened(assignment, *, due=timedelta(days=1)):
    """The assignment, open since three days, and due that far from now."""
    now = timezone.now()
    assignment.opens_at, assignment.due_at = min(now, now + due) - timedelta(days=3), now + due
    assignment.save()
    type(assignment).objects.filter(pk=assignment.pk).update(created_at=now - timedelta(days=100))
    assignment.refresh_from_db()
    return assignment


@pytest.fixture
def homework(course):
    from homework.models import Homework

    return opened(Homework.objects.get(course=course, slug="homework-1"))


@pytest.fixture
def proposal(course):
    from projects.models import Milestone

    return opened(Milestone.objects.get(course=course, slug="proposal"))


def sent(part, content):
    """One file, or a list of photos."""
    several = content if isinstance(content, list) else [content]
    return [uploaded(one, f"{part}.bin") for one in several]


def delivery(*, key=None, at=None, **files):
    """Files by part, `_` for `-`; without any, a written part and a notebook."""
    files = files or {"written_part": samples.pdf(), "notebook": samples.notebook()}
    moment = at or timezone.now()
    return Delivery(
        {part.replace("_", "-"): sent(part, content) for part, content in files.items()},
        key or uuid4(),
        moment,
        moment,
    )


@pytest.fixture
def cast():
    """Helpers for tests."""
    from types import SimpleNamespace

    return SimpleNamespace(enroll=enroll, opened=opened, delivery=delivery, shipped=SHIPPED)
