"""Triggers that mark course grades stale in the transaction of the change, whoever makes it.

They stand on tables of lower storeys too: those know nothing of grades. One statement writes one row for each
enrolment it touches, however many rows it changes.
"""

from django.db import migrations

SOURCES = [
    # table, enrolments that its changed rows touch
    ("grading_score", "SELECT enrollment_id FROM changed"),
    ("roster_enrollment", "SELECT id FROM changed WHERE role = 'student'"),
    ("grading_category", "SELECT e.id FROM roster_enrollment e JOIN changed c ON c.course_id = e.course_id WHERE e.role = 'student'"),
    ("grading_cutoff", "SELECT e.id FROM roster_enrollment e JOIN changed c ON c.course_id = e.course_id WHERE e.role = 'student'"),
    ("grading_item", "SELECT e.id FROM roster_enrollment e JOIN grading_category g ON g.course_id = e.course_id JOIN changed c ON c.category_id = g.id WHERE e.role = 'student'"),
]
EVENTS = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}


def function(table: str, touched: str) -> str:
    return f"""
CREATE FUNCTION {table}_marks_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO grading_stale (enrollment_id, marked_at)
    SELECT DISTINCT touched.*, now() FROM ({touched}) AS touched;
    RETURN NULL;
END $$;"""


def trigger(table: str, event: str, row: str) -> str:
    name = f"stale_{event.lower()}_{row.lower()}"
    return f"""
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {row} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {table}_marks_stale();"""


def forward() -> str:
    parts = []
    for table, touched in SOURCES:
        parts.append(function(table, touched))
        parts += [trigger(table, event, row) for event, rows in EVENTS.items() for row in rows]
    return "".join(parts)


def backward() -> str:
    return "".join(f"DROP FUNCTION {table}_marks_stale() CASCADE;" for table, _ in SOURCES)


class Migration(migrations.Migration):
    dependencies = [("grading", "0002_initial"), ("roster", "0001_initial")]
    operations = [migrations.RunSQL(forward(), backward())]
