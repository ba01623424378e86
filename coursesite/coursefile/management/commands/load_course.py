"""`load_course FILE`: a course from its file; again: what has changed."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursesite.coursefile import layout, parse, services


class Command(BaseCommand):
    help = "Load a course file; loading it again changes only what the file has changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--first-day", type=date.fromisoformat, help="Move the course in time, by whole weeks.")
        parser.add_argument("--slug", help="Another address for the course than the file says.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = parse.parse(options["file"].read_bytes(), name=str(options["file"]))
        except OSError as problem:
            raise CommandError(f"{options['file']} can't be read: {problem.strerror}.") from problem
        except parse.Mistaken as problem:
            raise CommandError(str(problem)) from problem
        if options["first_day"]:
            file = layout.shift(file, options["first_day"])
        course, report = services.load(file, slug=options["slug"])
        for line in report.lines:
            self.stdout.write(line)
        changed = len(report.lines)
        self.stdout.write(f"{course.slug}: {report.created} created, {changed} changed, {report.unchanged} unchanged.")
