"""The connection to Redis, and what it means that Redis is away."""

from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import RedisError

# Everything a call may raise when the server is gone, slow or full. Redis holds copies only:
# whoever catches this goes on without, or answers 503 where nothing else has the answer.
RedisAway = RedisError


def redis() -> Any:
    """Return this process's client (short time-outs, one retry). Blocking: threads only."""
    return get_redis_connection("default")
