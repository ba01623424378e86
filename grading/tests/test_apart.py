"""Scores within teams: teammate evaluation, the peer factor, scores set apart, and the way back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coursesite.files.tests import samples
from coursesite.roster.models import Membership, Team
from grading import apart as reports
from grading.models import Item, Score, Source
from grading.services import apart, awarding, marking
from projects import services as projects
from projects.models import Milestone, Rating
from projects.services import evaluations
from projects.services.evaluations import Said

pytestmark = pytest.mark.django_db
STUDENT, TEAMS = "/c/deep-learning/project/evaluation/proposal/", "/c/deep-learning/project/members/proposal/"


@pytest.fixture
def item(course):
    return Item.objects.select_related("category__course").get(title="Proposal")


@pytest.fixture
def graded(proposal, team, ada, tom, cast):
    """Due an hour ago, 80 of 100 for the team."""
    work = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]
    cast.opened(proposal, due=timedelta(hours=-1))
    given = [marking.Given(n, Decimal(points)) for n, points in ((1, 30), (2, 25), (3, 25))]
    marking.mark(submission=work, grader=tom.user, given=given)
    return Milestone.objects.select_related("course").get(pk=proposal.pk)


@pytest.fixture
def evaluation(graded, ines):
    return evaluations.plan(milestone=graded, closes_at=timezone.now() + timedelta(days=3), by=ines.user)


def rate(evaluation, rater, **ratings):
    said = {who.pk: Said(rating, words) for who, rating, words in ratings["all"]}
    evaluations.rate(evaluation=evaluation, rater=rater, said=said, now=timezone.now())


@pytest.fixture
def rated(evaluation, ada, alan, grace):
    """Ada 5 and 5, Alan 4 and 3, Grace 5 and 4: factors 1.05, 21/26, 27/26."""
    rate(evaluation, ada, all=[(alan, 4, "Fine."), (grace, 5, "")])
    rate(evaluation, alan, all=[(ada, 5, ""), (grace, 4, "")])
    rate(evaluation, grace, all=[(ada, 5, "Led us."), (alan, 3, "Missed two meetings.")])
    return evaluation


def points(item):
    rows = Score.objects.filter(item=item).order_by("enrollment__user__name")
    return [(row.enrollment.user.name.split()[0], row.points, row.source) for row in rows]


def test_each_teammate_is_rated_and_nobody_oneself(evaluation, ada, alan, grace, cast, course):
    now = timezone.now()
    for rater, said in (
        (ada, {alan.pk: Said(3)}),
        (ada, {alan.pk: Said(3), grace.pk: Said(3), ada.pk: Said(5)}),
        (cast.enroll(course, "Carl Classmate"), {}),
        (cast.enroll(course, "Dana Different"), {ada.pk: Said(1)}),
    ):
        with pytest.raises(ValidationError):
            evaluations.rate(evaluation=evaluation, rater=rater, said=said, now=now)
    with pytest.raises(ValidationError):
        rate(evaluation, ada, all=[(alan, 6, ""), (grace, 3, "")])
    assert not Rating.objects.exists()


def test_it_opens_when_the_milestone_is_due_and_closes_at_its_moment(evaluation, graded, ada, alan, grace, ines):
    said = {alan.pk: Said(3), grace.pk: Said(4)}
    for moment in (graded.due_at, evaluation.closes_at + timedelta(milliseconds=1)):
        with pytest.raises(ValidationError, match="not open"):
            evaluations.rate(evaluation=evaluation, rater=ada, said=said, now=moment)
    for moment in (graded.due_at + timedelta(milliseconds=1), evaluation.closes_at):
        evaluations.rate(evaluation=evaluation, rater=ada, said=said, now=moment)
    assert Rating.objects.count() == 2
    with pytest.raises(ValidationError, match="closes later"):
        evaluations.plan(milestone=graded, closes_at=graded.due_at, by=ines.user)
    with pytest.raises(PermissionDenied):
        evaluations.plan(milestone=graded, closes_at=evaluation.closes_at, by=ada.user)


def test_the_factor_is_proposed_and_nothing_is_applied_by_itself(rated, graded, item, tom):
    found = reports.teams(item, graded)[0]
    assert [(m.enrollment.user.name, m.factor_shown, m.proposed) for m in found.members] == [
        ("Grace Hopper", "1.038", Decimal("83.08")),
        ("Ada Lovelace", "1.050", Decimal("84.00")),
        ("Alan Turing", "0.808", Decimal("64.62")),
    ]
    assert {row[1:] for row in points(item)} == {(80, "marks")}


def test_an_instructor_approves_what_was_seen_and_can_take_it_back(
    client, rated, item, ines, tom, team, alan, grace, ada
):
    page = f"{TEAMS}{team.pk}/"
    client.force_login(ines.user)
    assert "64.62" in client.get(page).content.decode()
    sent = {"act": "approve", "member": [alan.pk, ada.pk], f"seen-{alan.pk}": "64.62", f"seen-{ada.pk}": "84"}
    client.force_login(tom.user)
    assert client.post(page, sent).status_code == 404
    client.force_login(ines.user)
    assert client.post(page, sent).status_code == 302
    assert points(item) == [("Ada", 84, "entry"), ("Alan", Decimal("64.62"), "entry"), ("Grace", 80, "marks")]
    told = Score.objects.get(item=item, enrollment=alan)
    assert told.reason == "Teammate evaluation: factor 0.808 of the team's 80 points"
    client.post(page, {"act": "undo", "member": alan.pk})
    assert points(item)[1] == ("Alan", 80, "marks")
    history = Score.events.rel.related_model.objects.filter(pgh_obj=told).order_by("pgh_id")
    kept = [(row.points, row.source) for row in history]
    assert (Decimal("64.62"), Source.ENTRY) in kept
    assert kept[-1] == (80, Source.MARKS)


def test_what_changed_meanwhile_is_not_applied_and_nobody_s_is(rated, graded, item, ines, team, ada, alan, grace):
    seen = {alan.pk: Decimal("64.62"), ada.pk: Decimal(84)}
    rate(rated, grace, all=[(ada, 5, ""), (alan, 5, "")])
    with pytest.raises(ValidationError, match="nothing was applied"):
        apart.approve(item=item, milestone=graded, team=team, seen=seen, by=ines.user)
    assert {row[2] for row in points(item)} == {"marks"}
    with pytest.raises(ValidationError, match="at least one"):
        apart.approve(item=item, milestone=graded, team=team, seen={}, by=ines.user)


def test_a_score_is_set_apart_by_hand_with_a_reason_that_the_student_reads(
    client, graded, item, ines, team, alan, ada, cast
):
    page = f"{TEAMS}{team.pk}/"
    client.force_login(ines.user)
    assert client.post(page, {"act": "apart", "member": alan.pk, "points": "50", "reason": " "}).status_code == 400
    assert client.post(page, {"act": "apart", "member": alan.pk, "points": "x", "reason": "Ill"}).status_code == 400
    assert client.post(page, {"act": "apart", "member": alan.pk, "points": "-1", "reason": "Ill"}).status_code == 400
    stranger = cast.enroll(team.course, "Carl Classmate")
    assert client.post(page, {"act": "apart", "member": stranger.pk, "points": "9", "reason": "x"}).status_code == 400
    assert (
        client.post(page, {"act": "apart", "member": alan.pk, "points": "50,5", "reason": "Joined late"}).status_code
        == 302
    )
    assert points(item) == [("Ada", 80, "marks"), ("Alan", Decimal("50.5"), "entry"), ("Grace", 80, "marks")]
    awarding.release(items=[item], by=ines.user)
    client.force_login(alan.user)
    shown = client.get(f"/c/deep-learning/grades/{item.pk}/").content.decode()
    assert "set apart from the team’s: Joined late" in shown
    assert "50.5" in shown
    client.force_login(ada.user)
    assert "set apart" not in client.get(f"/c/deep-learning/grades/{item.pk}/").content.decode()


def test_a_regrade_of_the_team_moves_the_others_and_the_page_proposes_anew(rated, graded, item, ines, tom, team, alan):
    apart.approve(item=item, milestone=graded, team=team, seen={alan.pk: Decimal("64.62")}, by=ines.user)
    work = graded.submissions.get()
    marking.mark(submission=work, grader=tom.user, given=[marking.Given(1, Decimal(40), "", 1)])
    assert points(item) == [("Ada", 90, "marks"), ("Alan", Decimal("64.62"), "entry"), ("Grace", 90, "marks")]
    member = next(m for m in reports.teams(item, graded)[0].members if m.enrollment == alan)
    assert (member.is_apart, member.differs, member.proposed) == (True, True, Decimal("72.69"))


def test_the_form_asks_about_each_teammate_and_keeps_what_was_said(client, evaluation, ada, alan, grace):
    client.force_login(ada.user)
    sent = {f"rating-{alan.pk}": "3", f"comment-{alan.pk}": "Fine."}
    refused = client.post(STUDENT, sent)
    assert refused.status_code == 400
    assert "Choose what Grace Hopper did" in refused.content.decode()
    assert client.post(STUDENT, sent | {f"rating-{grace.pk}": "5"}).status_code == 302
    page = client.get(STUDENT).content.decode()
    assert "You have answered" in page
    assert "Fine." in page
    client.post(STUDENT, sent | {f"rating-{grace.pk}": "4"})
    assert sorted(Rating.objects.values_list("rating", flat=True)) == [3, 4]


def test_a06_no_student_learns_what_was_said_about_anybody(client, rated, graded, item, ines, ada, alan, grace, team):
    apart.approve(item=item, milestone=graded, team=team, seen={alan.pk: Decimal("64.62")}, by=ines.user)
    awarding.release(items=[item], by=ines.user)
    pages = (STUDENT, "/c/deep-learning/project/", "/c/deep-learning/project/proposal/", "/c/deep-learning/grades/",
             f"/c/deep-learning/grades/{item.pk}/", "/c/deep-learning/")  # fmt: skip
    for who in (alan, ada):
        client.force_login(who.user)
        for page in pages:
            text = client.get(page).content.decode()
            assert "Missed two meetings" not in text, page
            assert "did less than" not in text or page == STUDENT
        for page in (TEAMS, f"{TEAMS}{team.pk}/"):
            assert client.get(page).status_code == 404


def test_who_was_in_the_team_when_it_was_due_rates_and_is_rated(
    evaluation, graded, grace, ada, alan, tom, cast, team, item
):
    projects.move(enrollment=grace, team=None, by=tom.user, reason="As asked")
    dan = cast.enroll(team.course, "Dan Late")
    projects.move(enrollment=dan, team=team, by=tom.user, reason="As asked")
    assert evaluations.teammates(graded, grace) == [ada, alan]
    assert evaluations.teammates(graded, dan) == []
    assert [m.enrollment for m in reports.teams(item, graded)[0].members] == [grace, ada, alan]


def test_who_did_not_answer_is_named_to_staff(client, evaluation, ada, alan, grace, tom):
    rate(evaluation, ada, all=[(alan, 4, ""), (grace, 5, "")])
    client.force_login(tom.user)
    assert "1 of 3 have answered" in client.get(TEAMS).content.decode()
    evaluations.Evaluation.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    assert "no answer: Grace Hopper, Alan Turing" in client.get(TEAMS).content.decode()


def test_the_instructor_plans_and_moves_the_evaluation(client, graded, ines, tom):
    client.force_login(tom.user)
    client.post(TEAMS, {"closes_at": "2030-01-01T12:00"})
    assert not evaluations.Evaluation.objects.exists()
    client.force_login(ines.user)
    assert client.post(TEAMS, {"closes_at": "2020-01-01T12:00"}).status_code == 400
    assert client.post(TEAMS, {"closes_at": "2030-01-01T12:00"}).status_code == 302
    assert evaluations.Evaluation.objects.get().closes_at.isoformat() == "2030-01-01T18:00:00+00:00"


def test_queries_do_not_grow_with_teams(client, rated, graded, item, ines, tom, course, cast, team, alan, ada, grace):
    seen = {m.enrollment.pk: m.proposed for m in reports.teams(item, graded)[0].members}
    apart.approve(item=item, milestone=graded, team=team, seen=seen, by=ines.user)
    counts = []
    client.force_login(ines.user)
    for name in (None, "Second", "Third"):
        if name:
            found = Team.objects.create(course=course, name=name)
            for first in ("Uma", "Udo"):
                who = cast.enroll(course, f"{first}{name} Member")
                Membership.objects.create(team=found, enrollment=who, joined_at=timezone.now() - timedelta(days=9))
        client.get(TEAMS)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(TEAMS).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 18, counts


def test_g11_membership_at_each_of_the_three_milestones_counts(course, team, ada, grace, tom, cast):
    """Grace is with Ada for the proposal, and with Olive for presentation and report."""
    now, olive = timezone.now(), cast.enroll(course, "Olive Other")
    theirs = Team.objects.create(course=course, name="Others")
    Membership.objects.create(team=theirs, enrollment=olive, joined_at=now - timedelta(days=9))
    works = []
    for slug, part in (("proposal", "proposal"), ("mid-term-presentation", "slides"), ("final-report", "report")):
        milestone = cast.opened(Milestone.objects.get(course=course, slug=slug))
        for who in (ada, olive):
            sent = cast.delivery(**{part: samples.pdf(f"{slug} {who.user}")})
            works.append(projects.submit(milestone=milestone, enrollment=who, delivery=sent)[0])
    projects.move(enrollment=grace, team=theirs, by=tom.user, reason="As asked")
    moved = now - timedelta(hours=2, minutes=30)
    Membership.objects.filter(enrollment=grace, team=team).update(left_at=moved)
    Membership.objects.filter(enrollment=grace, team=theirs).update(joined_at=moved)
    for hours, slug in ((3, "proposal"), (2, "mid-term-presentation"), (1, "final-report")):
        cast.opened(Milestone.objects.get(course=course, slug=slug), due=timedelta(hours=-hours))
    for each, work in enumerate(works, 1):
        work.refresh_from_db()
        marks = [marking.Given(problem.number, Decimal(each)) for problem in work.assignment.problems.all()]
        marking.mark(submission=work, grader=tom.user, given=marks)
    got = {row.item.title: row.points for row in Score.objects.filter(enrollment=grace).select_related("item")}
    assert got == {"Proposal": 3, "Mid-term presentation": 12, "Final report": 18}
