"""The Celery application; `coursesite` imports it so that tasks find their broker."""

import os

from celery import Celery
from celery.signals import worker_process_init

from .collector import calm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
app = Celery("coursesite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
worker_process_init.connect(calm)
