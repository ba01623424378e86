"""Django's PostgreSQL backend, which asks the server whether a kept connection still works only when there is a sign
that it doesn't."""

import select
import time

from django.db.backends.postgresql import base

IDLE = 30.0  # seconds; a line that is cut without a word, as by a firewall that forgets it, is cut later than that


class DatabaseWrapper(base.DatabaseWrapper):
    looked_at = -IDLE  # when we last looked, by the monotonic clock

    def is_usable(self) -> bool:
        """Before the first query of a request. A server that ended the connection said so on it: something is there to
        be read that nobody asked for. So no round to the server is needed as long as the connection is in use, nothing
        came and none failed."""
        before, self.looked_at = self.looked_at, time.monotonic()
        was_idle = self.looked_at - before >= IDLE
        if self.connection is None or was_idle or self.errors_occurred or self.has_news():
            return super().is_usable()
        return not self.connection.closed

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.looked_at = time.monotonic()

    def has_news(self) -> bool:
        if self.connection.closed:
            return True
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return bool(waiting.poll(0))  # an end or an error of the line is told in any case
