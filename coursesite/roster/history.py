"""History by trigger: every insert, change and deletion of a row is kept, whoever makes it.

Pages, tasks and commands say who acts (pghistory's context). What is written without that comes from outside the
application; then the database role is all that is known.
"""

from collections.abc import Callable
from typing import Any

import pghistory
from django.db import models

EVENTS = (pghistory.InsertEvent, pghistory.UpdateEvent, pghistory.DeleteEvent)


class DatabaseRole(models.Func):
    template = "CURRENT_USER"
    output_field = models.TextField()


def remembered(**options: Any) -> Callable[[type[models.Model]], type[models.Model]]:
    """Decorates a model whose rows are kept in every state they ever had."""
    role = models.TextField(db_default=DatabaseRole())
    return pghistory.track(*(event() for event in EVENTS), attrs={"database_role": role}, **options)  # type: ignore[no-any-return]


def events_of(model: type[models.Model]) -> type[models.Model]:
    """The table of what such rows were."""
    return model._meta.get_field("events").related_model  # type: ignore[return-value]
