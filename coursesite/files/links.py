"""Links that students hand in: checked by their form alone. Nothing here opens one, so nothing can be made to."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

LONGEST = 200
PLEASE = "“{text}” is not a link that graders can open. Copy the whole address, like https://github.com/team/project."
well_formed = URLValidator(schemes=["https"])


def checked(text: str) -> str:
    """The link, or a ValidationError: https, a host with a dot, and no name or password in it."""
    text = text.strip()
    try:
        well_formed(text)
        parts = urlsplit(text)
        fine = len(text) <= LONGEST and "@" not in parts.netloc and "." in (parts.hostname or "").strip(".")
    except (ValidationError, ValueError):
        fine = False
    if not fine:
        raise ValidationError(PLEASE.format(text=text[:80]))
    return text


def read(content: bytes) -> str:
    """The same from the bytes that are kept: one line of text."""
    return checked(content.decode(errors="replace"))
