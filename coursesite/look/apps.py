from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "coursesite.look"
    verbose_name = "Look"
