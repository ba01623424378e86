"""A03 and A04 in every corner of the admin: lists, forms, history, search, filters, actions, forged fields.

The demo course holds a row of nearly everything that can be registered; the staff of another course must neither see
nor move any of it.
"""

from datetime import timedelta

import pytest
from django.contrib.admin.sites import site as staff_site
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import SHIPPED, contents, enroll
from coursesite.demo import services as demo
from coursesite.handin.models import Accommodation, Assignment, Extension, ExtensionRequest
from coursesite.roster.models import Course, Enrollment, Role, User
from coursesite.roster.staff_site import CourseScoped

pytestmark = pytest.mark.django_db
SHORT = {"roster.Course", "roster.Section", "grading.Category"}  # lists that never grow past a page
LOOKED_AT = 2  # rows of each model


@pytest.fixture
def ours(db):
    """The demo course, with rows of what the demo has none of."""
    course = demo.load(today=timezone.localdate())
    ada, now = Enrollment.objects.filter(course=course, role=Role.STUDENT).first(), timezone.now()
    by = Enrollment.objects.filter(course=course, role=Role.INSTRUCTOR).first().user
    assignment = Assignment.objects.filter(course=course).first()
    Extension.objects.create(
        assignment=assignment, enrollment=ada, until=now + timedelta(days=1), granted_by=by, reason="Ill"
    )
    Accommodation.objects.create(enrollment=ada, hours=24, reason="Known to the office", granted_by=by)
    ExtensionRequest.objects.create(assignment=assignment, enrollment=ada, wished=now, reason="Ill")
    return course


@pytest.fixture
def outsiders(ours):
    call_command("load_course", SHIPPED, slug="elsewhere", verbosity=0)
    found = Course.objects.get(slug="elsewhere")
    return [enroll(found, "Olga Other", Role.TA).user, enroll(found, "Oskar Other", Role.INSTRUCTOR).user]


def scoped():
    return [admin for admin in staff_site._registry.values() if isinstance(admin, CourseScoped)]


def rows(admin, course):
    return admin.model._default_manager.filter(**{admin.course_path: course.pk}).order_by("pk")


def address(admin, act, *args):
    return reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_{act}", args=args)


def everything():
    """What every table holds, but for sessions, the admin's own log, and when somebody signed in last."""
    User.objects.update(last_login=None)
    passing = {"roster_session", "django_admin_log"}
    tables = [table for table in connection.introspection.table_names() if table not in passing]
    return {table: sorted(contents(table).splitlines()) for table in tables}


def test_every_list_is_tidy():
    """Columns to tell rows apart, and a search wherever a list can grow."""
    wrong = [
        (model._meta.label, admin.list_display, admin.search_fields)
        for model, admin in staff_site._registry.items()
        if len(admin.list_display) < 2 or not (admin.search_fields or model._meta.label in SHORT)
    ]
    assert wrong == [], wrong


def test_the_menu_goes_by_what_people_come_for_and_misses_nothing(client, ours):
    client.force_login(User.objects.create_superuser("root@example.org", "pass", name="Rita Root"))
    shown = client.get("/admin/").context["available_apps"]
    assert [group["name"] for group in shown] == ["Grading", "Handing in", "Project", "People", "Course"]
    listed = [model["model"] for group in shown for model in group["models"]]
    assert sorted(listed, key=str) == sorted(staff_site._registry, key=str)


def test_a03_lists_and_filters_hold_ones_own_course_alone(client, ours, outsiders, rf):
    for user in outsiders:
        client.force_login(user)
        for admin in scoped():
            answer = client.get(address(admin, "changelist"))
            if answer.status_code == 403:
                continue
            assert answer.status_code == 200, admin
            shown = answer.context["cl"]
            courses = {admin.course_of(row).slug for row in shown.result_list}
            assert courses <= {"elsewhere"}, (admin, courses)
            offered = {choice["display"] for spec in shown.filter_specs for choice in spec.choices(shown)}
            assert not offered & {"Amara Okafor", ours.title + " (Demo)"}, admin


