"""A milestone that is graded without names: no page of a TA shows a team, a member or a file beside work or scores."""

import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from grading.models import Item, LivePoints
from grading.services import apart, arranging, awarding, computing, marking
from grading.services.arranging import Plan
from grading.services.marking import Given
from grading.tests.test_nameless import told_by
from projects import services as projects

pytestmark = pytest.mark.django_db
COURSE, API = "/c/deep-learning/", "/api/v1/courses/deep-learning/"
TALKS, MEMBERS = f"{COURSE}project/talks/proposal/", f"{COURSE}project/members/proposal/"


@pytest.fixture
def item(course):
    return Item.objects.select_related("category__course", "assignment").get(title="Proposal")


@pytest.fixture
def work(proposal, team, talk, ada, tom, ines, item, cast):
    """Marked, one member's score set apart, a talk that is on; the file is called after the team."""
    made, _ = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))
    StoredFile.objects.update(name="Perceptrons, Ada Lovelace.pdf")
    cast.opened(proposal, due=timedelta(hours=-1))
    marking.mark(
        submission=made,
        grader=tom.user,
        given=[Given(n, Decimal(points)) for n, points in ((1, 30), (2, 25), (3, 25))],
    )
    told = {"milestone": proposal, "item": item, "team": team, "by": ines.user}
    apart.set_apart(enrollment=ada, points=Decimal(70), reason="Did less.", **told)
    computing.compute_stale()
    return made


@pytest.fixture
def nameless(item, work, ines):
    arranging.arrange(item=item, by=ines.user, plan=Plan(anonymous=True))
    return item


def beside_scores(team, talk, item, student):
    """Each page and file that shows teams or students beside work or scores."""
    yield from (MEMBERS, f"{MEMBERS}{team.pk}/")
    yield from (f"{TALKS}live/", f"{TALKS}live/{talk.pk}/", f"{TALKS}scores/")
    book = f"{COURSE}gradebook/"
    yield from (book, f"{book}?at=2026-01-01T00:00", f"{book}as-of.csv?at=2026-01-01T00:00", f"{book}statistics/")
    yield from (f"{book}columns/{item.pk}/", f"{book}students/{student.pk}/", f"{book}{student.pk}/{item.pk}/")
    yield f"{book}figures/?of={student.pk}"
    yield from (f"{COURSE}numbers/", f"{COURSE}numbers/complete.csv", f"{COURSE}numbers/complete.xlsx")
    yield from (f"{COURSE}final-grades/", f"{COURSE}final-grades/letters.csv", f"{COURSE}final-grades/print/")
    yield from (f"{API}scores/", f"{API}submissions/", f"{API}export/complete.csv", f"{API}grades/")
    yield from (f"/admin/grading/item/export/deep-learning/{form}.csv" for form in ("canvas", "complete"))
    for model in ("handin/submission", "grading/score", "grading/coursegrade", "grading/regrade"):
        yield from (f"/admin/{model}/", f"/admin/{model}/?q=Lovelace", f"/admin/{model}/?q=Perceptrons")
    desk = f"/admin/grading/item/{item.pk}/desk/"
    yield from (desk, f"{desk}1/", f"{desk}agreement/", "/admin/")


def with_names(desk, team, roster):
    """Who is in the course and its teams is no secret; which work is theirs is."""
    yield from (f"{COURSE}project/overview/", TALKS, f"{TALKS}print/", f"{COURSE}project/board/", f"{COURSE}people/")
    yield from (f"{COURSE}project/", f"{COURSE}project/proposal/", f"{COURSE}project/evaluation/proposal/")
    yield from ("/admin/projects/placement/", f"/admin/projects/placement/{roster.pk}/change/")
    yield from (
        "/admin/roster/team/",
        f"/admin/roster/team/{team.pk}/change/",
        f"/admin/roster/team/{team.pk}/history/",
    )
    yield from (f"/admin/roster/enrollment/{roster.pk}/change/", f"/admin/roster/enrollment/{roster.pk}/history/")
    yield f"/admin/handin/assignment/{desk.assignment_id}/change/"


def words(page):
    """Without the words that were sent."""
    return {"Perceptrons", "Lovelace", "ada@example.org", "Turing", "grace@example.org"} - set(page.split("="))


def test_no_page_beside_work_or_scores_names_a_team_a_member_or_a_file(
    client, nameless, work, team, talk, ada, tom, caplog
):
    caplog.set_level(logging.DEBUG)
    client.force_login(tom.user)
    found = set()
    for page in [*beside_scores(team, talk, nameless, ada), f"/admin/grading/item/{nameless.pk}/desk/{work.pk}/"]:
        said = told_by(client, page)[1]
        found |= {(page, word) for word in words(page) if word in said}
    assert found == set()
    assert not [word for word in words("") if word in caplog.text]


def test_with_names_and_after_the_release_the_same_pages_tell_them(client, item, work, team, talk, ada, tom, ines):
    """The control: the walk finds what there is to find."""
    client.force_login(tom.user)
    named = {MEMBERS, f"{MEMBERS}{team.pk}/", f"{TALKS}live/", f"{TALKS}scores/", f"{COURSE}gradebook/"}
    named |= {f"{API}scores/", f"{API}submissions/", "/admin/handin/submission/", "/admin/grading/score/"}

    def telling():
        return {
            page
            for page in named
            if "Perceptrons" in told_by(client, page)[1]
            or "ada@" in told_by(client, page)[1]
            or "Lovelace" in told_by(client, page)[1]
        }

    assert telling() == named
    arranging.arrange(item=item, by=ines.user, plan=Plan(anonymous=True))
    assert telling() == set()
    awarding.release(items=[item], by=ines.user)
    assert telling() == named


def test_where_names_stand_no_page_leads_to_the_work(client, nameless, work, team, talk, ada, tom, ines):
    client.force_login(tom.user)
    assert {page for page in with_names(nameless, team, ada) if str(work.pk) in told_by(client, page)[1]} == set()
    client.force_login(ines.user)
    assert str(work.pk) in client.get(f"{COURSE}project/overview/").content.decode()


def test_closed_pages_say_why_and_instructors_have_them(client, nameless, work, team, talk, ada, tom, ines):
    closed = [MEMBERS, f"{MEMBERS}{team.pk}/", f"{TALKS}live/", f"{TALKS}live/{talk.pk}/", f"{TALKS}scores/"]
    client.force_login(tom.user)
    for page in closed:
        answer = client.get(page)
        assert answer.status_code == 403
        assert "Proposal is graded without names at present" in answer.content.decode()
    client.force_login(ines.user)
    assert [client.get(page, follow=True).status_code for page in closed] == [200] * 5
    client.force_login(ada.user)
    assert [client.get(page).status_code for page in closed] == [404] * 5


def test_nothing_is_done_through_a_closed_page(client, nameless, work, team, talk, ada, tom):
    client.force_login(tom.user)
    sent = {"points-1": "3", "revision": "1", "act": "undo", "member": ada.pk, "talk": talk.pk}
    for page in (f"{TALKS}live/{talk.pk}/", f"{TALKS}scores/", f"{MEMBERS}{team.pk}/"):
        assert client.post(page, sent).status_code == 403
    assert client.post(f"{TALKS}live/{talk.pk}/", sent, headers={"Accept": "application/json"}).status_code == 403
    assert not LivePoints.objects.exists()
