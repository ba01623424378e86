"""Requests for more time whose reason is long: granted like all others."""

from datetime import timedelta

import pytest

from coursesite.handin import extensions
from coursesite.handin.models import Extension, RequestState

pytestmark = pytest.mark.django_db
LONG = "My laptop broke, and then the train did. " * 40


@pytest.mark.parametrize("at_once", [0, 1])
def test_a_long_reason_is_granted_by_rule_and_by_staff(course, homework, ada, tom, at_once):
    course.extensions_at_once = at_once
    course.save()
    ada.course = homework.course = course
    asked = extensions.ask(assignment=homework, student=ada, wished=homework.due_at + timedelta(hours=24), reason=LONG)
    assert (asked.state == RequestState.GRANTED) == bool(at_once)
    if not at_once:
        extensions.answer(asked=asked, by=tom.user, granted=True)
    given = Extension.objects.get()
    assert (len(given.reason), given.reason[-1], given.reason[:-1] == LONG[:499]) == (500, "…", True)
    asked.refresh_from_db()
    assert asked.reason == LONG.strip()
