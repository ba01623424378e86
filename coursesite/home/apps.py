from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "coursesite.home"
    verbose_name = "Home"
