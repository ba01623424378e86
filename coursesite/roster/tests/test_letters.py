"""Letters: one that can't be sent keeps none of the others back."""

import pytest
from django.core import mail

from coursesite.roster import letters
from coursesite.roster.models import Letter

pytestmark = pytest.mark.django_db


def test_a_letter_that_no_mail_can_be_holds_up_no_other(ada, alan):
    Letter.objects.create(to=[ada.user.email], subject="Two\nlines", body="")
    letters.post([alan.user], "Receipt", "Here it is.")
    assert letters.send_new() == 1
    assert [sent.to for sent in mail.outbox] == [[alan.user.email]]
    stuck = Letter.objects.get(sent_at=None)
    assert (stuck.tries, "newlines" in stuck.problem) == (1, True)


def test_a_name_of_two_lines_is_a_subject_of_one(ada):
    letters.post([ada.user], "Lovelace,\n\tAda: receipt", "")
    letters.post_each([ada.user], "Lovelace,\r\nBcc: all@example.org", "")
    assert letters.send_new() == 2
    assert [sent.subject for sent in mail.outbox] == ["Lovelace, Ada: receipt", "Lovelace, Bcc: all@example.org"]
