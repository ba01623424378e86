"""The application's own settings, with one page more to compare with."""

from coursesite.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
