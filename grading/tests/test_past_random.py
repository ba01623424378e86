"""As of a moment: after any edits, by the application or by raw SQL, each moment gives the numbers that stood then."""

import random
from decimal import Decimal

import pytest
from django.db import connection

from coursesite.roster.history import events_of
from coursesite.roster.models import Enrollment
from grading import past, queries
from grading.models import Category, Cutoff, Item, Override, Score
from grading.policy import State
from grading.services import awarding, computing

pytestmark = pytest.mark.django_db(transaction=True)


def raw(statement, *given):
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def edits(course, students, items, ines, dice):
    """One edit each, of every kind that changes a grade."""
    student, item = dice.choice(students), dice.choice(items)
    homework = Category.objects.get(course=course, title="Homework")

    def award(state, points=None):
        awarding.award(item=item, enrollment=student, by=ines.user, state=state, points=points, reason="Oral")

    def letter():
        Override.objects.update_or_create(
            enrollment=student, defaults={"letter": dice.choice("IB"), "reason": "x", "set_by": ines.user}
        )

    return {
        "score": lambda: award(State.GRADED, Decimal(dice.randrange(0, 10_001)) / 100),
        "score again": lambda: award(State.GRADED, Decimal(dice.randrange(0, 101))),
        "excuse": lambda: award(State.EXCUSED),
        "missing": lambda: award(State.MISSING),
        "take back": lambda: awarding.take_back(item=item, enrollment=student, by=ines.user),
        "release": lambda: awarding.release(items=[item], by=ines.user),
        "unrelease": lambda: awarding.unrelease(items=[item], by=ines.user),
        "keep": lambda: Category.objects.filter(pk=homework.pk).update(keep_best=dice.randrange(1, 6)),
        "letters": lambda: Cutoff.objects.filter(course=course, letter="A").update(minimum=dice.randrange(91, 100)),
        "worth": lambda: Item.objects.filter(pk=item.pk).update(points_possible=dice.choice([50, 70, 100])),
        "drop": lambda: Enrollment.objects.filter(pk=student.pk).update(status="dropped"),
        "back": lambda: Enrollment.objects.filter(pk=student.pk).update(status="active"),
        "letter": letter,
        "no letter": lambda: Override.objects.filter(enrollment=student).delete(),
        "raw": lambda: raw("UPDATE grading_score SET points = 7 WHERE points > 50 AND item_id = %s", item.pk),
        "raw delete": lambda: raw("DELETE FROM grading_score WHERE enrollment_id = %s", student.pk),
    }


def stands(course, students):
    """Everything that the present tells of these students, from the tables of the present."""
    keys = [student.pk for student in students]
    names = ("enrollment_id", "final", "so_far", "reachable", "letter")
    figures = [{name: row[name] for name in names} for row in computing.computed(course, keys)]
    letters = dict(Override.objects.filter(enrollment__in=keys).values_list("enrollment", "letter"))
    active = set(Enrollment.objects.filter(pk__in=keys, status="active").values_list("pk", flat=True))
    return figures, queries.scheme(course), queries.cells(keys), letters, active


def stood(course, students, at):
    """The same of a moment, from history."""
    keys = [student.pk for student in students]
    figures = sorted(past.computed(course, at), key=lambda row: row["enrollment_id"])
    letters = {pk: found[0] for pk in keys if (found := past.letter_of(course, at, pk))}
    active = past.fetched(course, at, "SELECT id FROM roster_enrollment WHERE status = 'active' AND role = 'student'")
    return figures, past.scheme_of(course, at), past.cells_of(course, at), letters, {pk for (pk,) in active}


def clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_each_moment_gives_what_was_recorded_then(course, ada, alan, grace, ines, seed):
    dice, students = random.Random(seed), [ada, alan, grace]
    items = list(Item.objects.filter(category__course=course).order_by("position"))
    kinds = list(edits(course, students, items, ines, dice))
    recorded = [(clock(), stands(course, students))]
    for kind in [*dice.sample(kinds, len(kinds)), *dice.choices(kinds[:4], k=12), *dice.choices(kinds, k=22)]:
        edits(course, students, items, ines, dice)[kind]()
        recorded.append((clock(), stands(course, students)))
    assert len({repr(state) for _, state in recorded}) > 15
    for at, state in recorded:
        assert stood(course, students, at) == state


def test_g16_what_raw_sql_changed_is_shown_with_the_database_role(client, course, ada, ines):
    item = Item.objects.filter(category__course=course).order_by("position").first()
    awarding.award(item=item, enrollment=ada, by=ines.user, state=State.GRADED, points=Decimal(80), reason="Oral exam")
    before = clock()
    raw("UPDATE grading_score SET points = 12.5 WHERE enrollment_id = %s", ada.pk)
    client.force_login(ines.user)
    address = f"/c/deep-learning/gradebook/{ada.pk}/{item.pk}/"
    role = events_of(Score).objects.latest("pgh_id").database_role
    page = client.get(address).content.decode()
    assert f"outside the application</b> (database role {role})" in page
    assert "80 → <b>12.5, 80 before lateness</b>" in page
    then = client.get(f"/c/deep-learning/gradebook/students/{ada.pk}/?at={before.isoformat().replace('+', '%2B')}")
    assert [row.cell.points for row in then.context["report"].groups[0].rows][:1] == [Decimal(80)]
    now = client.get(f"/c/deep-learning/gradebook/students/{ada.pk}/")
    assert [row.cell.points for row in now.context["report"].groups[0].rows][:1] == [Decimal("12.5")]


def test_the_letter_that_was_set_by_hand_then_stands_on_the_report_of_then(client, course, ada, ines):
    row = Override.objects.create(enrollment=ada, letter="I", reason="Ill", set_by=ines.user)
    at = clock()
    row.delete()
    client.force_login(ines.user)
    address = f"/c/deep-learning/gradebook/students/{ada.pk}/"
    page = client.get(f"{address}?at={at.isoformat().replace('+', '%2B')}").content.decode()
    assert "incomplete (I), set by hand: Ill" in page
    assert "incomplete (I), set by hand" not in client.get(address).content.decode()
