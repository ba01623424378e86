from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "coursesite.roster"
    verbose_name = "Roster"
