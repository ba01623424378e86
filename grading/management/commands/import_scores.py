"""`import_scores SLUG FILE.csv`: scores from a CSV in Canvas's form."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from coursesite.roster.management.course_command import CourseCommand
from coursesite.roster.models import Course
from grading.services import importing


class Command(CourseCommand):
    help = "Import scores from a CSV in the form that export_grades writes; all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--conflicts", choices=["file", "here"], help="Which side counts where both have changed since the export."
        )

    def run(self, course: Course, options: dict[str, Any]) -> None:
        try:
            side = importing.Side(options["conflicts"]) if options["conflicts"] else None
            changes = importing.scores_import(course=course, file=options["file"], side=side, progress=self.progress)
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']} can't be read as UTF-8 text.") from problem
        self.stdout.write(f"{course.slug}: {len(changes)} scores changed.")
