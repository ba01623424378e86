"""A06: what is not released shows nowhere. A student walks everything that can be reached, before and after the staff
change every score, mark, comment and rubric of what is not released: the same bytes, the same headers, no letter."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from coursesite.demo import services as demo
from coursesite.handin.models import Submission
from coursesite.roster.models import Enrollment, Letter, Role
from grading.models import Item, Mark
from grading.policy import State
from grading.services import awarding, computing, marking
from grading.services.marking import Given

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|src|hx-get)="(/(?:c|submissions|api)/[^"#]*)"')
# Tokens and keys, which each form has anew, and the clock.
ONCE = re.compile(r'value="[0-9a-zA-Z-]{32,}"|"[0-9a-zA-Z]{64}"|data-now="\d+"')
ASKED = ["grades/what-if/?others=full", "grades/report/?at=2030-01-01T00:00", "grades/statistics/?section=1"]
API = ["submissions/", "grades/", "homework/", "schedule/"]
MOST = 300


@pytest.fixture
def course(db):
    found = demo.load(today=timezone.localdate())
    computing.compute_stale()
    return found


def walked(client, course):
    """Address and answer of every page, file and API call that links lead to, from the home page on."""
    waiting = [
        *(f"/c/{course.slug}/{path}" for path in ["", *ASKED]),
        *(f"/api/v1/courses/{course.slug}/{path}" for path in API),
    ]
    found = {}
    while waiting and len(found) < MOST:
        address = waiting.pop(0)
        if address in found:
            continue
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = body.decode("latin-1")
        headers = {name: value for name, value in answer.items() if name not in ("Date", "Set-Cookie")}
        found[address] = (answer.status_code, ONCE.sub("once", text), headers)
        if "html" in answer["Content-Type"]:
            waiting += [unescape(link) for link in LINK.findall(text)]
    return found


def change_all_that_is_hidden(course, by):
    hidden = Item.objects.filter(category__course=course, released_at=None)
    submissions = Submission.objects.current().filter(assignment__item__in=hidden)
    for work in submissions:
        versions = dict(work.marks.values_list("problem__number", "version"))
        numbers = work.assignment.problems.values_list("number", flat=True)
        given = [Given(n, Decimal(1), "Nobody may see this", versions.get(n, 0)) for n in numbers]
        marking.mark(submission=work, grader=by, given=given)
    exam = hidden.filter(assignment=None).first() or hidden.first()
    for student in Enrollment.objects.filter(course=course, role=Role.STUDENT):
        if not Submission.objects.filter(assignment=exam.assignment, enrollment=student).exists():
            awarding.award(item=exam, enrollment=student, by=by, state=State.GRADED, points=Decimal(7), reason="Hidden")
    computing.compute_stale()


def test_a06_what_is_not_released_shows_nowhere(client, course, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # pages that say when they were made say the same
    student = Enrollment.objects.get(course=course, user__email="amara.okafor@students.example")
    by = Enrollment.objects.filter(course=course, role=Role.INSTRUCTOR).first().user
    client.force_login(student.user)
    before, letters = walked(client, course), Letter.objects.count()
    assert {status for status, _, _ in before.values()} <= {200, 302}
    assert len(before) > 40
    marks = Mark.objects.count()
    change_all_that_is_hidden(course, by)
    assert Mark.objects.count() > marks + 20
    after = walked(client, course)
    assert set(after) == set(before)
    assert [address for address in before if before[address] != after[address]] == []
    assert Letter.objects.count() == letters
