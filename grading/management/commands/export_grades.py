"""`export_grades SLUG [--format canvas|complete|percent|anonymous] [--out FILE]`: the gradebook as CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from coursesite.roster.management.course_command import CourseCommand
from coursesite.roster.models import Course
from grading.services import export


class Command(CourseCommand):
    help = "Write the gradebook as CSV, to a file or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=export.FORMS, default="canvas")
        parser.add_argument(
            "--key", default="", help="For the anonymous format: the same key gives the same pseudonyms."
        )
        parser.add_argument("--out", type=Path)

    def run(self, course: Course, options: dict[str, Any]) -> None:
        lines = self.progress(export.export(course=course, form=options["format"], key=options["key"]), unit=" lines")
        if options["out"] is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        try:
            with options["out"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as problem:
            raise CommandError(f"{options['out']} can't be written: {problem.strerror}.") from problem
