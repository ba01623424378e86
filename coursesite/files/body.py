"""A request's body arrives in full or not at all (battery U03).

Django's parser takes a body that ends early for a shorter one: a form whose second file got lost would pass. This
stands around the WSGI application, where the promised length and the bytes that came can be compared.
"""

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Broken(OSError):
    """The connection ended before the body did; Django answers with a 400."""


class WholeBody:
    """`wsgi.input`, raising Broken when it ends before `length` bytes."""

    def __init__(self, stream: Any, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        data: bytes = self.stream.read(wanted)
        return self._counted(data, wanted)

    def readline(self, size: int = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        data: bytes = self.stream.readline(wanted)
        return self._counted(data, wanted)

    def _counted(self, data: bytes, wanted: int) -> bytes:
        if wanted and not data:
            raise Broken("The connection ended before the request was complete.")
        self.left -= len(data)
        return data


def whole(application: Application) -> Application:
    def handle(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdigit():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return handle
