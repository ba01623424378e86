"""The WSGI application, for any server."""

import os

from django.core.wsgi import get_wsgi_application

from coursesite.collector import calm
from coursesite.files.body import whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
application = whole(get_wsgi_application())
calm()
