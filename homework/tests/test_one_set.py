"""One set for one student, by a plain statement: the same as the querysets find."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coursesite.handin.models import Accommodation, Extension
from homework.models import Homework
from homework.queries import opened

pytestmark = pytest.mark.django_db
SLUG = "homework-1"


def for_student(enrollment, slug, now):
    part, found = opened(enrollment.user, enrollment.course.slug, slug, now)
    assert (part, part.course, part.section) == (enrollment, enrollment.course, enrollment.section)
    return found


def test_it_comes_with_parts_problems_and_own_rule_in_one_query(homework, ada, ines, django_assert_num_queries):
    Accommodation.objects.create(enrollment=ada, hours=5, granted_by=ines.user)
    Extension.objects.create(
        assignment=homework, enrollment=ada, until=homework.due_at + timedelta(days=2), granted_by=ines.user
    )
    usual = Homework.objects.with_own_rule(ada).get(pk=homework.pk)
    address = ada.user, ada.course.slug, SLUG, timezone.now()
    with django_assert_num_queries(1):
        _, found = opened(*address)
        parts, problems = list(found.parts.all()), list(found.problems.all())
        assert (found.course, found.own_rule, found.own_hours) == (ada.course, usual.own_rule, 5)
        assert [extension.reason for extension in found.own_extensions] == [""]
    for own, kept in ((found, usual), *zip(parts, usual.parts.all(), strict=True)):
        assert all(getattr(own, f.attname) == getattr(kept, f.attname) for f in own._meta.concrete_fields)
    for own, kept in zip(problems, usual.problems.all(), strict=True):
        assert all(getattr(own, f.attname) == getattr(kept, f.attname) for f in own._meta.concrete_fields)
        assert isinstance(own.points, Decimal)


def test_what_is_asked_further_stays_within_the_set(homework, ada):
    found = for_student(ada, SLUG, timezone.now())
    assert found.problems.filter(number=1).get().assignment_id == homework.pk
    assert found.problems.count() == 4


def test_without_extension_the_common_rule_holds(homework, ada, alan, ines):
    Extension.objects.create(assignment=homework, enrollment=alan, until=homework.due_at, granted_by=ines.user)
    found = for_student(ada, SLUG, timezone.now())
    assert (found.own_extensions, found.own_hours, found.own_rule) == ([], 0, homework.late_rule)


def test_a_set_without_problems_has_none(homework, ada):
    homework.problems.all().delete()
    homework.parts.all().delete()
    found = for_student(ada, SLUG, timezone.now())
    assert (list(found.problems.all()), list(found.parts.all())) == ([], [])


def test_before_it_comes_out_and_elsewhere_there_is_none(homework, ada, other, proposal):
    assert for_student(ada, SLUG, homework.opens_at - timedelta(seconds=1)) is None
    assert for_student(ada, proposal.slug, timezone.now()) is None, "a milestone is no homework"
    assert for_student(other["student"], SLUG, timezone.now()).course == other["course"]
    assert for_student(ada, "'; drop table handin_assignment; --", timezone.now()) is None


def test_who_has_no_part_opens_nothing_and_staff_open_it_their_own_way(homework, ada, tom, other, proposal):
    now = timezone.now()
    assert opened(other["student"].user, ada.course.slug, SLUG, now) is None
    assert opened(tom.user, ada.course.slug, SLUG, now) == (tom, None)
