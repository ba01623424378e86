"""What people are shown of files: made in child processes, and there whole or not at all."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from .children import run_child
from .models import Format, StoredFile

UNREADABLE = "It could not be opened for a preview. The file is kept as it is; check that it opens on your machine."


@dataclass(frozen=True)
class Finding:
    pages: int | None = None
    warning: str = ""


def make(files: Sequence[StoredFile]) -> list[Finding]:
    """For files of one format, in their order. When a process for several dies each is tried alone, so that one
    document can't take the preview from another."""
    with ExitStack() as stack:
        places = [(file, stack.enter_context(draft(file))) for file in files]
        found = asked(places)
        if len(found) == len(places):
            return found
        alone = len(places) == 1  # then it has had its time
        return [one for place in places for one in (not alone and asked([place])) or [Finding(warning=UNREADABLE)]]


@contextmanager
def draft(file: StoredFile) -> Iterator[Path]:
    folder = file.preview_path.with_name(f"{file.id.hex}.{uuid.uuid4().hex}")
    folder.mkdir(parents=True)
    yield folder
    if StoredFile.objects.filter(pk=file.pk, turned=file.turned).exists():
        shutil.rmtree(file.preview_path, ignore_errors=True)
        folder.rename(file.preview_path)
    else:  # turned meanwhile: whoever looks into it as it is now may be done already
        shutil.rmtree(folder)


def half_made() -> list[Path]:
    """Drafts of page images and of photos as one PDF: there while they are made, or for good when that was killed."""
    return [path for path in Path(settings.PREVIEWS_ROOT).glob("??/*.*") if path.suffix != ".pdf"]


def asked(places: Sequence[tuple[StoredFile, Path]]) -> list[Finding]:
    words = [word for file, folder in places for word in (file.path, folder)]
    turned = [str(file.turned) for file, _ in places if file.format == Format.IMAGE]
    return [Finding(int(line["pages"]) if line.get("pages") else None, str(line.get("warning", "")))
            for line in lines(places[0][0].format, *words, *turned)]  # fmt: skip


def lines(*words: str | Path) -> list[dict[str, Any]]:
    """What the child says, a line each; nothing when it died or took too long."""
    try:
        done = run_child(*words)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []
    except (subprocess.TimeoutExpired, ValueError):
        return []
