"""The connection to Redis, and what it means that Redis is away."""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

# Everything a call may raise when the server is gone, slow or full. Redis holds copies only:
# whoever catches this goes on without, or answers 503 where nothing else has the answer.
RedisAway = RedisError


def redis() -> Any:
    """Return this process's client (short time-outs, one retry). Blocking: threads only."""
    return _client(str(settings.CACHES["default"]["LOCATION"]))


@cache
def _client(location: str) -> Any:
    # Django keeps its caches by context, and each request has a context of its own: it would make
    # a client anew. One serves all threads.
    return get_redis_connection("default")


class Outage:
    """Logs that Redis is away once, and not again before it has been back."""

    def __init__(self, logger: logging.Logger, message: str) -> None:
        self._logger, self._message = logger, message
        # Redis was away at the last attempt.
        self.is_on = False

    def lasts(self, exc: Exception) -> None:
        """Note an attempt that failed."""
        if not self.is_on:
            self._logger.warning("%s, Redis is away: %s", self._message, exc)
        self.is_on = True

    def is_over(self) -> None:
        """Note one that succeeded."""
        self.is_on = False
