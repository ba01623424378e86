from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "coursesite.schedule"
    verbose_name = "Schedule"
