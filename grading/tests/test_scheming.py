"""The scheme is changed as a whole: first a look at who moves, then the change, with a reason; impossible ones never."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursesite.roster.history import events_of
from coursesite.roster.models import Status
from grading.models import Category, CourseGrade, Cutoff, Item, Score
from grading.services import computing, scheming
from grading.services.scheming import Column

pytestmark = pytest.mark.django_db
SHEET = "/admin/grading/category/scheme/deep-learning/"


@pytest.fixture
def scored(course, ada, alan, grace):
    """Ada is at 93 exactly, Alan has half of everything, Grace nothing."""
    for student, homework, rest in ((ada, 90, D("97.5")), (alan, 50, 50)):
        for item in Item.objects.filter(category__course=course):
            points = homework if item.title.startswith("Homework") else rest
            Score.objects.create(item=item, enrollment=student, state="graded", points=points, raw_points=points)
    computing.compute_stale()
    return course


def with_weights(draft, **weights):
    groups = tuple(replace(g, weight=D(weights.get(g.title.split()[0], g.weight))) for g in draft.groups)
    return replace(draft, groups=groups)


def with_group(draft, at, **values):
    groups = list(draft.groups)
    groups[at] = replace(groups[at], **values)
    return replace(draft, groups=tuple(groups))


def test_the_preview_tells_who_moves_and_stores_nothing(scored):
    draft = with_weights(scheming.current(scored), Homework=70, Final=15)
    found = scheming.preview(course=scored, draft=draft)
    assert found.sentence == "This change moves 1 student, 1 letter."
    (move,) = found.moves
    assert (move.student, move.final, move.letter) == ("Lovelace, Ada", (D("93.00"), D("92.25")), ("A", "A-"))
    assert Category.objects.get(course=scored, title="Homework").weight == 60
    assert CourseGrade.objects.get(enrollment__user__email="ada@example.org").final == 93


def test_what_was_previewed_is_what_is_computed_after_saving(scored, ines):
    draft = with_weights(scheming.current(scored), Homework=70, Final=15)
    told = {"by": ines.user, "reason": "As agreed in class", "seen": scheming.fingerprint(scored)}
    moved = scheming.change(course=scored, draft=draft, **told)
    computing.compute_stale()
    grade = CourseGrade.objects.get(enrollment__user__email="ada@example.org")
    assert (grade.final, grade.letter) == (moved.moves[0].final[1], moved.moves[0].letter[1])
    event = events_of(Category).objects.filter(title="Homework").latest("pgh_id")
    assert (event.weight, event.pgh_context.metadata["reason"]) == (70, "As agreed in class")
    assert list(computing.differences(scored)) == []


def test_saving_what_stands_writes_nothing(scored, ines):
    before = events_of(Category).objects.count(), events_of(Item).objects.count(), events_of(Cutoff).objects.count()
    told = {"by": ines.user, "reason": "x", "seen": scheming.fingerprint(scored)}
    scheming.change(course=scored, draft=scheming.current(scored), **told)
    assert before == (
        events_of(Category).objects.count(),
        events_of(Item).objects.count(),
        events_of(Cutoff).objects.count(),
    )


def impossible(draft):
    yield with_weights(draft, Homework=50), "The weights sum to 90, not 100."
    yield with_group(draft, 0, keep_best=0), "Homework: keep at least one."
    yield with_group(draft, 0, drop_lowest=2), "Homework: say how many to keep or how many to drop, not both."
    yield with_group(draft, 0, keep_best=None, drop_lowest=6), "Homework: dropping 6 of 6 leaves nothing."
    yield with_group(draft, 1, columns=()), "Proposal: it has a weight but no column that could earn it."
    yield with_group(draft, 1, cap_percent=D(0)), "Proposal: the cap must be above zero."
    yield with_group(draft, 0, weight=D(-60)), "Homework: the weight is below zero."
    yield with_group(draft, 0, keep_best=None, drop_lowest=-1), "Homework: dropping fewer than none is not possible."
    yield with_group(draft, 1, title="Homework"), "Two categories are called Homework."
    exam = (*draft.groups[1].columns, Column(None, "Final report", D(10), 30))
    yield with_group(draft, 1, columns=exam), "Two columns are called Final report."
    nothing = (Column(None, "Exam", D(0), 30),)
    yield with_group(draft, 1, columns=nothing), "Exam: the points possible must be above zero."
    yield replace(draft, cutoffs=(("A", D(90)), ("F", D(-1)))), "A letter starts below zero."
    audits = "AU is no letter: it says that somebody is incomplete (I) or audits (AU)."
    yield replace(draft, cutoffs=(("A", D(90)), ("AU", D(0)))), audits
    yield replace(draft, groups=()), "The scheme is empty: it needs a category."
    yield replace(draft, cutoffs=draft.cutoffs[::-1]), "The letter cutoffs must fall from one letter to the next."
    yield replace(draft, cutoffs=(("A", D(90)), ("A", D(80)))), "A letter stands there twice."


def test_impossible_schemes_are_refused_each_with_its_sentence(course, ines):
    stands = scheming.current(course)
    for draft, sentence in impossible(scheming.current(course)):
        with pytest.raises(ValidationError) as refusal:
            scheming.preview(course=course, draft=draft)
        assert sentence in refusal.value.messages
        told = {"by": ines.user, "reason": "x", "seen": scheming.fingerprint(course)}
        with pytest.raises(ValidationError):
            scheming.change(course=course, draft=draft, **told)
    assert scheming.current(course) == stands


def test_two_people_do_not_overwrite_each_other(course, ines):
    seen, draft = scheming.fingerprint(course), scheming.current(course)
    Cutoff.objects.filter(course=course, letter="A").update(minimum=94)
    with pytest.raises(ValidationError, match="Somebody has changed the scheme meanwhile"):
        scheming.change(course=course, draft=draft, by=ines.user, reason="x", seen=seen)


def test_only_who_leads_changes_the_scheme_and_says_why(course, tom, ines):
    told = {"course": course, "draft": scheming.current(course), "seen": scheming.fingerprint(course)}
    with pytest.raises(PermissionDenied):
        scheming.change(by=tom.user, reason="x", **told)
    with pytest.raises(ValidationError, match="Say why"):
        scheming.change(by=ines.user, reason=" ", **told)


def test_a_manual_column_comes_and_goes_but_never_with_scores(course, ada, ines):
    def save(draft):
        told = {"by": ines.user, "reason": "Exam", "seen": scheming.fingerprint(course)}
        scheming.change(course=course, draft=draft, **told)

    draft = with_weights(scheming.current(course), Homework=30)
    exam = scheming.Group(None, "Exam", D(30), None, None, False, None, 9, (Column(None, "Exam", D(80), 20),))
    save(replace(draft, groups=(*draft.groups, exam)))
    item = Item.objects.get(title="Exam")
    assert (item.points_possible, item.assignment, item.category.weight) == (80, None, 30)
    Score.objects.create(item=item, enrollment=ada, state="graded", points=40, raw_points=40)
    without = with_weights(replace(scheming.current(course), groups=scheming.current(course).groups[:-1]), Homework=60)
    with pytest.raises(ValidationError, match="a column with scores"):
        save(without)
    Score.objects.all().delete()
    save(without)
    assert not Category.objects.filter(title="Exam").exists()


def test_points_of_work_that_is_handed_in_are_those_of_its_problems(course, ines):
    draft = scheming.current(course)
    columns = tuple(replace(column, points_possible=D(50)) for column in draft.groups[1].columns)
    told = {"by": ines.user, "reason": "x", "seen": scheming.fingerprint(course)}
    with pytest.raises(ValidationError, match="Proposal: its points are the sum of its problems"):
        scheming.change(course=course, draft=with_group(draft, 1, columns=columns), **told)


def test_letters_may_exchange_their_minima(course, ines):
    draft = scheming.current(course)
    (a, high), (b, low), *rest = draft.cutoffs
    told = {"by": ines.user, "reason": "x", "seen": scheming.fingerprint(course)}
    scheming.change(course=course, draft=replace(draft, cutoffs=((b, high), (a, low), *rest)), **told)
    assert Cutoff.objects.get(letter=b).minimum == high


def test_dropped_students_are_not_counted_among_those_who_move(scored, alan, ada):
    type(ada).objects.filter(pk=ada.pk).update(status=Status.DROPPED)
    draft = with_weights(scheming.current(scored), Homework=70, Final=15)
    assert scheming.preview(course=scored, draft=draft).sentence == "This change moves none of 2 students."


def sent(client, **changes):
    """The sheet as the browser would send it, with changes."""
    sheet = client.get(SHEET).context["sheet"]
    found = {"seen": scheming.fingerprint(Category.objects.first().course)}
    for formset in (sheet.groups, sheet.columns, sheet.letters):
        found |= {f"{formset.prefix}-{k}": v for k, v in formset.management_form.initial.items()}
        for form in formset:
            found |= {f"{form.prefix}-{name}": form[name].value() for name in form.fields}
    return {k: v for k, v in (found | changes).items() if v not in (None, False)}


def test_the_sheet_previews_and_then_saves(client, scored, ines):
    client.force_login(ines.user)
    change = {"groups-0-weight": "70", "groups-3-weight": "15"}
    answer = client.post(SHEET, sent(client, preview="1", **change))
    page = answer.content.decode()
    assert "This change moves 1 student, 1 letter." in page
    assert "Lovelace, Ada" in page
    assert Category.objects.get(course=scored, title="Homework").weight == 60
    answer = client.post(SHEET, sent(client, save="1", reason="Agreed", **change))
    assert answer.status_code == 302
    assert Category.objects.get(course=scored, title="Homework").weight == 70


def test_the_sheet_says_what_is_impossible_and_keeps_what_was_typed(client, scored, ines):
    client.force_login(ines.user)
    answer = client.post(SHEET, sent(client, preview="1", **{"groups-0-weight": "75"}))
    assert answer.status_code == 400
    assert "The weights sum to 115, not 100." in answer.content.decode()
    assert 'value="75"' in answer.content.decode()
    answer = client.post(SHEET, sent(client, preview="1", **{"groups-0-weight": "x", "groups-0-count": ""}))
    assert "Enter a number." in answer.content.decode()
    assert "Say how many." in answer.content.decode()


def test_a_new_category_gets_a_new_column_on_the_sheet(client, scored, ines):
    client.force_login(ines.user)
    change = {
        "groups-0-weight": "50", "groups-4-title": "Participation", "groups-4-weight": "10", "groups-4-rule": "drop",
        "groups-4-count": "1", "columns-9-title": "First half", "columns-9-group": "4",
        "columns-9-points_possible": "10", "columns-10-title": "Second half", "columns-10-group": "4",
        "columns-10-points_possible": "10", "save": "1", "reason": "Participation counts",
    }  # fmt: skip
    assert client.post(SHEET, sent(client, **change)).status_code == 302
    made = Category.objects.get(title="Participation")
    assert (made.weight, made.drop_lowest, made.items.count()) == (10, 1, 2)


def test_the_sheet_needs_the_same_queries_for_one_student_and_for_three(
    client, scored, ines, cast, django_assert_num_queries
):
    client.force_login(ines.user)
    form = sent(client, preview="1", **{"groups-0-weight": "70", "groups-3-weight": "15"})
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.post(SHEET, form)
    count = len(before)
    for name in ("Ida Rhodes", "Kay McNulty"):
        cast.enroll(scored, name)
    with django_assert_num_queries(count):
        client.post(SHEET, form)


def test_a03_rows_of_another_course_in_the_form_are_never_touched(client, scored, ines, other):
    client.force_login(ines.user)
    foreign = Category.objects.get(course=other["course"], title="Homework")
    column = foreign.items.first()
    before = scheming.fingerprint(other["course"])
    change = {
        "groups-0-pk": foreign.pk,
        "groups-0-title": "Stolen",
        "columns-0-pk": column.pk,
        "columns-0-title": "Mine",
    }
    client.post(SHEET, sent(client, save="1", reason="x", **change))
    assert scheming.fingerprint(other["course"]) == before
    column.refresh_from_db()
    assert column.category == foreign


def test_a02_the_sheet_is_there_for_who_leads_alone(client, scored, tom, ada, other, ines):
    client.force_login(ines.user)
    form = sent(client, save="1", reason="x", **{"groups-0-weight": "70", "groups-3-weight": "15"})
    for person in (tom, ada, other["ta"], other["instructor"]):
        client.force_login(person.user)
        assert client.get(SHEET).status_code in (302, 404)
        assert client.post(SHEET, form).status_code in (302, 404)
    assert Category.objects.get(course=scored, title="Homework").weight == 60
