"""Years at the ends of the calendar are refused in words wherever a day or an instant is entered."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from coursesite.roster.models import Course
from coursesite.roster.moments import plausible
from coursesite.schedule.models import Lecture
from projects.models import Evaluation, Slot

pytestmark = pytest.mark.django_db
SAID = "Check the year: 1970 to 2200 are taken."
ENDS = ["0001-01-01", "1969-12-31", "2201-01-01", "9999-12-31"]
PROJECT = "/c/deep-learning/project"


@pytest.mark.parametrize("day", ENDS)
def test_no_lecture_lies_there(client, course, ines, day):
    lecture = Lecture.objects.filter(course=course).first()
    client.force_login(ines.user)
    sent = {
        "starts_at_0": day, "starts_at_1": "00:00", "ends_at_0": day, "ends_at_1": "23:59", "number": 1,
        "topic": lecture.topic_id, "title": "x",
    }  # fmt: skip
    answer = client.post(f"/admin/schedule/lecture/{lecture.pk}/change/", sent)
    errors = answer.context["adminform"].form.errors
    assert [errors[name] for name in ("starts_at", "ends_at")] == [[SAID], [SAID]]


@pytest.mark.parametrize("day", ENDS)
def test_no_course_does_and_teams_are_not_fixed_there(client, course, ines, day):
    client.force_login(ines.user)
    sent = {"first_day": day, "last_day": day, "teams_lock_at_0": day, "teams_lock_at_1": "23:59"}
    answer = client.post(f"/admin/roster/course/{course.pk}/change/", sent)
    errors = answer.context["adminform"].form.errors
    assert [errors[name] for name in sent if name in errors] == [[SAID], [SAID]]
    assert errors["teams_lock_at"] == [SAID]


@pytest.mark.parametrize("day", ENDS)
def test_no_talk_does_nor_the_rules_of_talks_nor_an_evaluation(client, proposal, ines, day):
    client.force_login(ines.user)
    page = f"{PROJECT}/talks/{proposal.slug}/open/"
    by_hand = {"day": day, "begin": "09:00", "end": "09:30", "rooms": "A", "minutes": 30, "pause": 0}
    rules = {"act": "rules", "locks_at": f"{day}T23:59", "combining": "average"}
    evaluation = {"closes_at": f"{day}T23:59", "act": "plan"}
    for address, sent in (
        (page, by_hand | {"act": "open"}),
        (page, rules),
        (f"{PROJECT}/members/{proposal.slug}/", evaluation),
    ):
        answer = client.post(address, sent)
        assert (answer.status_code, SAID in answer.content.decode()) == (400, True), address
    client.post(page, by_hand | {"day": "2030-07-01", "act": "open"})
    moved = {"starts_at": f"{day}T09:00", "ends_at": f"{day}T23:59", "room": "A"}
    answer = client.post(f"{PROJECT}/talks/{proposal.slug}/slots/{Slot.objects.get().pk}/", moved)
    assert (answer.status_code, answer.content.decode().count(SAID)) == (400, 2)
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize("day", ENDS)
def test_no_course_file_is_moved_there(cast, db, day):
    with pytest.raises(CommandError, match=r"outside the years 1971 to 2199\. Check the year"):
        call_command("load_course", cast.shipped, first_day=date.fromisoformat(day), verbosity=0)
    assert not Course.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00Z", "9999-12-31T23:59-12:00", "9999-12-31T23:59"])
def test_the_gradebook_of_such_a_moment_is_the_present_one(client, course, ada, ines, moment):
    client.force_login(ines.user)
    assert client.get("/c/deep-learning/gradebook/", {"at": moment}).status_code == 200


@pytest.mark.parametrize("day", ENDS)
def test_the_check_says_what_to_look_at(day):
    with pytest.raises(ValidationError, match=SAID):
        plausible(date.fromisoformat(day))
    assert plausible(date(1970, 1, 1)) is plausible(date(2200, 12, 31)) is None
