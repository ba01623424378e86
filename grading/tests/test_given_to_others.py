"""What is given to other graders alone: nor is it in the ZIP, beside a work that is like it, or there to be replaced."""

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from coursesite.roster.models import Section
from grading.models import Claim, Split
from grading.services import arranging, claiming
from grading.services.arranging import Plan
from homework import services as homework_services
from homework.models import Acknowledgement, Comparison, Likeness
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def works(homework, ada, alan, cast):
    """Ada is on campus, Alan in UNITE."""
    return {
        student: homework_services.submit(
            homework=homework, enrollment=student, delivery=cast.delivery(), acknowledged=NOBODY
        )[0]
        for student in (ada, alan)
    }


@pytest.fixture
def split(homework, works, tom, ines, cast):
    """Tom has those on campus."""
    tina, places = cast.enroll(tom.course, "Tina Tutor", "ta"), {row.name: row.pk for row in Section.objects.all()}
    sections = {tom.user.pk: {places["On-campus"]}, tina.user.pk: {places["UNITE"]}}
    arranging.arrange(item=homework.item, by=ines.user, plan=Plan(Split.SECTION, only=True, sections=sections))
    return homework


def zipped(client, homework):
    answer = client.get(reverse("admin:handin_assignment_zip", args=[homework.pk]))
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a03_the_zip_holds_what_a_grader_may_open(client, split, tom, ines):
    told = {}
    for person in (tom, ines):
        client.force_login(person.user)
        content = zipped(client, split)
        folders = {name.split(",")[0] for name in content.namelist() if "/" in name}
        told[person.role] = (folders, "Turing" in content.read("manifest.csv").decode())
    assert told == {"ta": ({"Lovelace"}, False), "instructor": ({"Lovelace", "Turing"}, True)}


def test_a03_nobody_hands_in_over_work_that_they_may_not_open(client, split, works, ada, alan, tom):
    client.force_login(tom.user)
    found = {}
    for student in (ada, alan):
        page = reverse("admin:handin_assignment_for", args=[split.pk, student.pk])
        form = {"key": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "file-written-part": io.BytesIO(samples.pdf("Mine"))}
        found[student] = (client.get(page).status_code, client.post(page, form).status_code)
    assert found == {ada: (200, 302), alan: (404, 404)}


def test_a03_pairs_are_shown_to_whoever_may_open_both(client, split, works, ada, alan, tom, ines):
    now = timezone.now()
    made = Comparison.objects.create(homework=split, asked_by=ines.user, asked_at=now, finished_at=now, works=2)
    pair = Likeness.objects.create(
        comparison=made, matter="code", one=works[ada], other=works[alan], shared=5, of_one=5, of_other=5
    )
    pages = [
        reverse("admin:homework_homework_similar", args=[split.pk]),
        reverse("admin:homework_homework_pair", args=[split.pk, pair.pk]),
    ]
    told = {}
    for person in (tom, ines):
        client.force_login(person.user)
        answers = [client.get(page) for page in pages]
        told[person.role] = [(answer.status_code, "Turing" in answer.content.decode()) for answer in answers]
    assert told == {"ta": [(200, False), (404, False)], "instructor": [(200, True), (200, True)]}


def test_a03_who_has_handed_in_and_with_whom_is_told_of_work_that_one_may_open(
    client, split, works, ada, alan, grace, tom, ines
):
    """Grace, who has handed nothing in, stands there for all; Alan's work is Tina's."""
    for one, other in ((ada, grace), (ada, alan), (alan, grace)):
        Acknowledgement.objects.filter(submission=works[one]).first().classmates.add(other)
    pages = [
        reverse("admin:handin_assignment_roll", args=[split.pk]),
        reverse("admin:homework_homework_collaboration", args=[split.pk]),
    ]
    told = {}
    for person in (tom, ines):
        client.force_login(person.user)
        shown = [client.get(page).content.decode() for page in pages]
        told[person.role] = [[name in page for name in ("Lovelace", "Turing", "Hopper")] for page in shown]
        assert str(works[ada].pk) in shown[0]
    assert told == {"ta": [[True, False, True]] * 2, "instructor": [[True, True, True]] * 2}


def test_the_manifest_is_safe_for_spreadsheets(client, split, ada, ines):
    ada.user.sort_name = "\t=1+1"
    ada.user.save()
    client.force_login(ines.user)
    assert "'\t=1+1" in zipped(client, split).read("manifest.csv").decode()


def test_a_second_reading_that_is_over_opens_the_work_no_more(split, works, alan, tom):
    """A browser that died leaves the claim's row behind."""
    now, problem = timezone.now(), split.problems.first()
    told = {"problems": [problem], "grader": tom.user, "page": uuid4(), "second": True}
    claiming.hold(work=works[alan], now=now, **told)
    seen = Submission.objects.visible_to(tom.user).filter(pk=works[alan].pk)
    assert seen.exists()
    Claim.objects.update(expires_at=now - timedelta(seconds=1))
    assert not seen.exists()
