"""The Celery application; `coursesite` imports it so that tasks find their broker."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init

from .collector import calm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")


class Told(Task):  # type: ignore[type-arg]
    """What a task changes says in its history which task it was."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        import pghistory  # only once the settings are there

        with pghistory.context(task=self.name):
            return super().__call__(*args, **kwargs)


app = Celery("coursesite", task_cls=Told)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
worker_process_init.connect(calm)
