"""A TA walks through the admin and the API, where sets are given out by section, by problem and by share, and finds what
is theirs: lists, search, orders, forms, history, actions, pop-ups and autocomplete."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from coursesite.handin.models import Accommodation
from coursesite.roster.models import Section
from grading.models import Item, Regrade, Score, Split
from grading.services import arranging, awarding, computing, marking, regrades
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework import services as homework_services
from homework.models import Homework
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
ASKED = (
    "", "?q=turing", "?q=outside", "?o=1", "?o=-3", "?_popup=1", "?_to_field=id&_popup=1", "?all=",
    "?enrollment__scores__points__gt=0", "?submission__marks__points__gt=0", "?scores__points__gt=0",
    "?submissions__marks__points__gt=0",
)  # fmt: skip


TOLD = ("grading", "handin", "homework")  # of what others have


@pytest.fixture
def works(course, ada, alan, ines, other, cast):
    """Ada's and Alan's of three sets, and one of another course: marked, released, and asked about."""
    owners = [(row, ada) for row in sets(course)] + [(row, alan) for row in sets(course)]
    owners.append((Homework.objects.filter(course=other["course"]).order_by("position").first(), other["student"]))
    found = {}
    for n, (row, student) in enumerate(owners, 1):
        by = other["instructor"].user if row.course == other["course"] else ines.user
        cast.opened(row)
        work = homework_services.submit(
            homework=row, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
        )[0]
        given = [Given(k, Decimal(f"{n}.{k}7"), f"said-{n}-{k}-end") for k in NOBODY]
        marking.mark(submission=work, grader=by, given=given)
        item = Item.objects.select_related("category__course", "assignment").get(assignment=row)
        awarding.release(items=[item], by=by)
        item.refresh_from_db()
        problem = row.problems.get(number=4)
        regrades.ask(item=item, problem=problem, student=student, reason=f"asked-{n}-end", now=timezone.now())
        found[n] = work
    computing.compute_stale()
    return found


def sets(course):
    return list(Homework.objects.filter(course=course).order_by("position")[:3])


@pytest.fixture
def split(course, works, alan, tom, tina, ines):
    """Tom has the section on campus (Ada) of the first set, two problems of the second, and no share of the third."""
    first, second, third = (Item.objects.select_related("category__course").get(assignment=row) for row in sets(course))
    places = {row.name: row.pk for row in Section.objects.filter(course=course)}
    keys = list(second.assignment.problems.values_list("pk", flat=True))
    plans = {
        first: Plan(Split.SECTION, only=True, sections={tom.user_id: {places["On-campus"]}, tina.user_id: {places["UNITE"]}}),
        second: Plan(Split.PROBLEM, only=True, problems={tom.user_id: keys[:2], tina.user_id: keys}),
        third: Plan(Split.SHARE, only=True, weights={tina.user_id: 1}),
    }  # fmt: skip
    Regrade.objects.update(assigned_to=tina.user)
    for item, plan in plans.items():
        arranging.arrange(item=item, by=ines.user, plan=plan)
    told = {"granted_by": ines.user, "granted_at": timezone.now()}
    Accommodation.objects.create(enrollment=alan, hours=24, reason="asked-9-end", **told)


def secrets(works):
    """Works 1 to 3 are Ada's and 4 to 6 Alan's. Of 2 and 5 problems 1 and 2 are open."""
    shut = [str(works[n].pk) for n in (3, 4, 6, 7)]
    said = [f"said-{n}-{k}-end" for n in works for k in NOBODY if n in (3, 4, 6, 7) or (n in (2, 5) and k > 2)]
    asked = [f"asked-{n}-end" for n in (2, 3, 4, 5, 6, 7, 9)]
    sums = [f"{4 * n + Decimal('1.28')}" for n in (2, 3, 4, 5, 6, 7)]
    return re.compile("|".join(map(re.escape, [*shut, *said, *asked, *sums, "Outside", "Olga Other"])))


def addresses():
    """Every list as it can be asked for, every row that there is, and what its fields offer."""
    for model in admin.site._registry:
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield from (base + asked for asked in ASKED)
        for key in model._base_manager.values_list("pk", flat=True) if model._meta.app_label in TOLD else ():
            yield from (f"{base}{key}/{act}/" for act in ("change", "history", "delete"))
        for field in model._meta.fields:
            if field.is_relation:
                about = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}"
                yield f"/admin/autocomplete/?{about}&field_name={field.name}&term="


def more(course, works):
    """What stands beside the admin's own pages."""
    yield from ("/admin/", "/admin/grading/regrade/statistics/", "/admin/grading/score/late-adds/")
    for slug in (course.slug, "other"):
        yield from (f"/api/v1/courses/{slug}/{page}" for page in ("scores/", "submissions/", "export/complete.csv"))
        yield from (f"/c/{slug}/gradebook/{page}" for page in ("", "statistics/", "?state=by-hand"))
    for work in works.values():
        item, row = work.assignment.item.pk, work.assignment_id
        desk = f"/admin/grading/item/{item}/desk/"
        yield from (desk, f"{desk}agreement/", f"{desk}{work.pk}/", f"{desk}1/{work.pk}/", f"{desk}4/{work.pk}/")
        yield from (f"/submissions/{work.pk}/", f"/c/{course.slug}/gradebook/{work.enrollment_id}/{item}/")
        yield from (
            f"/c/{course.slug}/gradebook/students/{work.enrollment_id}/",
            f"/admin/handin/assignment/{row}/roll/",
        )
        yield f"/admin/homework/homework/{row}/collaboration/"


