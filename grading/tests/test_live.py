"""Scores given during talks: safe to repeat, averaged or decided by one, and then marks like all others."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.roster.models import Membership, Role, Team
from grading.models import Item, LivePoints, LiveSheet, Mark, Score
from grading.services import awarding, live
from grading.services.live import Entry
from projects import services as projects
from projects.models import Talk
from projects.services import talks

pytestmark = pytest.mark.django_db
FULL = {1: Entry(Decimal(30), "Clear."), 2: Entry(Decimal(20)), 3: Entry(Decimal(25))}
PAGE = "/c/deep-learning/project/talks/proposal/"


@pytest.fixture
def tara(course, cast):
    return cast.enroll(course, "Tara Second", Role.TA)


@pytest.fixture
def work(proposal, team, ada, cast):
    return projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]


def stored(who):
    lines = LivePoints.objects.filter(sheet__grader=who.user).order_by("problem__number")
    return list(lines.values_list("points", flat=True))


def test_the_same_save_twice_is_one_and_a_late_one_overwrites_nothing(talk, tom):
    for _ in range(2):
        live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    events = LivePoints.events.rel.related_model.objects.count()
    live.save(talk=talk, grader=tom.user, revision=2, entries={1: Entry(Decimal(35))})
    with pytest.raises(ValidationError, match="newer state"):
        live.save(talk=talk, grader=tom.user, revision=1, entries={1: Entry(Decimal(30))})
    live.save(talk=talk, grader=tom.user, revision=1, entries={1: Entry(Decimal(35))})
    assert stored(tom) == [35, 20, 25]
    assert (LiveSheet.objects.count(), LiveSheet.objects.get().revision) == (1, 2)
    assert LivePoints.events.rel.related_model.objects.count() == events + 1


def test_points_hold_their_range_and_nothing_is_saved_of_a_wrong_sheet(talk, tom):
    with pytest.raises(ValidationError) as wrong:
        live.save(talk=talk, grader=tom.user, revision=1, entries=FULL | {2: Entry(Decimal(31)), 9: Entry(None)})
    assert set(wrong.value.message_dict) == {"2", "9"}
    assert not LivePoints.objects.exists()


def test_only_staff_of_the_course_score(talk, ada, other):
    for who in (ada, other["ta"], other["instructor"]):
        with pytest.raises(PermissionDenied):
            live.save(talk=talk, grader=who.user, revision=1, entries=FULL)


def test_two_staff_are_averaged_and_whoever_left_a_part_open_does_not_count(talk, tom, tara, ines, work, ada):
    live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    second = {1: Entry(Decimal(31), "A bit fast."), 2: Entry(Decimal(25)), 3: Entry(Decimal("25.5"))}
    live.save(talk=talk, grader=tara.user, revision=1, entries=second)
    live.save(talk=talk, grader=ines.user, revision=1, entries={1: Entry(Decimal(0))})
    live.take_over(talk=talk, by=tom.user, seen="")
    assert list(Mark.objects.values_list("points", flat=True)) == [Decimal("30.5"), Decimal("22.5"), Decimal("25.25")]
    assert Mark.objects.get(problem__number=1).comment == "A bit fast.\n\nClear."
    assert Score.objects.get(enrollment=ada, item__title="Proposal").points == Decimal("78.25")


def test_where_one_decides_the_others_are_heard_and_do_not_count(talk, tom, tara, ines, proposal, work):
    talks.set_rules(milestone=proposal, locks_at=None, combining="decider", decider=tara.user, by=ines.user)
    talk = Talk.objects.select_related("presentation__milestone", "team__course").get()
    live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    with pytest.raises(ValidationError, match="Nobody whose score counts"):
        live.take_over(talk=talk, by=ines.user, seen="")
    live.save(talk=talk, grader=tara.user, revision=1, entries={n: Entry(Decimal(n)) for n in (1, 2, 3)})
    live.take_over(talk=talk, by=ines.user, seen="")
    assert list(Mark.objects.values_list("points", flat=True)) == [1, 2, 3]


def test_marks_that_changed_meanwhile_are_not_overwritten_unseen(talk, tom, tara, work):
    live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    live.take_over(talk=talk, by=tom.user, seen="")
    live.save(talk=talk, grader=tom.user, revision=2, entries={1: Entry(Decimal(1))})
    with pytest.raises(ValidationError, match="have changed"):
        live.take_over(talk=talk, by=tara.user, seen="")
    seen = live.results(talk.presentation, [talk])[0].seen
    live.take_over(talk=talk, by=tara.user, seen=seen)
    assert Mark.objects.get(problem__number=1).points == 1


def test_a_team_that_handed_nothing_in_gets_the_score_by_hand_from_an_instructor(talk, tom, ines, ada, grace, team):
    live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    Membership.objects.filter(enrollment=grace).update(left_at=timezone.now() - timedelta(days=1))
    with pytest.raises(ValidationError, match="an instructor takes it over"):
        live.take_over(talk=talk, by=tom.user, seen="")
    live.take_over(talk=talk, by=ines.user, seen="")
    scores = Score.objects.filter(item__title="Proposal")
    assert {(score.enrollment.user.name, score.points) for score in scores} == {
        ("Ada Lovelace", 75),
        ("Alan Turing", 75),
    }
    assert scores[0].reason.startswith("Scored live")
    assert live.results(talk.presentation, [talk])[0].taken_over


def send(client, page, revision, **values):
    sent = {"revision": revision, "points-1": "", "points-2": "", "points-3": ""} | values
    return client.post(page, sent, headers={"Accept": "application/json"})


def test_the_phone_sends_json_and_may_send_again(client, talk, tom):
    client.force_login(tom.user)
    page = client.get(f"{PAGE}live/", follow=True).redirect_chain[-1][0]
    assert page == f"{PAGE}live/{talk.pk}/"
    for _ in range(3):
        answer = send(client, page, 3, **{"points-1": "30,5", "comment-1": " Clear. "})
        assert (answer.status_code, answer.json()["revision"]) == (200, 3)
    assert stored(tom)[0] == Decimal("30.5")
    assert send(client, page, 2, **{"points-1": "1"}).status_code == 409
    wrong = send(client, page, 4, **{"points-1": "41", "points-2": "x"})
    assert wrong.status_code == 400
    assert "number" in str(wrong.json()["mistakes"]["2"])
    for revision in ("", "-1", "9" * 16):
        assert send(client, page, revision, **{"points-1": "1"}).status_code == 400
    assert stored(tom)[0] == Decimal("30.5")


def test_without_script_the_form_says_what_is_wrong_and_saves(client, talk, tom):
    client.force_login(tom.user)
    page = f"{PAGE}live/{talk.pk}/"
    assert client.post(page, {"revision": 1, "points-1": "99"}).status_code == 400
    assert client.post(page, {"revision": 1, "points-1": "9"}).status_code == 302
    assert 'value="9"' in client.get(page).content.decode()


def test_a06_nobody_but_staff_sees_a_live_score_before_the_release(client, talk, tom, work, ada, ines):
    unlikely = {n: Entry(Decimal("17.31"), "Unlikely words") for n in (1, 2, 3)}
    live.save(talk=talk, grader=tom.user, revision=1, entries=unlikely)
    live.take_over(talk=talk, by=tom.user, seen="")
    client.force_login(ada.user)
    item = Item.objects.get(title="Proposal")
    grades = f"/c/deep-learning/grades/{item.pk}/"
    pages = (
        PAGE,
        f"{PAGE}{talk.pk}/",
        "/c/deep-learning/grades/",
        grades,
        "/c/deep-learning/project/",
        f"/submissions/{work.pk}/",
    )
    for page in pages:
        text = client.get(page).content.decode()
        assert "17.31" not in text
        assert "51.93" not in text
        assert "Unlikely words" not in text
    for page in (f"{PAGE}live/", f"{PAGE}live/{talk.pk}/", f"{PAGE}scores/"):
        assert client.get(page).status_code == 404
    awarding.release(items=[item], by=ines.user)
    assert "51.93" in client.get(grades).content.decode()


def test_the_overview_takes_over_what_is_chosen_with_the_same_queries_for_any_number(
    client, talk, tom, work, course, cast, ines
):
    client.force_login(tom.user)
    live.save(talk=talk, grader=tom.user, revision=1, entries=FULL)
    page = f"{PAGE}scores/"
    counts = []
    for name in (None, "Second", "Third"):
        if name:
            found = Team.objects.create(course=course, name=name)
            member = cast.enroll(course, f"{name} Member")
            Membership.objects.create(team=found, enrollment=member, joined_at=timezone.now())
            free = talk.presentation.slots.free().first()
            talks.assign(slot=free, team=found, by=ines.user)
            row = Talk.objects.select_related("presentation__milestone", "team__course").get(team=found)
            live.save(talk=row, grader=tom.user, revision=1, entries=FULL)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert "75" in client.get(page).content.decode()
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 17, counts  # the first team has handed in, so less is asked about it
    sent = {"talk": [row.pk for row in Talk.objects.all()]} | {f"seen-{row.pk}": "" for row in Talk.objects.all()}
    answer = client.post(page, sent, follow=True).content.decode()
    assert "In the marks now: 1." in answer
    assert "Team Second has handed nothing in" in answer
    assert Mark.objects.count() == 3
