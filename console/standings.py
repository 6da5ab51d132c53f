"""How markets stand, for pages that ask every few seconds.

Summing up a market's bets takes as long as there are bets, and every operator's page asks. So what
took a while is kept for a multiple of that while, for all pages of all processes: however large the
book, the database works on this for a small share of its time, and a small book is always fresh.
"""

import json
import time
from collections.abc import Iterable

from betting import liability
from betting.liability import Standing
from kmarket import cache

# A million open bets take a second, and are then looked at every ten.
KEPT_TIMES = 10
# What would be kept for less is not worth keeping.
KEPT_MS_MIN = 500


def of(market_ids: Iterable[int]) -> dict[int, Standing]:
    """Return how each of these markets stands."""
    ids = list(market_ids)
    known = _kept(ids)
    missing = [pk for pk in ids if pk not in known]
    if not missing:
        return known
    began = time.perf_counter()
    summed = liability.standings(missing)
    took = time.perf_counter() - began
    found = {pk: summed.get(pk, Standing()) for pk in missing}
    _keep(found, ms=int(KEPT_TIMES * took * 1000))
    return known | found


def _key(market_id: int) -> str:
    return f"console:standing:{market_id}"


def _kept(ids: list[int]) -> dict[int, Standing]:
    try:
        found = cache.redis().mget([_key(pk) for pk in ids]) if ids else []
    except cache.RedisAway:
        return {}
    return {
        pk: Standing(*json.loads(text))
        for pk, text in zip(ids, found, strict=True)
        if text is not None
    }


def _keep(standings: dict[int, Standing], *, ms: int) -> None:
    if ms < KEPT_MS_MIN:
        return
    try:
        pipeline = cache.redis().pipeline(transaction=False)
        for pk, standing in standings.items():
            pipeline.set(_key(pk), json.dumps([standing.staked, standing.worst]), px=ms)
        pipeline.execute()
    except cache.RedisAway:
        return
