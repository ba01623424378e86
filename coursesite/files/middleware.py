"""When a request began, and the end of what it brought and nobody kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .uploads import opened

Answer = Callable[[HttpRequest], HttpResponse]
LONGEST = timedelta(hours=6)


def took_in(get_response: Answer) -> Answer:
    """Sets `request.began_at`; afterwards deletes the temporary files of a request that kept none."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.began_at = began(request)  # type: ignore[attr-defined]
        try:
            return get_response(request)
        finally:
            for incoming in opened(request):
                incoming.close()

    return handle


def began(request: HttpRequest) -> datetime:
    """Now, or what a trusted proxy that buffers uploads says (`X-Request-Start`, seconds since 1970)."""
    now = timezone.now()
    if not settings.BEHIND_PROXY:
        return now
    try:
        told = datetime.fromtimestamp(float(request.headers.get("X-Request-Start", "").removeprefix("t=")), UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return told if now - LONGEST < told <= now else now
