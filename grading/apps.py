from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "grading"
    verbose_name = "Grading"

    def ready(self) -> None:
        from coursesite.handin import sight, standing

        from . import receivers  # noqa: F401
        from .models import closed, nameless
        from .services.scoring import SCORED

        sight.rules |= {"nameless": nameless, "closed": closed}
        standing.along["scored"] = SCORED
