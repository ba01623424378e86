"""Recordings open section by section; the instructor keeps the schedule in the admin, in the course's time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coursesite.schedule.models import Lecture

pytestmark = pytest.mark.django_db
RECORDING = "https://media.example.edu/lecture-1"


@pytest.fixture
def lecture(course):
    """It ended five days ago."""
    found = course.lectures.get(number=1)
    found.starts_at = timezone.now() - timedelta(days=5, hours=1)
    found.ends_at = found.starts_at + timedelta(hours=1)
    found.recording_url = RECORDING
    found.save()
    return found


def page(client, enrollment):
    client.force_login(enrollment.user)
    return client.get("/c/deep-learning/schedule/").content.decode()


def test_a_recording_opens_for_each_section_after_its_delay(client, lecture, ada, alan, tom):
    assert RECORDING not in page(client, ada), "on campus: ten days"
    assert RECORDING in page(client, alan), "UNITE: at once"
    assert RECORDING in page(client, tom)
    Lecture.objects.filter(pk=lecture.pk).update(
        starts_at=lecture.starts_at - timedelta(days=5), ends_at=lecture.ends_at - timedelta(days=5)
    )
    assert RECORDING in page(client, ada)


def form(lecture, **changes):
    values = {"number": 1, "topic": lecture.topic_id, "title": lecture.title, "room": "", "material_url": "",
              "recording_url": RECORDING, "starts_at_0": "2022-09-08", "starts_at_1": "14:30", "ends_at_0": "2022-09-08",
              "ends_at_1": "15:45"}  # fmt: skip
    return values | changes


def test_the_instructor_edits_a_lecture_in_the_time_of_the_course(client, lecture, ines):
    client.force_login(ines.user)
    address = f"/admin/schedule/lecture/{lecture.pk}/change/"
    assert "Time zone: America/Chicago." in client.get(address).content.decode()
    assert client.post(address, form(lecture, room="Hall 2")).status_code == 302
    lecture.refresh_from_db()
    assert (lecture.room, lecture.starts_at.isoformat()) == ("Hall 2", "2022-09-08T19:30:00+00:00")


def test_a03_tas_and_others_change_nothing_and_a_script_is_no_link(client, lecture, tom, ada, ines, other):
    address = f"/admin/schedule/lecture/{lecture.pk}/change/"
    for person in (tom, ada, other["instructor"]):
        client.force_login(person.user)
        client.post(address, form(lecture, room="Elsewhere"))
    client.force_login(ines.user)
    client.post(address, form(lecture, room="Elsewhere", recording_url="javascript:alert(1)"))
    theirs = other["course"].topics.first()
    client.post(address, form(lecture, room="Elsewhere", topic=theirs.pk))
    lecture.refresh_from_db()
    assert lecture.room != "Elsewhere"


def test_books_are_added_to_ones_own_course_alone(client, ines, other):
    client.force_login(ines.user)
    values = {"kind": "book", "title": "A New Book", "by": "", "detail": "", "url": "", "position": 9}
    client.post("/admin/schedule/resource/add/", values | {"course": other["course"].pk})
    assert not other["course"].resources.filter(title="A New Book").exists()
    client.post("/admin/schedule/resource/add/", values | {"course": ines.course_id})
    assert ines.course.resources.filter(title="A New Book").exists()
