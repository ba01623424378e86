"""What scripts send besides files."""

from typing import Any

from rest_framework import exceptions, parsers


class Json(parsers.JSONParser):
    """Refuses brackets that are nested thousands deep: the reader gives up on them in its own way."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("This is nested too deeply.") from None
