"""Grading without names: at no door of a TA a name, an e-mail or a file's name, until the release."""

import logging
import re
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.handin import allowances
from grading.models import Score
from grading.services import arranging, awarding, claiming, computing, marking, regrades
from grading.services.arranging import Plan
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NAMES = ("Aurelia Quickwater", "Bartholomew Zyx", "Cornelius Vantongeren")
# Who is in the course is no secret of a set; these lists name people, and nothing that they handed in.
ROSTER = {"enrollment", "user", "team", "placement", "section"}
API = "/api/v1/courses/deep-learning/"


@pytest.fixture
def students(course, cast):
    return [cast.enroll(course, name) for name in NAMES]


@pytest.fixture
def works(homework, students, tom, cast):
    """Two of three are marked; files are called after their owners, and classmates acknowledge each other."""
    found = []
    for n, student in enumerate(students):
        mate = students[n - 1]
        credits = {number: Credit(frozenset({mate.pk}), "") for number in (1, 2, 3, 4)}
        work, _ = homework_services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=credits
        )
        for used in work.files.all():
            StoredFile.objects.filter(pk=used.file_id).update(name=f"{student.user.name} {used.pk} essay.pdf")
        found.append(work)
    for row in StoredFile.objects.all():
        files.inspect(str(row.pk))
    for work in found[:2]:
        marking.mark(submission=work, grader=tom.user, given=[Given(n, Decimal(5)) for n in (1, 2, 3, 4)])
    computing.compute_stale()
    return found


@pytest.fixture
def nameless(homework, works, ines):
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(anonymous=True, second_percent=100))
    return homework


def secrets(students, works):
    told = {student.user.name for student in students} | {student.user.sort_name for student in students}
    told |= {word for student in students for word in student.user.name.split()}
    told |= {student.user.email for student in students}
    return told | {used.file.name for work in works for used in work.files.select_related("file")}


def pages(homework, works):
    """Of the desk, the lists of the admin, the API, and what the desk shows of the work."""
    desk = reverse("admin:grading_item_desk", args=[homework.item.pk])
    yield from ("/admin/", desk, f"{desk}agreement/", f"{desk}next/", f"{desk}1/")
    for work in works:
        yield from (f"{desk}{work.pk}/", f"{desk}1/{work.pk}/", f"{desk}2/{work.pk}/")
        for used in work.files.select_related("file"):
            yield reverse("handin:download", args=[work.pk, used.pk])
            yield reverse("handin:notebook", args=[work.pk, used.pk])
            yield reverse("handin:page", args=[work.pk, used.pk, 1])
    for model in admin.site._registry:
        if model._meta.model_name not in ROSTER:
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield from (
        f"{API}submissions/",
        f"{API}scores/",
        f"{API}homework/",
        f"{API}schedule/",
        API.removesuffix("deep-learning/"),
    )


