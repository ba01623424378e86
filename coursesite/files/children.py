"""Processes of their own for whatever opens what people upload."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

LIMIT = 120  # seconds


def run_child(*words: str | Path, module: str = "coursesite.files.inspecting") -> subprocess.CompletedProcess[str]:
    """Parsers of what people upload run in a process of their own, with limits on time and memory."""
    command = [sys.executable, "-m", module, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=quiet(), check=False)  # noqa: S603


def quiet() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(settings.BASE_DIR), "HOME": "/nonexistent",
            "JUPYTER_PLATFORM_DIRS": "1", "LC_ALL": "C.UTF-8"}  # fmt: skip
