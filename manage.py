#!/usr/bin/env python
"""Django's command line. In embedded mode a command that needs the database starts it for its own time."""

import contextlib
import os
import sys

WITHOUT_DATABASE = {"check", "collectstatic", "help", "makemigrations", "up", "version", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
    import pghistory
    from django.core.management import execute_from_command_line

    from coursesite.embedded import launcher, sharing

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    embedded = "DATABASE_URL" not in os.environ and command not in WITHOUT_DATABASE
    try:
        with sharing.database() if embedded else contextlib.nullcontext():
            if embedded and command != "migrate":
                sharing.migrated()
            # What a command changes says in its history which command it was.
            with pghistory.context(command=command):
                execute_from_command_line(sys.argv)
    except launcher.CannotStart as problem:
        sys.exit(str(problem))
    except BrokenPipeError:
        # Whoever read our output (`| head`) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
