"""Where the embedded mode keeps things, and how its services are reached."""

import contextlib
import hashlib
import os
import pwd
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SYSTEM = Path("/var/lib/coursesite")


class Urls(NamedTuple):
    database: str
    broker: str


def data() -> Path:
    """The data folder: COURSESITE_DATA, else `var/` beside manage.py."""
    return Path(os.environ.get("COURSESITE_DATA") or BASE_DIR / "var").resolve()


def private(place: Path) -> None:
    """The folder is there, and if it is new, nobody else on this machine reads what people hand in, or their mail."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)


def services() -> Path:
    """Folder of databases and sockets. As root it is a folder of the system, which the unprivileged
    user can reach however private the data folder's parents are."""
    if os.geteuid() != 0:
        return data()
    return SYSTEM / hashlib.sha256(str(data()).encode()).hexdigest()[:12]


def owner() -> pwd.struct_passwd | None:
    """The user that the services run as when we are root: PostgreSQL refuses root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def sockets() -> Path:
    """A socket's path may have about 107 bytes; a long data folder gets a short stand-in."""
    place = services() / "run"
    if len(str(place)) < 80:
        return place
    return Path(f"/tmp/coursesite-{os.geteuid()}-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}")  # noqa: S108


def urls() -> Urls:
    return Urls(
        database=f"postgresql://coursesite@/coursesite?host={sockets()}",
        broker=f"redis+socket://{sockets()}/valkey.sock",
    )


def secret_key() -> str:
    return kept("secret_key", lambda: secrets.token_urlsafe(50))


def kept(name: str, make: Callable[[], str]) -> str:
    """A secret of this installation: made on first use, readable by its owner alone, whole or not there."""
    place = data() / name
    if not place.exists():
        private(place.parent)
        handle, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{name}")
        with os.fdopen(handle, "w") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, place)
        Path(draft).unlink()
    return place.read_text()
