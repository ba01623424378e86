"""`check_grades SLUG`: the stored grades against a fresh computation; exits 1 on a difference."""

import sys
from typing import Any

from coursesite.roster.management.course_command import CourseCommand
from coursesite.roster.models import Course
from grading.services import computing


class Command(CourseCommand):
    help = "Compute all grades anew and list every difference to what is stored."

    def run(self, course: Course, options: dict[str, Any]) -> None:
        found = list(computing.differences(course, progress=self.progress))
        for line in found:
            self.stdout.write(line)
        self.stderr.write(f"{course.slug}: {len(found)} differences.")
        if found:
            sys.exit(1)
