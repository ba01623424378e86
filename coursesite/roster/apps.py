from django.apps import AppConfig
from pghistory import runtime

from coursesite.sql.prepared import ASKED, PLAIN


class RosterConfig(AppConfig):
    name = "coursesite.roster"
    verbose_name = "Roster"

    def ready(self) -> None:
        # No history comes of them, so none need be told on whose behalf they are.
        runtime.IGNORED_SQL_PREFIXES += (f"execute {ASKED}", f"execute {PLAIN}")
