"""How often Redis is asked again, and when it is left alone. For settings.py: no Django here."""

from typing import Any

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from kmarket.resting import Rest

# After a call without an answer, nobody in this process asks for so long.
REST_SECONDS = 1.0

# Of this process: each connection has a copy of its retry.
rest = Rest(REST_SECONDS)


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
