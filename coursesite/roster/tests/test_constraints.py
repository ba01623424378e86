"""States that must not be, refused by PostgreSQL itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError

from coursesite.roster.models import Course, Enrollment, Membership, Role, Section, Status, Team, User

pytestmark = pytest.mark.django_db
NOON = datetime(2022, 10, 3, 12, tzinfo=UTC)


@pytest.fixture
def course():
    return Course.objects.create(
        slug="dl", title="Deep Learning", first_day=date(2022, 9, 6), last_day=date(2022, 12, 14)
    )


@pytest.fixture
def ada(course):
    user = User.objects.create_user("ada@example.org", name="Ada King Lovelace")
    return Enrollment.objects.create(course=course, user=user)


def test_names_sort_by_the_last(ada):
    assert ada.user.sort_name == "Lovelace, Ada King"


def test_one_account_for_an_address_however_it_is_written(ada):
    with pytest.raises(IntegrityError, match="user_email"):
        User.objects.create(email="ADA@example.org")


def test_nobody_is_in_two_teams_at_once(course, ada):
    one, two = (Team.objects.create(course=course, name=name) for name in ("One", "Two"))
    Membership.objects.create(team=one, enrollment=ada, joined_at=NOON)
    with pytest.raises(IntegrityError, match="membership_one_team_at_a_time"):
        Membership.objects.create(team=two, enrollment=ada, joined_at=NOON + timedelta(days=1))


def test_g11_membership_is_asked_for_a_moment(course, ada):
    one, two = (Team.objects.create(course=course, name=name) for name in ("One", "Two"))
    moved = NOON + timedelta(days=7)
    Membership.objects.create(team=one, enrollment=ada, joined_at=NOON, left_at=moved)
    Membership.objects.create(team=two, enrollment=ada, joined_at=moved)
    assert Membership.objects.at(moved - timedelta(seconds=1)).get().team == one
    assert Membership.objects.at(moved).get().team == two


def test_a05_a_role_taken_away_stops_working_at_once(course, ada):
    ada.role = Role.INSTRUCTOR
    ada.save()
    assert course in Course.objects.led_by(ada.user)
    Enrollment.objects.update(status=Status.DROPPED)
    assert course not in Course.objects.visible_to(ada.user)
    assert course not in Course.objects.staffed_by(ada.user)


def test_a03_a_section_of_another_course_is_refused_though_one_leads_both(client, course):
    from conftest import enroll

    elsewhere = Course.objects.create(slug="ml", title="ML", first_day=date(2022, 9, 6), last_day=date(2022, 12, 14))
    here, there = (Section.objects.create(course=one, name="On-campus") for one in (course, elsewhere))
    student, lead = enroll(course, "Ada Lovelace"), enroll(course, "Ines Instructor", Role.INSTRUCTOR)
    Enrollment.objects.create(course=elsewhere, user=lead.user, role=Role.INSTRUCTOR)
    client.force_login(lead.user)
    page = f"/admin/roster/enrollment/{student.pk}/change/"
    for section, status in ((there, 200), (here, 302)):
        assert client.post(page, {"section": section.pk, "status": "active"}).status_code == status
        student.refresh_from_db()
        assert student.section == here


def test_the_site_answers(client):
    assert client.get("/healthz").content == b"ok\n"
