from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "grading"
    verbose_name = "Grading"

    def ready(self) -> None:
        from coursesite.handin import sight

        from . import receivers  # noqa: F401
        from .models import closed, nameless

        sight.rules |= {"nameless": nameless, "closed": closed}
