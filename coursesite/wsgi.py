"""The WSGI application, for any server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from coursesite.files.body import whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
application = whole(get_wsgi_application())

# What was loaded stays: the collector need not look at it again. Django's short-lived objects die without it.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
