"""`import_roster SLUG FILE.csv`: people of a course from a CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from coursesite.roster import services
from coursesite.roster.management.course_command import CourseCommand
from coursesite.roster.models import Course


class Command(CourseCommand):
    help = "Enrol the people of a CSV with Student, ID, SIS User ID, SIS Login ID, Section and, if wanted, Role."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)

    def run(self, course: Course, options: dict[str, Any]) -> None:
        try:
            made, there = services.roster_import(course=course, file=options["file"], progress=self.progress)
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']} can't be read as UTF-8 text.") from problem
        self.stdout.write(f"{course.slug}: {made} enrolled, {there} were there already.")
