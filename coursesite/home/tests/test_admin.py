"""A03 and A04 in every corner of the admin: lists, forms, history, search, filters, choices, actions.

Everything that two courses can hold is loaded; what belongs to one of them must not show to the staff of the other.
"""

import re

import pytest
from django.contrib.admin.sites import site as staff_site
from django.urls import reverse

from coursesite.demo import services as demo
from coursesite.roster.models import Course, Enrollment, Role
from coursesite.roster.staff_site import CourseScoped

pytestmark = pytest.mark.django_db
EMPTY = set()  # models of which the demo has no rows


@pytest.fixture
def demo_course(course, other, tmp_path):
    return course


def scoped():
    return [admin for admin in staff_site._registry.values() if isinstance(admin, CourseScoped)]


def test_every_list_is_tidy():
    wrong = []
    for model, admin in staff_site._registry.items():
        many = len(admin.list_display) >= 2
        if not many or (model._meta.label not in SHORT and not admin.search_fields):
            wrong.append((model._meta.label, admin.list_display, admin.search_fields, admin.list_filter))
    assert wrong == [], wrong


SHORT = {"roster.Course", "roster.Section", "grading.Category"}
