"""Where the embedded mode keeps things, and how its services are reached."""

import hashlib
import os
import pwd
import secrets
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
    """Made on first use, readable by its owner alone."""
    place = data() / "secret_key"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return place.read_text()
