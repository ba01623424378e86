"""Staff have previews made anew, as when LibreOffice was not there at first."""

import pytest

from coursesite.files import services as files
from coursesite.files.models import StoredFile
from coursesite.files.tests import samples
from coursesite.handin.models import Submission
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db
LIST = "/admin/handin/submission/"
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}


@pytest.fixture
def unseen(homework, ada, alan, cast):
    """The files of two students, of which nothing could be shown."""
    for student in (ada, alan):
        sent = cast.delivery(written_part=samples.pdf(str(student)))
        services.submit(homework=homework, enrollment=student, delivery=sent, acknowledged=NOBODY)
    while files.inspect_waiting():
        pass
    StoredFile.objects.update(pages=None, warning="No preview.", tries=3)
    return {used.submission.enrollment: used.file for work in Submission.objects.all() for used in work.files.all()}


def again(client, *works):
    return client.post(
        LIST, {"action": "look_again", "_selected_action": [str(work.pk) for work in works]}, follow=True
    )


def test_previews_are_made_anew_of_what_was_chosen(client, unseen, ada, alan, tom):
    client.force_login(tom.user)
    answer = again(client, Submission.objects.get(enrollment=ada))
    assert "1 file is looked into anew." in answer.content.decode()
    assert unseen[ada].warning == "No preview."
    while files.inspect_waiting():
        pass
    found = {who: StoredFile.objects.get(pk=file.pk) for who, file in unseen.items()}
    assert (found[ada].pages, found[ada].warning, found[ada].tries) == (1, "", 1)
    assert (found[alan].pages, found[alan].warning) == (None, "No preview.")


def test_what_a_worker_looks_into_at_the_moment_is_left_to_it(client, unseen, ada, tom):
    StoredFile.objects.filter(pk=unseen[ada].pk).update(inspected_at=None)
    files.claim(StoredFile.objects.get(pk=unseen[ada].pk))
    client.force_login(tom.user)
    again(client, *Submission.objects.all())
    assert [file.tries for file in StoredFile.objects.order_by("tries")] == [0, 4]


def test_students_have_no_such_action(client, unseen, ada):
    client.force_login(ada.user)
    assert again(client, Submission.objects.get(enrollment=ada)).status_code in (403, 404)
    assert not StoredFile.objects.filter(inspected_at=None).exists()