def told_by(client, page):
    """All that an answer says: where it leads, its heads and its body."""
    answer = client.get(page, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    heads = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    ways = " ".join(unquote(url) for url, _ in getattr(answer, "redirect_chain", []))
    return answer.status_code, " ".join([ways, unquote(heads), body.decode(errors="replace")])


def leaks(client, homework, works, words):
    found = set()
    for page in pages(homework, works):
        _, said = told_by(client, page)
        found |= {(page, word) for word in words if re.search(rf"\b{re.escape(word)}", said)}
    return found


def test_no_page_list_or_api_names_anybody_until_the_release(client, nameless, works, students, tom, caplog):
    caplog.set_level(logging.DEBUG)
    client.force_login(tom.user)
    words = secrets(students, works)
    assert {page for page, _ in leaks(client, nameless, works, words)} == set()
    assert not [word for word in words if word in caplog.text]


def test_with_names_the_same_pages_tell_them(client, homework, works, students, tom):
    """The control: the walk finds what there is to find."""
    client.force_login(tom.user)
    found = leaks(client, homework, works, secrets(students, works))
    desk = reverse("admin:grading_item_desk", args=[homework.item.pk])
    assert {
        desk,
        f"{desk}{works[0].pk}/",
        f"{API}submissions/",
        "/admin/handin/submission/",
        "/admin/grading/score/",
    } <= {page for page, _ in found}
    assert {word for _, word in found} >= {student.user.name for student in students}


def test_what_lists_owners_is_not_there_for_tas_and_is_for_instructors(client, nameless, works, tom, ines):
    work, score = works[0], Score.objects.get(enrollment=works[0].enrollment)
    addresses = [
        reverse("handin:receipt", args=[work.pk]),
        reverse("handin:receipt_text", args=[work.pk]),
        reverse("admin:handin_submission_change", args=[work.pk]),
        reverse("admin:handin_submission_history", args=[work.pk]),
        reverse("admin:grading_score_change", args=[score.pk]),
        reverse("admin:grading_score_history", args=[score.pk]),
        reverse("admin:handin_assignment_roll", args=[nameless.pk]),
        reverse("admin:handin_assignment_zip", args=[nameless.pk]),
        reverse("admin:homework_homework_collaboration", args=[nameless.pk]),
        reverse("admin:homework_homework_similar", args=[nameless.pk]),
    ]
    client.force_login(tom.user)
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    client.force_login(ines.user)
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_names_of_the_owner_search_filter_and_order_nothing(client, nameless, works, students, tom):
    client.force_login(tom.user)
    for model in ("handin/submission", "grading/score", "grading/regrade"):
        for query in ("q=Aurelia", f"enrollment__id__exact={students[0].pk}", "o=2"):
            _, said = told_by(client, f"/admin/{model}/?{query}")
            assert str(works[0].pk) not in said
            assert "Quickwater" not in said.replace("q=Aurelia", "")


@pytest.mark.parametrize("people", ["roster/enrollment", "projects/placement"])
@pytest.mark.parametrize("asked", ["submissions", "submissions__id__exact", "submissions__in"])
def test_a03_a_list_of_people_is_not_asked_whose_a_work_is(client, nameless, works, tom, people, asked):
    client.force_login(tom.user)
    status, said = told_by(client, f"/admin/{people}/?{asked}={works[0].pk}")
    assert (status, "Quickwater" in said) == (400, False)


def test_a03_a_list_of_people_is_not_asked_who_has_an_accommodation(client, students, tom, ines):
    """Instructors alone know of those."""
    allowances.accommodate(student=students[0], hours=24, reason="Known to the office", by=ines.user)
    client.force_login(tom.user)
    for asked in ("accommodation__isnull=0", "override__isnull=1", "accommodation=1"):
        assert client.get(f"/admin/roster/enrollment/?{asked}").status_code == 400


def test_what_is_saved_passed_over_and_handed_on_is_told_without_a_name(client, nameless, works, students, tom, cast):
    tina = cast.enroll(tom.course, "Tina Tutor", "ta")
    client.force_login(tina.user)
    desk = reverse("admin:grading_item_desk", args=[nameless.item.pk])
    said = []
    for act, sent in (
        ("", {"points-1": "3", "version-1": "0"}),
        ("skip/", {}),
        ("refer/", {"to": tom.user_id, "note": "Please look."}),
    ):
        answer = client.post(f"{desk}1/{works[2].pk}/{act}", sent, follow=True)
        said.append(answer.content.decode())
    words = secrets(students, works)
    assert not [word for word in words for page in said if word in page]
    assert "saved." in said[0]


def test_with_the_release_names_are_back_and_regrades_have_them(client, nameless, works, students, tom, ines):
    awarding.release(items=[nameless.item], by=ines.user)
    nameless.item.refresh_from_db()
    problem = nameless.problems.first()
    regrades.ask(item=nameless.item, problem=problem, student=students[0], reason="See page 2.", now=timezone.now())
    client.force_login(tom.user)
    assert "Aurelia Quickwater" in told_by(client, reverse("admin:grading_item_desk", args=[nameless.item.pk]))[1]
    assert "Aurelia Quickwater" in told_by(client, "/admin/grading/regrade/")[1]
    awarding.unrelease(items=[nameless.item], by=ines.user)
    assert "Aurelia Quickwater" not in told_by(client, "/admin/grading/regrade/")[1]


def test_a_download_has_a_plain_name_for_graders_and_its_own_for_the_student(client, nameless, works, students, tom):
    used = works[0].files.select_related("part").get(part__key="written-part")
    address = reverse("handin:download", args=[works[0].pk, used.pk])
    client.force_login(tom.user)
    assert 'filename="written-part-1.pdf"' in client.get(address)["Content-Disposition"]
    client.force_login(students[0].user)
    assert "Aurelia" in client.get(address)["Content-Disposition"]


def test_the_instructor_grades_without_names_too(client, nameless, works, ines):
    client.force_login(ines.user)
    shown = client.get(reverse("admin:grading_item_grade", args=[nameless.item.pk, works[0].pk])).content.decode()
    assert "Quickwater" not in shown
    assert f"Work {str(works[0].pk)[:6].upper()}" in shown


def test_claims_name_the_grader_and_not_the_owner(client, nameless, works, tom, ines):
    problem = nameless.problems.first()
    claiming.take(
        waiting=type(works[2]).objects.filter(pk=works[2].pk), problems=[problem], grader=ines.user, now=timezone.now()
    )
    client.force_login(tom.user)
    _, said = told_by(client, reverse("admin:grading_problem_grade", args=[nameless.item.pk, 1, works[2].pk]))
    assert "Ines Instructor has this open" in said
    assert "Vantongeren" not in said


def test_a_ta_has_no_gradebook_meanwhile_and_is_told_why(client, nameless, works, tom, ines):
    page = "/c/deep-learning/gradebook/"
    client.force_login(tom.user)
    answer = client.get(page)
    assert answer.status_code == 403
    assert "graded without names" in answer.content.decode()
    assert "Quickwater" not in answer.content.decode()
    client.force_login(ines.user)
    assert "Quickwater" in client.get(page).content.decode()
    awarding.release(items=[nameless.item], by=ines.user)
    client.force_login(tom.user)
    assert "Quickwater" in client.get(page).content.decode()
