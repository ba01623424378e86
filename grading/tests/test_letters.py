"""What students are written: once for each thing that happened, to the right page, without points or grades."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from coursesite.handin import extensions
from coursesite.roster.models import Letter
from grading.models import Item, Score
from grading.policy import State
from grading.services import awarding, signing_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(course, homework, ada, alan, ines):
    found = Item.objects.get(assignment=homework)
    for student, points in ((ada, "87.25"), (alan, "64.75")):
        awarding.award(
            item=found, enrollment=student, by=ines.user, state=State.GRADED, points=Decimal(points), reason="Oral"
        )
    Letter.objects.all().delete()
    return found


def told(student):
    return list(Letter.objects.filter(to=[student.user.email]).values_list("subject", "body"))


def leads_somewhere(client, student, body):
    (address,) = re.findall(rf"{re.escape(settings.SITE_URL)}(\S+)", body)
    client.force_login(student.user)
    return client.get(address).status_code == 200


def test_a_release_is_told_once_and_leads_to_the_set(client, item, ada, alan, grace, ines):
    for _ in range(2):
        awarding.release(items=[item], by=ines.user)
        awarding.unrelease(items=[item], by=ines.user)
    awarding.release(items=[item], by=ines.user)
    for student in (ada, alan):
        ((subject, body),) = told(student)
        assert subject == "Homework 1 is graded"
        assert f"/grades/{item.pk}/" in body
        assert "87" not in subject + body
        assert leads_somewhere(client, student, body)
    assert told(grace) == []
    assert Letter.objects.count() == 2


def test_how_long_a_second_look_can_be_asked_for_is_told_where_it_can(item, ada, ines, course):
    course.regrade_days = 7
    course.save()
    awarding.release(items=[item], by=ines.user)
    ((_, body),) = told(ada)
    until = (timezone.now() + timedelta(days=7)).astimezone(course.zone)
    assert f"ask for a second look there until {until:%a %d %b}" in body


def test_an_extension_is_told_once_with_its_moment(client, homework, ada, alan, ines):
    Letter.objects.all().delete()
    until = homework.due_at + timedelta(days=2)
    extensions.grant(assignment=homework, owner=ada, until=until, reason="Ill, flu", by=ines.user)
    ((subject, body),) = told(ada)
    assert subject == "Homework 1: deadline"
    assert f"{until.astimezone(homework.course.zone):%a %d %b %Y, %H:%M}" in body
    assert "flu" not in body
    assert leads_somewhere(client, ada, body)
    assert told(alan) == []


def test_an_amendment_is_told_once_to_that_student_without_the_grade(client, item, course, ada, alan, ines):
    now = timezone.now()
    signing_off.sign(course=course, by=ines.user, seen=signing_off.digest(course, signing_off.grades(course)), now=now)
    assert Letter.objects.count() == 0
    Score.objects.filter(enrollment=ada).update(points=99, raw_points=99)
    seen = next(grade.plain for grade in signing_off.grades(course) if grade.enrollment == ada)
    signing_off.amend(course=course, student=ada.pk, by=ines.user, reason="Raised from 87.25 to 99", seen=seen, now=now)
    ((subject, body),) = told(ada)
    assert subject == f"{course}: your final grade was changed"
    assert not any(number in subject + body for number in ("87", "99", "14.85", "letter"))
    assert leads_somewhere(client, ada, body)
    assert told(alan) == []
