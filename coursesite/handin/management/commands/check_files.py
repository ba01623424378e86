"""`check_files`: is everything there that was handed in, byte for byte?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coursesite.handin import checking


class Command(BaseCommand):
    help = "Reports each difference between rows, files and receipts; exits 1 when there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for told in checking.differences():
            self.stdout.write(told)
            found += 1
        if found:
            raise CommandError(f"{found} difference{'s' if found > 1 else ''}.")
        self.stderr.write("Every file is there as it was handed in.")
