"""The words and the code of stored files; what reads them runs in a process of its own."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import services
from .models import StoredFile

Places = Sequence[tuple[str, str]]  # where (page, cell), and what is written there
AT_ONCE = 20


@dataclass(frozen=True)
class Content:
    code: Places = field(default_factory=tuple)
    text: Places = field(default_factory=tuple)


def contents(files: Sequence[StoredFile]) -> list[Content]:
    """For each file, in order. Several share one process, since its start costs more than most files; when it dies,
    its files are read one by one, so that only the one that killed it stays empty."""
    found = list[Content]()
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        found += read(some) or [one for file in some for one in read([file]) or [Content()]]
    return found


def read(files: Sequence[StoredFile]) -> list[Content] | None:
    wanted = [f"{file.format}:{file.path}" for file in files]
    try:
        done = services.run_child(*wanted, module="coursesite.files.texts")
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    return [Content(**json.loads(line)) for line in done.stdout.splitlines()]