def test_lists_ask_no_more_for_many_rows_than_for_one(client, ours, monkeypatch):
    client.force_login(Enrollment.objects.filter(course=ours, role=Role.INSTRUCTOR).first().user)
    grown = {}
    for admin in scoped():
        counts = [asked(client, admin)]
        with monkeypatch.context() as patch:
            patch.setattr(admin, "list_per_page", 1)
            counts.append(asked(client, admin))
        if counts[0] > counts[1]:
            grown[admin.opts.label] = counts
    assert grown == {}, grown


def asked(client, admin):
    with CaptureQueriesContext(connection) as captured:
        client.get(address(admin, "changelist"))
    return len(captured)


def test_a03_nothing_of_another_course_opens_moves_or_goes(client, ours, outsiders):
    """Every row by its address, every action with its key; afterwards every table is as it was."""
    before = everything()
    looked_at = set()
    for user in outsiders:
        client.force_login(user)
        for admin in scoped():
            for row in rows(admin, ours)[:LOOKED_AT]:
                looked_at.add(admin.opts.label)
                for act in ("change", "delete", "history"):
                    assert client.get(address(admin, act, row.pk)).status_code in (403, 404), (admin, act)
                    answer = client.post(address(admin, act, row.pk), {"post": "yes"})
                    assert answer.status_code in (403, 404, 405), (admin, act, answer.status_code)
            try_actions(client, admin, ours)
    assert everything() == before
    missing = {admin.opts.label for admin in scoped()} - looked_at
    assert missing <= set(), f"the demo has no row of {missing}"


def try_actions(client, admin, course):
    """With and without the page that asks whether one is sure."""
    keys = [str(pk) for pk in rows(admin, course).values_list("pk", flat=True)[:LOOKED_AT]]
    for action in [name for _, name, _ in admin._get_base_actions()]:
        for sure in ({}, {"post": "yes", "apply": "1", "confirm": "1", "reason": "because"}):
            form = {"action": action, "_selected_action": keys} | sure
            assert client.post(address(admin, "changelist"), form).status_code in (200, 302, 403), (admin, action)


def test_a03_a_ta_reads_what_an_instructor_may_change(client, ours):
    """Whatever a TA may not change has no form that takes a change, and a forged one is refused."""
    tutor = Enrollment.objects.filter(course=ours, role=Role.TA).first().user
    client.force_login(tutor)
    before = None
    for admin in scoped():
        listed = client.get(address(admin, "changelist"))
        if listed.status_code == 403 or not listed.context["cl"].result_list:
            continue
        row = listed.context["cl"].result_list[0]
        page = address(admin, "change", row.pk)
        answer = client.get(page)
        assert answer.status_code in (200, 403), admin
        if answer.status_code == 200 and answer.context.get("has_change_permission") is False:
            before = before or everything()
            assert client.post(page, {"_save": "Save"}).status_code == 403, admin
            assert client.post(address(admin, "delete", row.pk), {"post": "yes"}).status_code == 403, admin
    assert before is not None
    assert everything() == before


def test_a04_a_field_that_a_form_does_not_offer_is_refused(client, ours):
    leader = Enrollment.objects.filter(course=ours, role=Role.INSTRUCTOR).first().user
    client.force_login(leader)
    student = Enrollment.objects.filter(course=ours, role=Role.STUDENT).first()
    page = reverse("admin:roster_enrollment_change", args=[student.pk])
    offered = client.get(page).context["adminform"].form
    honest = {name: offered[name].value() or "" for name in offered.fields}
    assert client.post(page, honest | {"role": "instructor"}).status_code == 403
    student.refresh_from_db()
    assert student.role == Role.STUDENT
    assert client.post(page, honest).status_code == 302


def test_a05_a_role_that_is_taken_away_closes_the_admin_at_once(client, ours):
    enrollment = Enrollment.objects.filter(course=ours, role=Role.TA).first()
    client.force_login(enrollment.user)
    assert client.get("/admin/handin/submission/").status_code == 200
    enrollment.status = "dropped"
    enrollment.save()
    assert client.get("/admin/handin/submission/", follow=True).status_code == 404
