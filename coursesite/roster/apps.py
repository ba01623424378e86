from django.apps import AppConfig
from pghistory import runtime

from coursesite.sql.prepared import ASKED


class RosterConfig(AppConfig):
    name = "coursesite.roster"
    verbose_name = "Roster"

    def ready(self) -> None:
        # They only read, so the history need not be told on whose behalf.
        runtime.IGNORED_SQL_PREFIXES += (f"execute {ASKED}",)
