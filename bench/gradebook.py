"""The gradebook of a large course, all students on one page, as the server makes it."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coursesite.roster.models import Course, User
from grading.services import computing

from .course import made
from .rows import Row, seconds

SIZE, LIMIT, TIMES = 5_000, 0.5, 7


def rows(small: Course) -> Iterator[Row]:
    """From the request to the last byte, without the network; the number of queries is that of a small course."""
    large = made(SIZE)
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    for course in (small, large):
        computing.compute_course(course)
    client = Client()
    client.force_login(User.objects.create_superuser("gradebook@example.org", "x", name="Bench"))
    ours = seconds(lambda: page(client, large), TIMES)
    yield Row(f"gradebook page of {SIZE:,} students / half a second", ours, LIMIT, "s", 1.0)
    counts = [queries(client, course) for course in (large, small)]
    yield Row("its queries / those of a smaller course", *counts, "queries", 1.0)


def page(client: Client, course: Course) -> bytes:
    answer = client.get(f"/c/{course.slug}/gradebook/?page=all")
    body: bytes = answer.content
    if answer.status_code != 200 or body.count(b'<tr id="s') != course.enrollments.filter(role="student").count():
        raise SystemExit(f"The gradebook answered {answer.status_code} without everybody in it.")
    return body


def queries(client: Client, course: Course) -> int:
    with CaptureQueriesContext(connection) as found:
        page(client, course)
    return len(found)
