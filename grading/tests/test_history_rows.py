"""G16: whatever changes a row that matters to grades, by whatever way, leaves a row of history."""

from decimal import Decimal

import pghistory
import pytest
from django.db import connection
from django.utils import timezone

from coursesite.handin.models import Submission
from coursesite.roster.history import events_of
from coursesite.roster.models import Enrollment, Status
from grading import tasks
from grading.models import Category, Cutoff, Item, Mark, Override, Regrade, Score
from homework import services
from homework.services import Credit

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(course, homework, ada, ines, cast):
    """One row of each table."""
    services.submit(
        homework=homework, enrollment=ada, delivery=cast.delivery(), acknowledged={n: Credit() for n in (1, 2, 3, 4)}
    )
    item = Item.objects.get(assignment=homework)
    work, problem = Submission.objects.get(), homework.problems.first()
    return {
        Score: Score.objects.get_or_create(item=item, enrollment=ada)[0],
        Mark: Mark.objects.create(submission=work, problem=problem, points=5, grader=ines.user),
        Override: Override.objects.create(enrollment=ada, letter="A", reason="Oral", set_by=ines.user),
        Category: item.category,
        Cutoff: Cutoff.objects.filter(course=course).first(),
        Item: item,
        Regrade: Regrade.objects.create(
            submission=work,
            problem=problem,
            enrollment=ada,
            first_grader=ines.user,
            old_points=5,
            asked_at=timezone.now(),
        ),
        Enrollment: ada,
    }


CHANGES = {
    Score: {"reason": "Changed"},
    Mark: {"comment": "Changed"},
    Override: {"letter": "I"},
    Category: {"weight": Decimal("7.00")},
    Cutoff: {"letter": "Z"},
    Item: {"title": "Changed"},
    Regrade: {"state": "withdrawn"},
    Enrollment: {"status": Status.DROPPED},
}


@pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
def test_g16_every_way_of_writing_leaves_history(rows, model):
    row, ((name, value),) = rows[model], CHANGES[model].items()
    events = events_of(model).objects.filter(pgh_obj=row.pk).order_by("pgh_id")
    before, old = events.count(), getattr(row, name)
    model.objects.filter(pk=row.pk).update(**{name: value})
    setattr(row, name, old)
    model.objects.bulk_update([row], [name])
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET {name} = %s WHERE id = %s', [str(value), row.pk])
    added = list(events)[before:]
    assert [str(getattr(event, name)) for event in added] == [str(value), str(old), str(value)]
    assert {event.pgh_label for event in added} == {"update"}
    assert {event.database_role for event in added} == {role()}


def test_g16_rows_made_in_bulk_and_rows_deleted_by_raw_sql(course, homework, ada, alan):
    item = Item.objects.get(assignment=homework)
    Score.objects.bulk_create([Score(item=item, enrollment=student) for student in (ada, alan)])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM grading_score WHERE enrollment_id = %s", [ada.pk])
        cursor.execute("DELETE FROM grading_cutoff WHERE course_id = %s", [course.pk])
    told = events_of(Score).objects.order_by("pgh_id").values_list("enrollment", "pgh_label")
    assert list(told) == [(ada.pk, "insert"), (alan.pk, "insert"), (ada.pk, "delete")]
    assert events_of(Cutoff).objects.filter(pgh_label="delete").count() > 1


def test_g16_the_task_that_wrote_is_known(homework, ada, cast):
    from datetime import timedelta

    cast.opened(homework, due=-timedelta(days=9))
    tasks.write_missing()
    event = events_of(Score).objects.get(enrollment=ada)
    assert event.pgh_context.metadata == {"task": "grading.tasks.write_missing"}


def test_g16_what_is_written_without_a_name_has_the_database_role_alone(homework, ada):
    Score.objects.create(item=Item.objects.get(assignment=homework), enrollment=ada)
    with pghistory.context(command="import_scores"):
        Score.objects.update(reason="From a file")
    first, second = events_of(Score).objects.order_by("pgh_id")
    assert (first.pgh_context, first.database_role) == (None, role())
    assert second.pgh_context.metadata == {"command": "import_scores"}


def role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]
