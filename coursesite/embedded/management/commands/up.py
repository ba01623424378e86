"""`manage.py up`: the whole application on this machine, until Ctrl-C."""

import contextlib
import fcntl
import os
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from coursesite.embedded import launcher, paths, running, sharing


class Command(BaseCommand):
    help = "Starts database, broker, web server, worker and beat, and loads the demo course into an empty database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--without-demo", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        try:
            self.run_until_interrupted(options)
        except launcher.CannotStart as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self.stdout.write("Coursesite has stopped; its data stays.")

    def run_until_interrupted(self, options: dict[str, Any]) -> None:
        running.check_port(options["port"])
        running.check_room()
        with contextlib.ExitStack() as stack:
            stack.enter_context(sharing.alone())
            if settings.EMBEDDED:
                self.stdout.write("Starting PostgreSQL and Valkey ...")
                # Waits until commands that started the database for themselves are done.
                with sharing.users(fcntl.LOCK_EX):
                    stack.enter_context(launcher.postgres())
                stack.enter_context(launcher.valkey())
            self.prepare(options)
            found = stack.enter_context(running.processes(options["port"]))
            self.tell(options["port"])
            while True:
                time.sleep(1)
                for name in found.revive():
                    self.stderr.write(f"{name} ended and is started again.")

    def prepare(self, options: dict[str, Any]) -> None:
        self.stdout.write("Preparing the database ...")
        sharing.migrated()
        if settings.EMBEDDED and not options["without_demo"]:
            call_command("load_demo", if_empty=True, stdout=self.stdout, stderr=self.stderr)
        connections.close_all()

    def tell(self, port: int) -> None:
        accounts = paths.data() / "demo-accounts.txt"
        if accounts.exists():
            self.stdout.write(accounts.read_text())
        self.stdout.write(f"Data: {paths.data()}" + (f", databases: {paths.services()}" if settings.EMBEDDED else ""))
        self.stdout.write(f"Coursesite is ready at http://127.0.0.1:{port}/")
        self.stdout.flush()


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
