import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import migrations, models


def carry_over(apps, schema_editor):
    """Who is signed in stays so: an upgrade may come while somebody writes."""
    from coursesite.roster.asking import SessionStore

    before, now = apps.get_model("sessions", "Session"), apps.get_model("roster", "Session")
    store = SessionStore()
    now.objects.bulk_create(
        now(
            session_key=row.session_key,
            session_data=row.session_data,
            expire_date=row.expire_date,
            account_id=store.decode(row.session_data).get(SESSION_KEY),
        )
        for row in before.objects.iterator()
    )
    before.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("roster", "0011_plausible"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
