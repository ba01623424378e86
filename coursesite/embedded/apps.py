from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "coursesite.embedded"
    verbose_name = "Embedded services"
