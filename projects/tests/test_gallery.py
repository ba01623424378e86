"""The gallery: all authors agree or nothing is shown; files leave as attachments and images of pages."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.roster.models import Membership, Team
from projects import services as projects
from projects.models import Milestone, Publication
from projects.services import gallery

pytestmark = pytest.mark.django_db
PAGE = "/c/deep-learning/gallery/"


@pytest.fixture
def report(course, team, ada, cast):
    milestone = cast.opened(Milestone.objects.get(course=course, slug="final-report"))
    sent = cast.delivery(report=samples.pdf("Our report"), notebook=samples.notebook("print('<b>hi</b>')"))
    made = projects.submit(milestone=milestone, enrollment=ada, delivery=sent)[0]
    for file in StoredFile.objects.all():
        files.inspect(str(file.pk))
    return made


@pytest.fixture
def proposed(report, team, ada):
    return gallery.propose(
        team=team, enrollment=ada, title="Deep nets", summary="We went deep.", used=report.files.all()
    )


@pytest.fixture
def shown(proposed, ada, alan, grace, ines, course):
    for who in (alan, grace):
        gallery.agree(publication=proposed, enrollment=who, revision=proposed.revision)
    gallery.open_to(course=course, audience="course", by=ines.user)
    return proposed


def is_shown():
    return Publication.objects.shown().exists()


def test_it_is_shown_while_every_author_agrees(proposed, ada, alan, grace):
    assert not is_shown()
    for who in (alan, grace):
        gallery.agree(publication=proposed, enrollment=who, revision=1)
    assert is_shown()
    gallery.take_back(publication=proposed, enrollment=alan)
    assert not is_shown()
    with pytest.raises(ValidationError):
        gallery.take_back(publication=proposed, enrollment=alan)


def test_a_change_asks_the_others_anew_and_nobody_agrees_to_what_they_did_not_see(shown, team, ada, alan, report):
    changed = gallery.propose(
        team=team, enrollment=ada, title="Deeper nets", summary="We went deep.", used=report.files.all()
    )
    assert (changed.pk, changed.revision) == (shown.pk, 2)
    assert not is_shown()
    with pytest.raises(ValidationError, match="Look at it again"):
        gallery.agree(publication=changed, enrollment=alan, revision=1)


def test_saving_the_same_again_changes_nothing(shown, team, alan, report):
    gallery.propose(team=team, enrollment=alan, title="Deep nets ", summary="We went deep.", used=report.files.all())
    assert is_shown()


def test_a_former_member_whose_milestone_is_shown_is_an_author(shown, grace, alan, report, cast):
    left = timezone.now() - timedelta(minutes=1)
    Membership.objects.filter(enrollment=grace).update(left_at=left)
    gallery.take_back(publication=shown, enrollment=grace)
    assert grace not in shown.authors()  # gone before it was due
    assert is_shown()
    cast.opened(Milestone.objects.get(pk=report.assignment_id), due=timedelta(minutes=-2))
    assert grace in shown.authors()
    assert not is_shown()
    gallery.agree(publication=shown, enrollment=grace, revision=1)
    assert is_shown()


def test_a_new_member_is_asked_too(shown, team, course, cast):
    dan = cast.enroll(course, "Dan Late")
    Membership.objects.create(team=team, enrollment=dan, joined_at=timezone.now())
    assert not is_shown()
    gallery.agree(publication=shown, enrollment=dan, revision=1)
    assert is_shown()


def test_only_files_of_the_team_and_only_members(report, team, ada, course, cast, proposal):
    lone = cast.enroll(course, "Olive Other")
    theirs = Team.objects.create(course=course, name="Others")
    Membership.objects.create(team=theirs, enrollment=lone, joined_at=timezone.now())
    with pytest.raises(ValidationError, match="your team has handed in"):
        gallery.propose(team=theirs, enrollment=lone, title="x", summary="y", used=report.files.all())
    with pytest.raises(ValidationError, match="Only members"):
        gallery.propose(team=team, enrollment=lone, title="x", summary="y", used=[])
    mine = gallery.propose(team=team, enrollment=ada, title="x", summary="y", used=[])
    with pytest.raises(ValidationError, match="Only its authors"):
        gallery.agree(publication=mine, enrollment=lone, revision=1)


def addresses(row):
    used = {one.used.part.key: one.pk for one in row.files.select_related("used__part")}
    detail = f"{PAGE}{row.pk}/"
    return [PAGE, detail, f"{detail}files/{used['report']}/", f"{detail}files/{used['report']}/1.png"], used


def test_a_course_s_gallery_is_for_the_course_a_public_one_for_everybody(client, shown, course, cast, other, ines):
    pages, _ = addresses(shown)
    classmate = cast.enroll(course, "Carl Classmate")
    for page in pages:
        client.logout()
        assert client.get(page).status_code == 302
        client.force_login(other["student"].user)
        assert client.get(page).status_code == 404
        client.force_login(classmate.user)
        assert client.get(page).status_code == 200
    gallery.open_to(course=course, audience="public", by=ines.user)
    assert not is_shown()  # they agreed to less
    for who in shown.authors():
        gallery.agree(publication=shown, enrollment=who, revision=1)
    for page in pages:
        client.logout()
        assert client.get(page).status_code == 200
        client.force_login(other["student"].user)
        assert client.get(page).status_code == 200
    gallery.open_to(course=course, audience="closed", by=ines.user)
    for page in pages[1:]:
        client.force_login(classmate.user)
        assert client.get(page).status_code == 404


def test_withdrawing_ends_every_address_at_once(client, shown, course, cast, grace):
    pages, _ = addresses(shown)
    gallery.take_back(publication=shown, enrollment=grace)
    client.force_login(cast.enroll(course, "Carl Classmate").user)
    for page in pages[1:]:
        assert client.get(page).status_code == 404
    assert b"Deep nets" not in client.get(PAGE).content


def test_files_are_attachments_or_images_and_never_html(client, shown, report, ada):
    client.force_login(ada.user)
    _, used = addresses(shown)
    for key in ("report", "notebook"):
        answer = client.get(f"{PAGE}{shown.pk}/files/{used[key]}/")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"{PAGE}{shown.pk}/files/{used['report']}/1.png")["Content-Type"] == "image/png"
    assert client.get(f"{PAGE}{shown.pk}/files/{used['notebook']}/1.png").status_code == 404
    assert "<iframe" not in client.get(f"{PAGE}{shown.pk}/").content.decode()


def test_files_that_were_not_agreed_to_are_not_there(client, report, team, ada, alan, grace, course, ines):
    only = [used for used in report.files.select_related("part") if used.part.key == "report"]
    row = gallery.propose(team=team, enrollment=ada, title="Deep nets", summary="x", used=only)
    for who in (alan, grace):
        gallery.agree(publication=row, enrollment=who, revision=1)
    gallery.open_to(course=course, audience="course", by=ines.user)
    client.force_login(ada.user)
    other = report.files.exclude(pk=only[0].pk).get()
    assert client.get(f"{PAGE}{row.pk}/files/{other.pk}/").status_code == 404
    assert b"notebook" not in client.get(f"{PAGE}{row.pk}/").content.lower()


def test_the_page_of_the_team_is_written_agreed_to_and_taken_back(client, report, team, ada, alan, grace):
    page = f"{PAGE}ours/"
    client.force_login(ada.user)
    file = report.files.get(part__key="report")
    assert client.post(page, {"act": "propose", "title": "", "summary": "x"}).status_code == 400
    client.post(page, {"act": "propose", "title": "Deep nets", "summary": "x", "used": [file.pk]})
    for who in (alan, grace):
        client.force_login(who.user)
        assert "has not agreed" in client.get(page).content.decode()
        client.post(page, {"act": "agree", "revision": "1"})
    assert is_shown()
    client.post(page, {"act": "take_back"})
    assert not is_shown()


def test_staff_take_a_project_out_and_the_instructor_alone_opens(client, shown, tom, ines, ada, course):
    client.force_login(ada.user)
    assert client.post(f"{PAGE}{shown.pk}/", {"withhold": "yes"}).status_code == 404
    assert client.post(PAGE, {"audience": "public"}).status_code == 404
    client.force_login(tom.user)
    client.post(f"{PAGE}{shown.pk}/", {"withhold": "yes"})
    assert not is_shown()
    assert client.post(PAGE, {"audience": "public"}).status_code == 404
    with pytest.raises(PermissionDenied):
        gallery.open_to(course=course, audience="public", by=tom.user)
    client.force_login(ines.user)
    assert client.post(PAGE, {"audience": "closed"}).status_code == 302
    client.post(f"{PAGE}{shown.pk}/", {"show": "yes"})
    assert is_shown()


def test_queries_do_not_grow_with_projects(client, shown, course, cast, ada):
    counts = []
    client.force_login(ada.user)
    for name in (None, "Second", "Third"):
        if name:
            team = Team.objects.create(course=course, name=name)
            who = cast.enroll(course, f"{name} Member")
            Membership.objects.create(team=team, enrollment=who, joined_at=timezone.now())
            gallery.propose(team=team, enrollment=who, title=name, summary="x", used=[])
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(PAGE).content.decode()
        assert page.count('<li class="card">') == len(counts) + 1
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 12, counts
