"""A repository's address as a part of what a team hands in; and the parts themselves."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from coursesite.files import links
from coursesite.files.models import Format
from coursesite.files.tests import samples
from coursesite.handin import receipts
from coursesite.handin.models import Part, Submission
from coursesite.roster import letters

pytestmark = pytest.mark.django_db
HERE = "https://github.com/perceptrons/deep-project"


@pytest.fixture
def report(course, cast):
    from projects.models import Milestone

    return cast.opened(Milestone.objects.get(course=course, slug="final-report"))


@pytest.fixture
def sent(client, report, team, ada):
    """What Ada's browser sends for the team."""

    def send(link, **files):
        client.force_login(ada.user)
        page = f"/c/{report.course.slug}/project/{report.slug}/"
        key = client.get(page).context["form"]["key"].value()
        return client.post(page, {"key": key, "file-repository": link, **files})

    return send


def report_file(name="report.pdf"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, samples.pdf("Our report"))


def test_a_link_is_kept_in_the_version_and_on_the_receipt_of_every_member(sent, team):
    assert sent(HERE, **{"file-report": report_file()}).status_code == 302
    made = Submission.objects.get(team=team)
    used = made.files.get(part__key="repository")
    assert (used.file.name, used.file.format, used.file.path.read_text()) == (HERE, Format.LINK, HERE)
    assert used.file.inspected_at is not None
    assert receipts.read(made.receipt.text).files[used.file.sha256] == f"repository: {HERE}"
    letters.send_waiting()
    assert sorted(mail.outbox[0].to) == ["ada@example.org", "alan@example.org", "grace@example.org"]
    assert HERE in mail.outbox[0].body


def test_a_link_alone_is_a_version_and_an_empty_field_carries_it_over(sent, team):
    sent(HERE)
    sent("", **{"file-report": report_file()})
    second = Submission.objects.current().get(team=team)
    assert second.number == 2
    assert {used.part.key: used.file.name for used in second.files.all()} == {
        "report": "report.pdf",
        "repository": HERE,
    }


def test_what_a_team_handed_in_partly_is_told_so_on_its_page(client, sent, report, django_assert_max_num_queries):
    sent(HERE)
    page = f"/c/{report.course.slug}/project/"
    client.get(page)
    with django_assert_max_num_queries(25) as for_one:
        shown = client.get(page).content.decode()
    most = len(for_one)
    assert "▲ Partly: Report missing" in shown
    assert "▲ Partly handed in: Report missing." in shown
    sent("", **{"file-report": report_file()})
    with django_assert_max_num_queries(most):
        shown = client.get(page).content.decode()
    assert ("Partly" in shown, "✓ Submitted" in shown) == (False, True)


def test_the_same_link_again_gives_the_receipt_that_is_there(sent, team):
    first, second = sent(HERE), sent(f" {HERE} ")
    assert second["Location"] == first["Location"] + "?same"


@pytest.mark.parametrize(
    "text",
    [
        "http://github.com/a/b",
        "javascript:alert(1)",
        "https://ada:secret@github.com/a",
        "https://localhost/x",
        "github.com/a/b",
        "https://",
        "https://github.com/a b",
        "https://github.com/a\nX: y",
        "ftp://github.com/a",
        "https://github.com/" + "a" * 200,
    ],
)
def test_what_graders_could_not_open_is_refused(text):
    with pytest.raises(ValidationError):
        links.checked(text)


def test_a_refused_link_is_told_beside_its_field_and_keeps_nothing(sent, team):
    answer = sent("http://github.com/a/b", **{"file-report": report_file()})
    assert answer.status_code == 400
    assert "Copy the whole address" in answer.context["form"].errors["file-repository"][0]
    assert not Submission.objects.filter(team=team).exists()


def test_the_receipt_page_links_there_without_telling_from_where(client, sent, team, ada):
    page = client.get(sent(HERE)["Location"]).content.decode()
    assert f'<a href="{HERE}" rel="noopener noreferrer nofollow" target="_blank">' in page


def test_nobody_here_opens_a_link(sent, team, monkeypatch):
    import socket

    from coursesite.files import services as files

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was made")

    sent(HERE)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert not files.inspect_waiting()


def parts_form(page):
    """The admin's form as a browser would send it back."""
    found = {}
    for form in [page.context["adminform"].form, *(f.formset for f in page.context["inline_admin_formsets"])]:
        forms = [*form.forms, form.management_form] if hasattr(form, "forms") else [form]
        for one in forms:
            for field in one:
                value = field.value()
                parts = field.field.widget.decompress(value) if hasattr(field.field.widget, "decompress") else None
                if parts is not None:
                    found |= {f"{field.html_name}_{at}": part or "" for at, part in enumerate(parts)}
                elif value is not None and value is not False:
                    found[field.html_name] = value
    return found


def test_instructors_say_what_is_handed_in(client, report, ines, tom):
    address = f"/admin/handin/assignment/{report.pk}/change/"
    client.force_login(ines.user)
    form = parts_form(client.get(address))
    form |= {"parts-TOTAL_FORMS": "4", "parts-3-title": "Poster", "parts-3-kind": "pdf", "parts-3-position": "9"}
    answer = client.post(address, form)
    assert answer.status_code == 302, answer.context["errors"]
    poster = Part.objects.get(assignment=report, title="Poster")
    assert (poster.key, poster.formats, poster.required) == ("poster", ["pdf"], False)
    client.force_login(tom.user)
    client.post(address, form | {"parts-TOTAL_FORMS": "5", "parts-4-title": "By a TA", "parts-4-kind": "pdf"})
    assert not Part.objects.filter(title="By a TA").exists()
