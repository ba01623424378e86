from django.apps import AppConfig


class HandinConfig(AppConfig):
    name = "coursesite.handin"
    verbose_name = "Handing in"

    def ready(self) -> None:
        from . import receivers  # noqa: F401
