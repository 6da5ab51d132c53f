"""How often Redis is asked again, and when it is left alone. For settings.py: no Django here."""

import threading
import time
from collections.abc import Callable
from typing import Any

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

# After a call without an answer, nobody in this process asks for so long.
REST_SECONDS = 1.0


class Rest:
    """A rest after each call that Redis left unanswered. Then one call tries, and the others wait
    for how that ends. Without it each request of an outage would stand still for each of its calls.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # 0: the last call was answered.
        self._until = 0.0

    def refuses(self) -> bool:
        """Tell whether a call should not be made now."""
        if not self._until:
            return False
        with self._lock:
            now = self._clock()
            if now < self._until:
                return True
            # This one tries; the others rest on.
            self._until = now + REST_SECONDS
            return False

    def begin(self) -> None:
        """Note a call without an answer."""
        with self._lock:
            self._until = self._clock() + REST_SECONDS

    def end(self) -> None:
        """Note one that was answered."""
        if self._until:
            with self._lock:
                self._until = 0.0


# Of this process: each connection has a copy of its retry.
rest = Rest()


class OnceMore(Retry):
    """A connection that has broken is made anew, once; what takes too long is not asked again."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 1, supported_errors=(RedisConnectionError,))

    def __deepcopy__(self, memo: dict[int, Any]) -> "OnceMore":
        return self

    def call_with_retry(self, *args: Any, **kwargs: Any) -> Any:
        """Make a call.

        Raises:
            RedisError: Redis is away, or was a moment ago.
        """
        if rest.refuses():
            raise RedisConnectionError("it did not answer a moment ago")
        try:
            answer = super().call_with_retry(*args, **kwargs)
        except RedisTimeoutError:
            rest.begin()
            raise
        rest.end()
        return answer
