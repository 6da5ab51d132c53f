"""Copies of odds in Redis: what they hold, how long they live, and that a newer one always wins.

| key | holds | lives |
| --- | --- | --- |
| odds:{market_id} | the old shape: odds_a, odds_b, timestamp | 60 s |
| oddsq:{market_id} | the whole state: seq, ts, epoch, payload | 60 s |
| markets:active | what takes bets | 30 s |

The database is the truth. With Redis away reading finds nothing and writing does nothing.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from redis.exceptions import OutOfMemoryError

from kmarket import cache, epoch
from kmarket.api_fields import epoch_ms
from markets import selectors, wire
from markets.lifecycle import MarketStatus
from markets.models import OddsUpdate

logger = logging.getLogger(__name__)

_outage = cache.Outage(logger, "Odds not copied")

ODDS_SECONDS = 60
ACTIVE_SECONDS = 30
ACTIVE_KEY = "markets:active"
HEAL_LOOK_BACK = 500
# Counts the changes of the list, so that a slow reader cannot put an old list back.
ACTIVE_GENERATION_KEY = "markets:active:generation"

# What the next script answers where Redis is full.
REFUSED = -1
# A reader may put an older state back after a writer has put the newer one: compare, then set.
# What a full Redis doesn't take must not leave the older state there, either.
# KEYS: odds, oddsq. ARGV: seq, epoch, life in seconds, old shape, whole state.
_STORE_IF_NEWER = """
local present = redis.call('GET', KEYS[2])
if present then
    local held = cjson.decode(present)
    if held.epoch == ARGV[2] and held.seq > tonumber(ARGV[1]) then return 0 end
end
for number = 1, 2 do
    local answer = redis.pcall('SET', KEYS[number], ARGV[3 + number], 'EX', ARGV[3])
    if answer.err then
        redis.call('DEL', KEYS[1], KEYS[2])
        return -1
    end
end
return 1
"""
# KEYS: active, generation. ARGV: the generation that the list was read at, life, list.
_STORE_ACTIVE = """
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[2])
return 1
"""


def read(market_id: int) -> dict[str, Any] | None:
    """Return {"seq", "ts", "epoch", "payload"} of a market, None where there is no copy."""
    found: dict[str, Any] | None = _get(f"oddsq:{market_id}")
    return found


def store(updates: Iterable[OddsUpdate]) -> bool:
    """Copy these states, each unless a newer one is there. One round trip; False: Redis is away.

    A full Redis is there all the same: it holds no older state afterwards, and passes messages on.
    """
    try:
        pipeline = cache.redis().pipeline(transaction=False)
        name = recent_epoch(int(time.monotonic()))
        for update in updates:
            whole = {
                "seq": update.seq,
                "ts": epoch_ms(update.at),
                "epoch": name,
                "payload": wire.payload(update),
            }
            pipeline.eval(
                _STORE_IF_NEWER,
                2,
                f"odds:{update.market_id}",
                f"oddsq:{update.market_id}",
                *(update.seq, name, ODDS_SECONDS),
                orjson.dumps(_old_shape(whole)),
                orjson.dumps(whole),
            )
        answers = pipeline.execute()
    except cache.RedisAway as exc:
        _outage.lasts(exc)
        return False
    if REFUSED in answers:
        _outage.lasts(OutOfMemoryError("it is full"))
    else:
        _outage.is_over()
    return True


def read_active() -> list[dict[str, Any]] | None:
    """Return the copy of markets/active, None where there is none."""
    found: list[dict[str, Any]] | None = _get(ACTIVE_KEY)
    return found


def active_generation() -> str:
    """Return the number that `store_active` wants back. Ask before reading the database."""
    try:
        return (cache.redis().get(ACTIVE_GENERATION_KEY) or b"0").decode()
    except cache.RedisAway:
        return "away"


def store_active(rows: list[dict[str, Any]], *, generation: str) -> None:
    """Copy the list, unless a market changed since `generation` was asked for."""
    keys = (ACTIVE_KEY, ACTIVE_GENERATION_KEY)
    try:
        cache.redis().eval(_STORE_ACTIVE, 2, *keys, generation, ACTIVE_SECONDS, orjson.dumps(rows))
    except cache.RedisAway as exc:
        logger.warning("active markets not copied to Redis: %s", type(exc).__name__)


def drop_active() -> None:
    """Forget the list, because a market began or ceased to take bets."""
    try:
        # Not as one transaction: a full Redis takes no number, and can forget all the same.
        pipeline = cache.redis().pipeline(transaction=False)
        pipeline.incr(ACTIVE_GENERATION_KEY).delete(ACTIVE_KEY).execute()
    except cache.RedisAway as exc:
        logger.warning("active markets not dropped from Redis: %s", type(exc).__name__)


def heal() -> None:
    """Copy again what changed of late, in case its publisher died or Redis was away.

    Called every second. What a failed round should have copied, the next one copies; what is
    older than a copy's life is gone from Redis anyway.
    """
    newest = OddsUpdate.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None or newest == _healed.up_to:
        return
    # Numbers are given before the commit: a slow transaction's update may show up behind newer
    # ones, so each round looks back a little.
    since = max(0, (newest if _healed.up_to is None else _healed.up_to) - HEAL_LOOK_BACK)
    recent = OddsUpdate.objects.filter(id__gt=since).exclude(status=MarketStatus.DRAFT)
    latest = {update.market_id: update for update in recent.order_by("market_id", "seq")}
    selectors.load_pools(latest.values())
    if _is_outdated(read_active(), latest.values()):
        drop_active()
    if store(latest.values()):
        _healed.up_to = newest


def _is_outdated(rows: list[dict[str, Any]] | None, latest: Iterable[OddsUpdate]) -> bool:
    """Tell whether a list of active markets contradicts what is known of some markets."""
    if rows is None:
        return False
    listed = {row["market_id"] for row in rows}
    if len(rows) == selectors.ACTIVE_MAX:
        # What is not on a full list may be beyond its end.
        latest = [update for update in latest if update.market_id in listed]
    return any(
        (update.market_id in listed) != (update.status == MarketStatus.ACTIVE) for update in latest
    )


@dataclass
class _Healed:
    """How far `heal` has come in this process: the id of an odds update."""

    up_to: int | None = None


_healed = _Healed()


def _old_shape(whole: dict[str, Any]) -> dict[str, Any]:
    state = whole["payload"]
    return {"odds_a": state["odds_a"], "odds_b": state["odds_b"], "timestamp": whole["ts"]}


def _get(key: str) -> Any:
    try:
        # GETEX, because it counts as a write: a Redis whose disk is full refuses those, and what it
        # holds can be older than its life.
        found = cache.redis().getex(key)
    except cache.RedisAway:
        return None
    return None if found is None else orjson.loads(found)


@lru_cache(maxsize=1)
def recent_epoch(second: int) -> str:
    """Return the epoch as it was in this second: asked once for all updates of a second."""
    return epoch.current()
