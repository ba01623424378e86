"""Rubrics: items applied, changed amid grading, removed and taken back; marks, scores and course grades follow."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coursesite.roster.history import events_of
from grading.models import Applied, CourseGrade, Item, Mark, RubricItem, Score
from grading.rubric_policy import Scoring
from grading.services import computing, marking, rubrics
from grading.services.marking import Given
from homework import services as homework_services
from homework.services import Credit

pytestmark = pytest.mark.django_db
NOBODY = {number: Credit() for number in (1, 2, 3, 4)}
D = Decimal


@pytest.fixture
def problem(homework):
    return homework.problems.get(number=1)


@pytest.fixture
def work(homework, ada, cast):
    return homework_services.submit(homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged=NOBODY)[0]


@pytest.fixture
def make(problem, tom):
    def make(text, points, group=None):
        return rubrics.add_item(problem=problem, by=tom.user, text=text, points=D(points), group=group)

    return make


def mark(work, grader, *items, **more):
    given = Given(1, items=frozenset(item.pk for item in items), **more)
    rest = [Given(n, D(20), version=0) for n in (2, 3, 4)]
    there = {m.problem.number for m in Mark.objects.filter(submission=work)}
    marking.mark(submission=work, grader=grader.user, given=[given, *(g for g in rest if g.problem not in there)])
    return Mark.objects.filter(submission=work, problem__number=1).first()


def agree(course):
    """Stored figures equal a fresh computation of everything."""
    computing.compute_stale()
    assert list(computing.differences(course)) == []


def test_items_deduct_from_full_and_the_adjustment_comes_on_top(work, make, tom, ada):
    sign, constant = make("Wrong sign", "2"), make("Constant is off: $c \\neq 1$", "1.5")
    row = mark(work, tom, sign, constant, adjustment=D("0.5"), comment="Nearly.")
    assert (row.points, row.by_rubric, row.adjustment) == (D(22), True, D("0.5"))
    assert Score.objects.get(enrollment=ada).points == 82


def test_points_without_items_stand_as_they_are_given(work, make, tom):
    make("Wrong sign", "2")
    marking.mark(submission=work, grader=tom.user, given=[Given(1, D("12.5"))])
    assert (Mark.objects.get().points, Mark.objects.get().by_rubric) == (D("12.5"), False)


@pytest.mark.parametrize(
    ("points", "adjustment", "chosen", "said"),
    [
        (D(3), D(0), 1, "Choose items or set the points, not both."),
        (None, D(2), 0, "An adjustment comes on top of items; choose one, or set the points."),
        (None, D(0), 99, "An item was removed from the rubric meanwhile. Look again, and save again."),
    ],
)
def test_what_makes_no_sense_is_refused(work, make, tom, points, adjustment, chosen, said):
    item = make("Wrong sign", "2")
    items = {0: frozenset(), 1: frozenset({item.pk}), 99: frozenset({item.pk + 99})}[chosen]
    given = Given(1, points, items=items, adjustment=adjustment)
    with pytest.raises(ValidationError) as refusal:
        marking.mark(submission=work, grader=tom.user, given=[given])
    assert refusal.value.message_dict == {"1": [said]}
    assert not Mark.objects.exists()


def test_one_item_of_a_group_that_allows_one(work, make, tom, problem):
    group = rubrics.add_group(problem=problem, by=tom.user, title="Proof", choose_one=True)
    gap, missing = make("A gap", "3", group), make("No proof", "10", group)
    with pytest.raises(ValidationError, match="Proof: only one of these applies"):
        mark(work, tom, gap, missing)
    assert mark(work, tom, missing).points == 15


def test_g15_points_edited_after_release_change_marks_scores_and_grades(work, make, tom, ines, ada, course):
    sign = make("Wrong sign", "2")
    mark(work, tom, sign)
    Item.objects.update(released_at=timezone.now())
    computing.compute_stale()
    was = CourseGrade.objects.get(enrollment=ada).student_so_far
    count = rubrics.edit_item(item=sign, by=ines.user, text="Wrong sign", points=D(7), group=None, version=1)
    assert count == 1
    assert Score.objects.get(enrollment=ada).points == 78
    agree(course)
    grade = CourseGrade.objects.get(enrollment=ada)
    assert (was, grade.student_so_far) == (D("83.00"), D("78.00"))


def test_text_changes_no_mark_and_writes_no_score(work, make, tom):
    sign = make("Wrong sign", "2")
    mark(work, tom, sign)
    before = events_of(Score).objects.count(), events_of(Mark).objects.count()
    assert rubrics.edit_item(item=sign, by=tom.user, text="Sign", points=D(2), group=None, version=1) == 0
    assert (events_of(Score).objects.count(), events_of(Mark).objects.count()) == before


def test_who_edits_second_is_told(make, tom):
    sign = make("Wrong sign", "2")
    rubrics.edit_item(item=sign, by=tom.user, text="Sign", points=D(3), group=None, version=1)
    with pytest.raises(ValidationError, match="changed this item meanwhile"):
        rubrics.edit_item(item=sign, by=tom.user, text="Sign!", points=D(4), group=None, version=1)
    assert RubricItem.objects.get().points == 3


def test_an_edit_is_undone_with_every_mark(work, make, tom, course, ada):
    sign = make("Wrong sign", "2")
    mark(work, tom, sign)
    rubrics.edit_item(item=sign, by=tom.user, text="Sign", points=D(9), group=None, version=1)
    assert rubrics.undo(item=sign, by=tom.user, version=2) == 1
    row = RubricItem.objects.get()
    assert (row.text, row.points, row.version) == ("Wrong sign", D(2), 3)
    assert Score.objects.get(enrollment=ada).points == 83
    agree(course)


def test_a_removed_item_opens_what_it_alone_graded_and_comes_back_with_it(work, make, tom, course, ada):
    sign, style = make("Wrong sign", "2"), make("Style", "1")
    mark(work, tom, sign)
    assert rubrics.remove_item(item=sign, by=tom.user) == 1
    assert Mark.objects.get(problem__number=1).points is None
    assert Score.objects.get(enrollment=ada).state == "ungraded"
    agree(course)
    assert rubrics.undo(item=sign, by=tom.user, version=2) == 1
    assert Mark.objects.get(problem__number=1).points == 23
    assert Score.objects.get(enrollment=ada).points == 83
    agree(course)
    assert mark(work, tom, sign, style, version=1).points == 22


def test_a_new_item_is_undone(make, tom):
    sign = make("Wrong sign", "2")
    rubrics.undo(item=sign, by=tom.user, version=1)
    assert list(RubricItem.objects.live()) == []


def test_scoring_floor_and_cap_are_the_instructors(work, make, tom, ines, problem, ada, course):
    sign = make("Wrong sign", "30")
    mark(work, tom, sign)
    rule = {"problem": problem, "scoring": Scoring.NEGATIVE, "floored": False, "capped": True}
    with pytest.raises(PermissionDenied):
        rubrics.set_rule(by=tom.user, **rule)
    assert rubrics.set_rule(by=ines.user, **rule) == 1
    assert Mark.objects.get(problem__number=1).points == -5
    assert Score.objects.get(enrollment=ada).points == 55
    rubrics.set_rule(by=ines.user, **rule | {"scoring": Scoring.POSITIVE, "capped": False})
    assert Mark.objects.get(problem__number=1).points == 30
    agree(course)


def test_g15_the_points_of_a_problem_edited_with_marks_by_rubric(work, make, tom, problem, ada, course):
    mark(work, tom, make("Wrong sign", "2"))
    problem.points = D(30)
    problem.save()
    assert Mark.objects.get(problem__number=1).points == 28
    assert Score.objects.get(enrollment=ada).points == 88
    agree(course)


def test_a_late_penalty_stays_taken_when_an_item_changes(homework, make, tom, ada, cast, course):
    from datetime import timedelta

    homework.late_days, homework.penalty_percent = 2, D(10)
    homework.save()
    at = homework.due_at + timedelta(hours=1)
    work, _ = homework_services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(at=at), acknowledged=NOBODY
    )
    sign = make("Wrong sign", "2")
    mark(work, tom, sign)
    rubrics.edit_item(item=sign, by=tom.user, text="Sign", points=D(5), group=None, version=1)
    score = Score.objects.get(enrollment=ada)
    assert (score.raw_points, score.points) == (D(80), D(70))
    agree(course)


def test_a_teams_members_follow_too(proposal, team, ada, alan, tom, cast, course):
    from coursesite.files.tests import samples
    from projects import services as projects

    work = projects.submit(milestone=proposal, enrollment=ada, delivery=cast.delivery(proposal=samples.pdf()))[0]
    first, *rest = proposal.problems.all()
    vague = rubrics.add_item(problem=first, by=tom.user, text="Vague", points=D(5))
    given = [Given(first.number, items=frozenset({vague.pk})), *(Given(p.number, p.points) for p in rest)]
    marking.mark(submission=work, grader=tom.user, given=given)
    rubrics.edit_item(item=vague, by=tom.user, text="Vague", points=D(9), group=None, version=1)
    assert {row.points for row in Score.objects.filter(enrollment__in=[ada, alan])} == {D(91)}
    agree(course)


def test_staff_elsewhere_write_no_item(problem, other):
    with pytest.raises(PermissionDenied):
        rubrics.add_item(problem=problem, by=other["ta"].user, text="x", points=D(1))


def test_items_stand_in_the_order_they_are_given(make, problem, tom):
    keys = [make(text, "1").pk for text in "abcd"]
    rubrics.arrange(problem=problem, by=tom.user, order=[keys[3], keys[0]])
    assert "".join(RubricItem.objects.live().values_list("text", flat=True)) == "dabc"


def test_g16_what_applied_to_whom_is_kept(work, make, tom):
    sign = make("Wrong sign", "2")
    mark(work, tom, sign)
    Applied.objects.all().delete()
    told = events_of(Applied).objects.order_by("pgh_id").values_list("item", "pgh_label")
    assert list(told) == [(sign.pk, "insert"), (sign.pk, "delete")]
