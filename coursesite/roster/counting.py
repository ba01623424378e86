"""What all web processes count together: who guesses at passwords. Kept beside the broker's queues."""

import json
import logging
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
PAUSE = 5.0
asked_again = 0.0


class Plain:
    """Text that runs nothing when it is read, whoever wrote it."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value)

    def loads(self, text: bytes) -> Any:
        return json.loads(text)


class Shared(BaseCache):
    """While the server is down each process counts alone: nobody is kept from signing in (battery F02). Only what the
    limits need is here; `clear` above all would take the broker's queues along."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        together = params | {"OPTIONS": {"serializer": Plain, **params.get("OPTIONS", {})}}
        self.together, self.alone = RedisCache(server, together), LocMemCache("counting", {})

    def ask(self, act: str, *arguments: Any) -> Any:
        """A server that has just failed is left alone for some seconds."""
        global asked_again
        if time.monotonic() >= asked_again:
            try:
                return getattr(self.together, act)(*arguments)
            except (RedisError, OSError) as problem:
                asked_again = time.monotonic() + PAUSE
                log.warning("The broker is down, each process counts sign-ins alone: %s", problem)
        return getattr(self.alone, act)(*arguments)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self.ask("add", key, value, timeout, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.ask("get", key, default, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.ask("set", key, value, timeout, version)

    def delete(self, key: str, version: int | None = None) -> Any:
        return self.ask("delete", key, version)
