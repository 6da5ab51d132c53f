"""Token buckets: one process's, and the ones in Redis that all processes share."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kmarket import cache

logger = logging.getLogger(__name__)

# Of one class in one process.
CLIENTS_MAX = 50_000
# With Redis away, one question in so long is put to it; meanwhile each process counts alone.
AWAY_SECONDS = 1.0
# In one call of the script, which nobody else's call interrupts.
SETTLED_AT_ONCE = 500
# Whoever waited as long as told has a token, whatever the rounding of a clock says.
WHOLE = 1 - 1e-6

# KEYS: buckets. ARGV, for each: rate, burst, and how many tokens were taken already; 0 takes one if
# it is there. Answers how full each was before. By the server's clock, which all processes share.
SCRIPT = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local levels = {}
for i, key in ipairs(KEYS) do
  local rate, burst, taken = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
  local level = burst
  local kept = redis.call('GET', key)
  if kept then
    local was, at = string.match(kept, '^(%S+) (%S+)$')
    level = math.min(burst, was + math.max(0, now - at) * rate)
  end
  levels[i] = string.format('%.6f', level)
  if taken > 0 or level >= 1 - 1e-6 then
    local left = level - math.max(1, taken)
    local full_in = math.ceil((burst - left) / rate * 1000)
    redis.call('SET', key, string.format('%.6f %.6f', left, now), 'PX', full_in)
  end
end
return levels
"""


# Compared by identity: it is looked up at each request.
@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """What a class of requests allows each client: `burst` at once, then `rate` a second."""

    name: str
    rate: float
    burst: float

    def wait(self, level: float) -> float:
        """Return the seconds until a bucket that is so full has a token: 0 where it has one."""
        return 0.0 if level >= WHOLE else (1 - level) / self.rate


@dataclass(slots=True)
class Buckets:
    """A token bucket per client: `burst` requests at once, refilled at `rate` per second."""

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, client: str) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        now = self.clock()
        level, since = self._levels.pop(client, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.rate)
        wait = 0.0 if level >= WHOLE else (1 - level) / self.rate
        # Put back last: the dictionary's order is the order of use, so the front is the idlest.
        self._levels[client] = (level if wait else max(0.0, level - 1), now)
        if len(self._levels) > CLIENTS_MAX:
            del self._levels[next(iter(self._levels))]
        return wait

    def lower(self, client: str, level: float) -> None:
        """Leave a client that is still known no more than so much. Below 0 it owes."""
        now = self.clock()
        if (known := self._levels.get(client)) is not None:
            self._levels[client] = (min(known[0] + (now - known[1]) * self.rate, level), now)


class Counted:
    """One class's buckets in this process, and what was taken since Redis was told."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._buckets = Buckets(rate=limit.rate, burst=limit.burst)
        self._taken: dict[str, int] = {}

    def wait(self, client: str, *, told: bool) -> float:
        """As `Buckets.wait`. `told`: Redis is asked about this very request, too."""
        wait = self._buckets.wait(client)
        if not wait and not told:
            self._taken[client] = self._taken.get(client, 0) + 1
        return wait

    def taken(self) -> dict[str, int]:
        """Return how many tokens each client took since the last call, and forget it."""
        taken, self._taken = self._taken, {}
        return taken

    def learn(self, levels: Mapping[str, float]) -> None:
        """Note what all processes together have left of each client's tokens."""
        for client, level in levels.items():
            self._buckets.lower(client, level - self._taken.get(client, 0))


class Ledger:
    """The buckets in Redis. Where it is away, nothing is refused on its account. For threads."""

    def __init__(self) -> None:
        self._script = cache.redis().register_script(SCRIPT)
        self._outage = cache.Outage(logger, "Limits count in each process alone")
        self._away_until = 0.0

    def take(self, limit: Limit, client: str) -> float:
        """Take a token and return 0, or the seconds until there is one. One round trip."""
        levels = self._levels(limit, {client: 0})
        return limit.wait(levels[client]) if levels else 0.0

    def settle(self, limit: Limit, taken: Mapping[str, int]) -> dict[str, float]:
        """Tell what was taken; return what is left of each client's tokens, {} if unknown."""
        levels: dict[str, float] = {}
        clients = list(taken)
        for start in range(0, len(clients), SETTLED_AT_ONCE):
            some = {client: taken[client] for client in clients[start : start + SETTLED_AT_ONCE]}
            levels |= self._levels(limit, some)
        return {client: level - taken[client] for client, level in levels.items()}

    def _levels(self, limit: Limit, taken: Mapping[str, int]) -> dict[str, float]:
        if time.monotonic() < self._away_until:
            return {}
        try:
            told: Iterable[bytes] = self._script(
                keys=[f"limits:{limit.name}:{client}" for client in taken],
                args=[
                    each for count in taken.values() for each in (limit.rate, limit.burst, count)
                ],
                client=cache.redis(),
            )
        except cache.RedisAway as exc:
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._outage.lasts(exc)
            return {}
        self._outage.is_over()
        return dict(zip(taken, map(float, told), strict=True))
