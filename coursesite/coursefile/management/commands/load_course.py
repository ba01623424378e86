"""`load_course FILE`: a course from its file; again: what has changed."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursesite.coursefile import layout, parse, schema, services


class Command(BaseCommand):
    help = "Load a course file; loading it again changes only what the file has changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--first-day", type=date.fromisoformat, help="Move the course in time, by whole weeks.")
        parser.add_argument("--slug", help="Another address for the course than the file says.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, and change nothing.")
        parser.add_argument(
            "--overwrite", action="store_true", help="Take the file's word over edits made on the site."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = parse.parse(options["file"].read_bytes(), name=str(options["file"]))
        except OSError as problem:
            raise CommandError(f"{options['file']} can't be read: {problem.strerror}.") from problem
        except parse.Mistaken as problem:
            raise CommandError(str(problem)) from problem
        if options["first_day"]:
            try:
                file = layout.shift(file, options["first_day"])
            except (ValueError, OverflowError) as problem:
                years = f"the years {schema.EARLIEST} to {schema.LATEST}"
                said = f"From {options['first_day']} on, the course would have dates outside {years}. Check the year."
                raise CommandError(said) from problem
        how = {name: options[name] for name in ("slug", "overwrite", "dry_run")}
        try:
            course, report = services.load(file, **how)
        except ValidationError as problem:
            raise CommandError("\n".join(problem.messages)) from problem
        for line in report.lines:
            self.stdout.write(line)
        done = f"{report.created} created, {report.changed} changed, {report.unchanged} unchanged"
        kept = f", {report.kept} kept as edited (--overwrite takes the file's)" if report.kept else ""
        self.stdout.write(f"{course.slug}: {done}{kept}.{' Nothing was written.' if options['dry_run'] else ''}")
