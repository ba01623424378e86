"""Headers of every answer, and a clean time zone for every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

Answer = Callable[[HttpRequest], HttpResponse]
OWN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# The admin theme and the API page bring scripts of their own that build functions and styles from text.
RELAXED = OWN.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
RELAXED_PATHS = ("/admin/", "/api/")


def headers(get_response: Answer) -> Answer:
    def handle(request: HttpRequest) -> HttpResponse:
        timezone.deactivate()
        answer = get_response(request)
        policy = RELAXED if request.path.startswith(RELAXED_PATHS) else OWN
        answer.headers.setdefault("Content-Security-Policy", policy)
        answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.user.is_authenticated and "Cache-Control" not in answer.headers:
            # What one person saw must not come up for the next one at the same machine.
            answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return handle
