"""One act in a process of its own, which says how long it took and how much memory it held at its peak:
`python -m bench.child export|compute SLUG`."""

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursesite.roster.models import Course

HIGHEST = re.compile(r"VmHWM:\s+(\d+) kB")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
    import django

    django.setup()
    from coursesite.collector import calm
    from coursesite.roster.models import Course

    calm()
    act, slug = sys.argv[1:]
    course = Course.objects.get(slug=slug)
    start = time.perf_counter()
    first = exported(course) if act == "export" else computed(course)
    peak = int(HIGHEST.search(Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps({"first": first - start, "seconds": time.perf_counter() - start, "peak": peak}))


def exported(course: "Course") -> float:
    """The instant of the first line."""
    from grading.services import export

    lines = export.export(course=course, form="complete")
    next(lines)
    first = time.perf_counter()
    with open(os.devnull, "w") as file:
        file.writelines(lines)
    return first


def computed(course: "Course") -> float:
    from grading.services import computing

    computing.compute_course(course)
    return time.perf_counter()


if __name__ == "__main__":
    main()