def telling(client, pages, words):
    found = {}
    for page in pages:
        answer = client.get(page, follow=True)
        assert answer.status_code < 500, page
        said = set(words.findall(answer.content.decode(errors="replace")))
        found |= {page: said} if said else {}
    return found


def test_a03_a_ta_finds_in_no_corner_what_is_given_to_others(client, course, works, split, tom):
    client.force_login(tom.user)
    assert telling(client, [*addresses(), *more(course, works)], secrets(works)) == {}


def test_an_instructor_finds_it_there(client, course, works, split, ines):
    """The control, on a few pages of those above."""
    client.force_login(ines.user)
    pages = {"/admin/handin/submission/", "/admin/grading/score/", "/api/v1/courses/deep-learning/scores/"}
    assert set(telling(client, pages, secrets(works))) == pages


@pytest.mark.parametrize("act", ["delete_selected", "take_back", "release", "unrelease"])
def test_a03_no_action_of_a_ta_changes_a_score_or_takes_a_row(client, works, split, tom, act):
    client.force_login(tom.user)
    before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in admin.site._registry}
    scores = set(Score.objects.values_list("pk", "state", "points", "source", "item__released_at"))
    for model, keys in before.items():
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        sent = {"action": act, "_selected_action": [str(key) for key in keys], "index": 0, "post": "yes"}
        if model._meta.model_name not in ("savedcomment", "extension"):
            client.post(base, sent)
    assert {model: set(model._base_manager.values_list("pk", flat=True)) for model in before} == before
    assert set(Score.objects.values_list("pk", "state", "points", "source", "item__released_at")) == scores


# Tidy


def test_the_course_stands_in_a_list_for_whoever_has_several(client, course, other, ines, cast):
    client.force_login(ines.user)
    assert "column-course" not in client.get("/admin/roster/enrollment/").content.decode()
    type(ines).objects.create(course=other["course"], user=ines.user, role="ta")
    assert "column-course" in client.get("/admin/roster/enrollment/").content.decode()


def test_points_and_rules_are_written_as_people_write_them(client, course, works, ada, ines):
    client.force_login(ines.user)
    assert "5.28 of 100" in client.get("/admin/grading/score/").content.decode()
    assert "the best 4" in client.get("/admin/grading/category/").content.decode()
    grade = client.get(f"/admin/grading/coursegrade/{ada.pk}/change/").content.decode()
    assert "Homework 1, Homework 2, Homework 3" in grade
    work = client.get(f"/admin/handin/submission/{works[1].pk}/change/").content.decode()
    assert str(works[1].idempotency_key) not in work


def test_an_empty_list_says_whether_it_is_filtered(client, course, ines):
    client.force_login(ines.user)
    assert "Nothing is here yet." in client.get("/admin/handin/extension/").content.decode()
    assert "Nothing fits" in client.get("/admin/roster/enrollment/?q=nobodyatall").content.decode()
