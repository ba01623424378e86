"""`import_roster SLUG FILE.csv`: people of a course from a CSV."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursesite.roster import services
from coursesite.roster.models import Course


class Command(BaseCommand):
    help = "Enrol the people of a CSV with Student, ID, SIS User ID, SIS Login ID, Section and, if wanted, Role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f"There is no course “{options['slug']}”.")
        try:
            made, there = services.roster_import(course=course, file=options["file"])
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']} can't be read as UTF-8 text.") from problem
        except ValidationError as problem:
            raise CommandError("\n".join(problem.messages)) from problem
        self.stdout.write(f"{course.slug}: {made} enrolled, {there} were there already.")
