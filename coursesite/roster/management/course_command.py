"""What the commands about one course share: finding the course, and one sentence for bad input."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from coursesite.roster.models import Course


class CourseCommand(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f"There is no course “{options['slug']}”.")
        try:
            self.run(course, options)
        except ValidationError as problem:
            raise CommandError("\n".join(problem.messages)) from problem

    def run(self, course: Course, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def progress(self, rows: Iterable[Any], **options: Any) -> Iterable[Any]:
        """Passes rows on, and shows on stderr how many have passed when it takes longer than a second."""
        return tqdm(rows, delay=1, mininterval=0.5, leave=False, **options)
