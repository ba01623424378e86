"""Small pages of the site itself."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from . import accent

YEAR = 365 * 24 * 3600


def accent_css(request: HttpRequest, colour: str) -> HttpResponse:
    try:
        text = accent.stylesheet(colour)
    except ValueError:
        raise Http404 from None
    return HttpResponse(text, "text/css", headers={"Cache-Control": f"public, max-age={YEAR}, immutable"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return signed_out(request)


def signed_out(request: HttpRequest) -> HttpResponse:
    """Instead of a redirect that would look like success (battery U28)."""
    return render(request, "signed_out.html", status=403)
