"""Django's PostgreSQL backend, which asks the server whether a kept connection still works only when there is a sign
that it doesn't."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Before the first query of a request. A server that ended the connection said so on it: something is there to
        be read that nobody asked for. So no round to the server is needed as long as nothing came, and none failed."""
        if self.connection is None or self.errors_occurred or self.has_news():
            return super().is_usable()
        return not self.connection.closed

    def has_news(self) -> bool:
        if self.connection.closed:
            return True
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return bool(waiting.poll(0))  # an end or an error of the line is told in any case
