"""What the hubs do, in numbers: each process tells Redis once a second, ws/health adds them up.

| key | holds | lives |
| --- | --- | --- |
| ws:stats:{hub} | the numbers of one process | 5 s |
| ws:hubs | the hubs and when they last told, so that nobody has to search for their keys | |
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields

import orjson

from kmarket import cache
from kmarket.distribution import Distribution

SHARE_SECONDS = 1.0
LIFE_SECONDS = 5
HUBS_KEY = "ws:hubs"


# Until an update has been handed to everybody, from when it was stored.
DELAY_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Dropped:
    """Updates that a client of this process did not get one by one, because a newer one of their
    market took their place: by why, as the frame says it."""

    slow: int = 0
    rate: int = 0


dropped = Dropped()


@dataclass(slots=True)
class Tally:
    """What a hub counts that isn't seen from what it holds."""

    healed: int = 0
    # Of updates that were heard in their turn; what was healed says nothing about the line.
    delays: Distribution = field(default_factory=lambda: Distribution(DELAY_SECONDS))
    # Of clients that have left.
    sent: int = 0
    slow_closes: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """One process's, or the sum of several."""

    connections: int = 0
    topics: int = 0
    # Messages handed to clients, gaps filled from the database, clients closed with 4408.
    sent: int = 0
    healed: int = 0
    slow_closes: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(
            *(getattr(self, field.name) + getattr(other, field.name) for field in fields(self))
        )


def share(hub_id: str, numbers: Numbers) -> None:
    """Tell Redis. Without it, nobody else is told. Blocking."""
    try:
        # By Redis' clock: a process whose own is fast would forget the others for everybody.
        now, _ = cache.redis().time()
        pipeline = cache.redis().pipeline(transaction=False)
        pipeline.set(f"ws:stats:{hub_id}", orjson.dumps(asdict(numbers)), ex=LIFE_SECONDS)
        pipeline.zadd(HUBS_KEY, {hub_id: now})
        pipeline.zremrangebyscore(HUBS_KEY, "-inf", now - LIFE_SECONDS)
        pipeline.execute()
    except cache.RedisAway:
        # ws/health says so when it is asked.
        return


def shared(*, but: Collection[str]) -> list[Numbers]:
    """Return what the other processes told in the last seconds. Blocking.

    Raises:
        RedisAway: nobody can be asked.
    """
    redis = cache.redis()
    ids = [member.decode() for member in redis.zrange(HUBS_KEY, 0, -1)]
    keys = [f"ws:stats:{hub_id}" for hub_id in ids if hub_id not in but]
    found = redis.mget(keys) if keys else []
    return [Numbers(**orjson.loads(value)) for value in found if value is not None]
