from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "coursesite.demo"
    verbose_name = "Demo"
