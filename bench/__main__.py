"""`make bench`: each figure as a ratio to a limit that is measured in the same run; exits 1 when
one misses its budget."""

import os
import sys
from collections.abc import Iterator

from .rows import Row

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
SIZES = (1_000, 10_000, 100_000)


def main() -> int:
    from coursesite.embedded import testing

    testing.start(durable=True)
    try:
        return measured()
    finally:
        testing.services.close()


def measured() -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from coursesite.collector import calm

    from .rows import HEAD, write

    calm()  # as in the worker

    found: list[Row] = []
    print(HEAD)
    for row in rows(tuple(int(size) for size in sys.argv[1:]) or SIZES):
        print(row, flush=True)
        found.append(row)
    write(found)
    return 0 if all(row.ok for row in found) else 1


def rows(sizes: tuple[int, ...]) -> Iterator[Row]:
    from . import (
        accepting,
        desk,
        exports,
        gradebook,
        memory,
        one_score,
        preparing,
        recompute,
        served,
        teams,
        uploads,
    )
    from .course import made

    courses = [made(size) for size in sizes]
    for course, size in zip(courses, sizes, strict=True):
        yield recompute.row(course, size)
        yield one_score.row(course, size)
        if course == courses[0]:
            yield from served.rows(course)
            yield from accepting.rows(course)  # before what leaves gigabytes for the disk to write
            yield from uploads.rows(course)
            yield from preparing.rows()
    yield from teams.rows()
    yield from gradebook.rows(courses[0])
    yield from desk.rows()
    yield from exports.rows(courses[-1], sizes[-1])
    if len(courses) > 1:
        yield from memory.rows(courses[-2], courses[-1], sizes[-1])


if __name__ == "__main__":
    sys.exit(main())
