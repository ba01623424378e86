"""`manage.py load_demo`: the demo course, for the embedded mode alone."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coursesite.demo import services
from coursesite.roster.models import Course


class Command(BaseCommand):
    help = "Loads the demo course with invented students into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there is a course already.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("The demo has known passwords, so it is loaded in the embedded mode only.")
        if Course.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("There is a course already; the demo is for an empty database.")
        self.stdout.write("Loading the demo course ...")
        course = services.load(today=timezone.localdate())
        place = settings.DATA_DIR / "demo-accounts.txt"
        place.write_text(services.accounts(course))
        place.chmod(0o600)
