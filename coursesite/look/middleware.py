"""Headers of every answer, and a clean time zone for every request."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

Answer = Callable[[HttpRequest], HttpResponse]
OWN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# The page of the API brings a script and styles in its text; the admin theme builds functions from text as well.
INLINE = OWN.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
ADMIN = INLINE.replace("'unsafe-inline';", "'unsafe-inline' 'unsafe-eval';", 1)


def policy_of(path: str) -> str:
    if path.startswith("/admin/"):
        return ADMIN
    return INLINE if path == "/api/v1/" else OWN


def headers(get_response: Answer) -> Answer:
    def handle(request: HttpRequest) -> HttpResponse:
        timezone.deactivate()
        answer = get_response(request)
        answer.headers.setdefault("Content-Security-Policy", policy_of(request.path))
        answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.user.is_authenticated and "Cache-Control" not in answer.headers:
            # What one person saw must not come up for the next one at the same machine.
            answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return handle


# A character that PostgreSQL keeps nowhere, and numbers of more digits than Python reads: nobody types either.
UNWRITABLE = ("cannot contain NUL (0x00)", "for integer string conversion")


def unwritable(get_response: Answer) -> Answer:
    """Refuses such a request as one that can't be understood, wherever it was noticed: it is no mistake of ours."""

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    handle.process_exception = refuse  # type: ignore[attr-defined]
    return handle


def refuse(request: HttpRequest, problem: Exception) -> None:
    if isinstance(problem, ValueError) and any(words in str(problem) for words in UNWRITABLE):
        raise BadRequest("This holds a character or a number that nobody can type.") from problem
