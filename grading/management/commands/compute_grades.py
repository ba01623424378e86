"""`compute_grades SLUG`: everybody's course grade, now, in this process."""

from typing import Any

from coursesite.roster.management.course_command import CourseCommand
from coursesite.roster.models import Course
from grading.services import computing


class Command(CourseCommand):
    help = "Compute the course grades of all students now."

    def run(self, course: Course, options: dict[str, Any]) -> None:
        count = computing.compute_course(course, progress=self.progress)
        self.stdout.write(f"{course.slug}: {count} course grades computed.")
