"""Talks: slots, bookings, swaps, the race for the last one."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from coursesite.roster import letters
from coursesite.schedule.models import Lecture
from projects.models import Evaluation, Offer, Presentation, Slot, Talk
from projects.services import talks
from projects.slotting import Planned, clashes, plan, rooms_of

pytestmark = pytest.mark.django_db
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def test_slots_fill_a_span_in_every_room():
    begin = timezone.now()
    found = plan([(begin, begin + HOUR)], rooms=["A", "B"], length=timedelta(minutes=20), pause=timedelta(minutes=5))
    assert [(one.starts - begin, one.room) for one in found] == [
        (timedelta(minutes=m), room) for m in (0, 25) for room in ("A", "B")
    ]
    assert clashes(found[0], [Planned(begin + timedelta(minutes=19), begin + HOUR, "A")])
    assert not clashes(found[0], [Planned(begin + timedelta(minutes=20), begin + HOUR, "A")])
    assert rooms_of(" Hall 1,  Zoom ,Hall 1,") == ["Hall 1", "Zoom"]


def test_two_slots_in_one_room_at_one_time_can_not_be_stored(slots, proposal, ines):
    again = [Planned(slots[0].starts_at + timedelta(minutes=1), slots[0].ends_at, "Hall")]
    with pytest.raises(ValidationError, match="in this room at that time"):
        talks.open_slots(milestone=proposal, planned=again, by=ines.user)
    talks.open_slots(milestone=proposal, planned=[Planned(again[0].starts, again[0].ends, "Zoom")], by=ines.user)
    assert Slot.objects.count() == 4


def test_a_team_books_moves_and_gives_back(slots, team, ada, alan, now):
    talk = talks.book(slot=slots[0], enrollment=ada, now=now)
    assert (talk.slot, talk.sequence) == (slots[0], 0)
    moved = talks.book(slot=slots[1], enrollment=alan, now=now)
    assert (moved.pk, moved.slot, moved.uid, moved.sequence) == (talk.pk, slots[1], talk.uid, 1)
    assert Talk.objects.count() == 1
    talks.give_back(presentation=moved.presentation, enrollment=ada, now=now)
    assert Slot.objects.free().count() == 3


def test_a_taken_slot_one_that_is_over_and_one_after_the_lock_are_refused(
    slots, team, others, ada, now, proposal, ines
):
    talks.book(slot=slots[0], enrollment=ada, now=now)
    with pytest.raises(ValidationError, match="just taken"):
        talks.book(slot=slots[0], enrollment=others.lone, now=now)
    with pytest.raises(ValidationError, match="is over"):
        talks.book(slot=slots[1], enrollment=others.lone, now=slots[1].starts_at)
    talks.set_rules(milestone=proposal, locks_at=now, combining="average", decider=None, by=ines.user)
    late = Slot.objects.get(pk=slots[1].pk)
    for act in (
        lambda: talks.book(slot=late, enrollment=others.lone, now=now + HOUR),
        lambda: talks.give_back(presentation=late.presentation, enrollment=ada, now=now + HOUR),
    ):
        with pytest.raises(ValidationError, match="fixed now"):
            act()


def test_without_a_team_nobody_books(slots, ada, now):
    with pytest.raises(ValidationError, match="Join a team"):
        talks.book(slot=slots[0], enrollment=ada, now=now)


def test_two_teams_swap_when_the_other_accepts(booked, slots, ada, alan, others, now):
    mine, theirs = booked
    offer = talks.offer_swap(other=theirs, enrollment=ada, now=now)
    with pytest.raises(ValidationError, match="Only members"):
        talks.answer_swap(offer=offer, enrollment=alan, accepted=True, now=now)
    talks.answer_swap(offer=offer, enrollment=others.lone, accepted=True, now=now)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.slot, theirs.slot) == (slots[1], slots[0])
    assert mine.sequence > 0 < theirs.sequence
    letters.send_waiting()
    assert {tuple(letter.to) for letter in mail.outbox} >= {("olive@example.org",)}


def test_a_talk_that_has_begun_stays(booked, slots, ada, others, now, ines):
    offer = talks.offer_swap(other=booked[1], enrollment=ada, now=now)
    Slot.objects.filter(pk=slots[0].pk).update(starts_at=now - HOUR)
    last = slots[2]
    for act in (
        lambda: talks.book(slot=last, enrollment=ada, now=now),
        lambda: talks.give_back(presentation=booked[0].presentation, enrollment=ada, now=now),
        lambda: talks.answer_swap(offer=Offer.objects.get(pk=offer.pk), enrollment=others.lone, accepted=True, now=now),
    ):
        with pytest.raises(ValidationError, match="has begun"):
            act()
    assert Talk.objects.get(pk=booked[0].pk).slot == slots[0]
    assert Offer.objects.get().accepted is None


def test_an_offer_ends_when_one_of_the_two_moves(booked, slots, ada, others, now):
    offer = talks.offer_swap(other=booked[1], enrollment=ada, now=now)
    talks.book(slot=slots[2], enrollment=ada, now=now)
    with pytest.raises(ValidationError, match="no longer open"):
        talks.answer_swap(offer=offer, enrollment=others.lone, accepted=True, now=now)
    assert not Offer.objects.filter(accepted=None).exists()


def test_staff_place_take_out_and_place_the_rest_at_any_time(slots, team, others, tom, ada, ines, now, proposal):
    talks.set_rules(milestone=proposal, locks_at=now - HOUR, combining="average", decider=None, by=ines.user)
    presentation = Presentation.objects.get()
    talks.assign(slot=slots[2], team=others, by=tom.user)
    talks.assign(slot=slots[2], team=team, by=tom.user)
    assert Talk.objects.get(team=others).slot is None
    assert talks.assign_rest(presentation=presentation, by=tom.user, now=now) == 1
    assert Talk.objects.get(team=others).slot == slots[0]
    talks.assign(slot=slots[2], team=None, by=tom.user)
    assert list(talks.unplaced(presentation)) == [team]
    with pytest.raises(PermissionDenied):
        talks.assign(slot=slots[1], team=team, by=ada.user)


def test_only_the_instructor_opens_changes_and_removes(slots, booked, tom, ines, proposal):
    one = slots[2]
    for act in (
        lambda: talks.open_slots(milestone=proposal, planned=[], by=tom.user),
        lambda: talks.remove_slot(slot=one, by=tom.user),
        lambda: talks.change_slot(slot=one, starts_at=one.starts_at, ends_at=one.ends_at, room="B", by=tom.user),
    ):
        with pytest.raises(PermissionDenied):
            act()
    with pytest.raises(ValidationError, match="A team has this slot"):
        talks.remove_slot(slot=slots[0], by=ines.user)
    talks.remove_slot(slot=one, by=ines.user)
    assert Slot.objects.count() == 2


def race(others, ada, slot, now):
    """Both teams at once, on real connections: what each was told."""
    told = []

    def book(enrollment):
        try:
            talks.book(slot=slot, enrollment=enrollment, now=now)
            told.append("booked")
        except (ValidationError, IntegrityError) as problem:
            told.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=book, args=[who]) for who in (ada, others.lone)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


@pytest.fixture
def both_look(monkeypatch):
    """Each finds the slot free by every check, and then waits a moment for the other to have looked as well."""
    gate, look = threading.Barrier(2), Talk.full_clean

    def look_and_wait(talk):
        look(talk)
        try:
            gate.wait(1)
        except threading.BrokenBarrierError:
            return

    monkeypatch.setattr(Talk, "full_clean", look_and_wait)


@pytest.mark.django_db(transaction=True)
def test_of_two_teams_at_one_slot_one_gets_it_and_the_other_is_told(slots, team, others, ada, now, both_look):
    assert race(others, ada, slots[0], now) == ["ValidationError", "booked"]
    assert Talk.objects.filter(slot=slots[0]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_find_it_free_and_the_database_refuses_one(
    slots, team, others, ada, now, both_look, monkeypatch
):
    monkeypatch.setattr(talks, "hold_slots", lambda keys: list(Slot.objects.filter(pk__in=keys)))
    assert race(others, ada, slots[0], now) == ["IntegrityError", "booked"]


def test_the_page_books_swaps_and_says_what_is_refused(client, proposal, slots, team, others, ada, now):
    page = f"/c/deep-learning/project/talks/{proposal.slug}/"
    client.force_login(ada.user)
    assert client.post(page, {"act": "book", "slot": slots[0].pk}).status_code == 302
    client.force_login(others.lone.user)
    answer = client.post(page, {"act": "book", "slot": slots[0].pk})
    assert answer.status_code == 400
    assert "just taken this slot" in answer.content.decode()
    client.post(page, {"act": "book", "slot": slots[1].pk})
    client.post(page, {"act": "offer", "talk": Talk.objects.get(team=team).pk})
    client.force_login(ada.user)
    assert "offers to swap" in client.get(page).content.decode()
    client.post(page, {"act": "accept", "offer": Offer.objects.get().pk})
    assert Talk.objects.get(team=team).slot == slots[1]


def test_a03_a_student_does_not_act_as_staff_nor_answers_offers_of_others(
    client, proposal, slots, booked, team, ada, others, now, cast, course
):
    page = f"/c/deep-learning/project/talks/{proposal.slug}/"
    offer = talks.offer_swap(other=booked[1], enrollment=ada, now=now)
    client.force_login(ada.user)
    for sent in (
        {"act": "assign", "slot": slots[2].pk, "team": team.pk},
        {"act": "remove", "slot": slots[2].pk},
        {"act": "release"},
        {"act": "accept", "offer": offer.pk + 1},
        {"act": "book", "slot": "9" * 20},
        {"act": "_state"},
    ):
        assert client.post(page, sent).status_code == 404, sent
    client.post(page, {"act": "accept", "offer": offer.pk})  # one's own offer
    offer.refresh_from_db()
    assert offer.accepted is None
    client.force_login(cast.enroll(course, "Carl Classmate").user)
    assert client.post(page, {"act": "accept", "offer": offer.pk}).status_code == 404


def test_the_instructor_previews_and_opens_slots_from_the_lecture_schedule(client, proposal, course, ines, tom, team):
    Lecture.objects.filter(course=course).update(room="Keller 3-180")
    lecture = Lecture.objects.filter(course=course).first()
    begin = (timezone.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    Lecture.objects.filter(pk=lecture.pk).update(starts_at=begin, ends_at=begin + timedelta(minutes=75))
    page = f"/c/deep-learning/project/talks/{proposal.slug}/open/"
    client.force_login(tom.user)
    assert client.get(page).status_code == 404
    client.force_login(ines.user)
    assert client.get(page).context["form"]["rooms"].value() == "Keller 3-180"
    sent = {"lectures": [lecture.pk], "rooms": "Keller 3-180", "minutes": 15, "pause": 0}
    shown = client.post(page, sent | {"act": "preview"}).content.decode()
    assert "5 slots would be opened" in shown
    assert not Slot.objects.exists()
    client.post(page, sent | {"act": "open"})
    assert [slot.starts_at - begin for slot in Slot.objects.all()] == [n * QUARTER for n in range(5)]
    again = client.post(page, sent | {"act": "open"})
    assert "5 would be where a slot is already" in again.content.decode()
    assert Slot.objects.count() == 5


def test_a_day_by_hand_is_read_in_the_zone_of_the_course(client, proposal, course, ines):
    client.force_login(ines.user)
    page = f"/c/deep-learning/project/talks/{proposal.slug}/open/"
    by_hand = {"day": "2030-07-01", "begin": "09:00", "end": "09:30", "rooms": "A", "minutes": 30, "pause": 0}
    client.post(page, by_hand | {"act": "open"})
    assert Slot.objects.get().starts_at.isoformat() == "2030-07-01T14:00:00+00:00"
    assert client.post(page, by_hand | {"end": "", "act": "open"}).status_code == 400
    assert client.post(page, by_hand | {"minutes": 40, "act": "open"}).status_code == 400


def test_rules_are_set_by_the_instructor_and_a_decider_is_of_the_staff(client, proposal, ines, tom, ada):
    client.force_login(ines.user)
    page = f"/c/deep-learning/project/talks/{proposal.slug}/open/"
    sent = {"act": "rules", "locks_at": "2030-01-01T12:00", "combining": "decider"}
    assert client.post(page, sent | {"decider": ada.user.pk}).status_code == 400
    assert client.post(page, sent).status_code == 400
    assert client.post(page, sent | {"decider": tom.user.pk}).status_code == 302
    found = Presentation.objects.get()
    assert (found.decider, found.locks_at.isoformat()) == (tom.user, "2030-01-01T18:00:00+00:00")


def test_a_changed_slot_writes_to_its_team(client, proposal, slots, booked, ines):
    client.force_login(ines.user)
    page = f"/c/deep-learning/project/talks/{proposal.slug}/slots/{slots[0].pk}/"
    assert client.get(page).context["form"]["room"].value() == "Hall"
    answer = client.post(page, {"starts_at": "2030-01-01T12:00", "ends_at": "2030-01-01T12:15", "room": "Moved"})
    assert answer.status_code == 302
    letters.send_waiting()
    assert "Tue 1 Jan, 12:00, Moved" in mail.outbox[-1].subject
    assert len(mail.outbox[-1].to) == 3
    backwards = {"starts_at": "2030-01-01T12:00", "ends_at": "2030-01-01T11:00", "room": "Moved"}
    assert "ends after it starts" in client.post(page, backwards).content.decode()


def test_teams_book_before_the_milestone_opens_once_there_are_slots(client, proposal, team, ada, ines, now):
    type(proposal).objects.filter(pk=proposal.pk).update(opens_at=now + HOUR, due_at=now + timedelta(days=9))
    page = "/c/deep-learning/project/talks/proposal/"
    client.force_login(ada.user)
    assert client.get(page).status_code == 404
    begin = now + timedelta(days=8)
    talks.open_slots(milestone=proposal, planned=[Planned(begin, begin + HOUR, "Hall")], by=ines.user)
    assert client.get(page).status_code == 200


def test_who_has_no_team_is_told_how_long_booking_is_open(client, slots, proposal, ines, cast, course, now):
    talks.set_rules(milestone=proposal, locks_at=now + HOUR, combining="average", decider=None, by=ines.user)
    client.force_login(cast.enroll(course, "Carl Classmate").user)
    page = client.get("/c/deep-learning/project/talks/proposal/").content.decode()
    assert "Teams book, swap and give back until" in page
    assert "You are in no team yet" in page


def test_links_around_a_milestone_are_separated_only_where_one_comes_before(client, proposal, team, ada, now):
    Evaluation.objects.create(milestone_id=proposal.pk, closes_at=now + timedelta(days=3))
    client.force_login(ada.user)

    def line():
        page = client.get(f"/c/deep-learning/project/{proposal.slug}/").content.decode()
        return " ".join(strip_tags(page).partition(" until ")[0].split())

    assert line().endswith("Teammate evaluation")
    assert not line().endswith("· Teammate evaluation")
    Presentation.objects.create(milestone_id=proposal.pk)
    assert line().endswith("Timetable of the talks · Teammate evaluation")


def test_the_sheet_names_members(client, booked, proposal, tom):
    client.force_login(tom.user)
    page = client.get(f"/c/deep-learning/project/talks/{proposal.slug}/print/").content.decode()
    assert "Grace Hopper, Ada Lovelace, Alan Turing" in page


def test_queries_do_not_grow_with_slots(client, proposal, slots, team, others, ada, tom, now, ines):
    page = f"/c/deep-learning/project/talks/{proposal.slug}/"
    counted = {}
    for count in (1, 3):
        Slot.objects.filter(pk__in=[slot.pk for slot in slots[count:]]).delete() if count == 1 else None
        if count == 1:
            talks.book(slot=slots[0], enrollment=ada, now=now)
        else:
            later = slots[0].ends_at
            planned = plan([(later, later + HOUR)], rooms=["Hall"], length=HOUR / 2, pause=timedelta(0))
            more = talks.open_slots(milestone=proposal, planned=planned, by=ines.user)
            talks.book(slot=more[0], enrollment=others.lone, now=now)
        for who in (ada, tom):
            client.force_login(who.user)
            for address in (page, f"{page}print/"):
                client.get(address)
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(address).status_code == 200
                counted.setdefault((who.pk, address), []).append(len(queries))
    assert all(one == three <= 14 for one, three in counted.values()), counted
