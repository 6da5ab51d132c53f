"""Candles into their table and out of it: a constant number of statements for any number of trades.

Each function joins the caller's transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any

from django.db import connection

from trading import candles, history
from trading.arrays import array, arrays
from trading.candles import LENGTHS, MINUTE, Candle, Place, Tick
from trading.models import Trade
from trading.rows import Table

_COLUMNS = ", ".join(Candle._fields)
_TRADES = """
SELECT trade.pool_id, extract(epoch FROM trade.at)::bigint, trade.block_number, trade.outcome,
    trade.collateral, trade.prices_after
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (pool_id, block)
JOIN trading_trade trade
    ON trade.pool_id = wanted.pool_id AND trade.block_number >= wanted.block
WHERE trade.prices_after IS NOT NULL
ORDER BY trade.block_number, trade.log_index
"""
_SAME = f"""
SELECT seconds, pool_id, begins, {_COLUMNS}
FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS wanted (seconds, pool_id, begins)
JOIN trading_candle USING (seconds, pool_id, begins)
"""  # noqa: S608 (the pieces are this file's own)
# The shorter ones that longer ones are made of.
_WITHIN = f"""
SELECT candle.seconds, candle.pool_id, candle.begins, {_COLUMNS}
FROM unnest(%(pools)s::bigint[], %(begins)s::bigint[]) AS wanted (pool_id, begins)
JOIN trading_candle candle ON candle.pool_id = wanted.pool_id AND candle.seconds = %(shorter)s
    AND candle.begins >= wanted.begins AND candle.begins < wanted.begins + %(longer)s
ORDER BY candle.begins
"""  # noqa: S608 (the pieces are this file's own)
_TABLE = Table(
    "trading_candle",
    {"seconds": "int", "pool_id": "bigint", "begins": "bigint"},
    {
        **dict.fromkeys(("opens", "highs", "lows", "closes"), "bigint[]"),
        "volumes": "numeric[]",
        "trade_counts": "bigint[]",
        "first_block": "bigint",
        "last_block": "bigint",
    },
)

Key = tuple[int, int, int]  # seconds, pool, begins
_tick_columns = itemgetter(
    *map(
        history.columns(Trade).index,
        ("pool_id", "at", "block_number", "outcome", "collateral", "prices_after"),
    )
)


def ticks(rows: Iterable[history.Row]) -> Iterator[Tick]:
    """Yield the trades of these rows that left a price."""
    for pool, at, block, outcome, collateral, prices in map(_tick_columns, rows):
        if prices is not None:
            yield Tick(pool, second(at), block, outcome, collateral, tuple(prices))


def second(moment: datetime | None) -> int:
    """Return the time of a block, in seconds since 1970: blocks know no parts of them."""
    assert moment is not None, "an event that is applied has its block's time"
    return int(moment.timestamp())


def add(ticks: Iterable[Tick]) -> None:
    """Count trades in, which come after all that were counted before."""
    of_length = candles.minutes(ticks)
    fresh: dict[Key, Candle] = {}
    for seconds in LENGTHS:
        of_length = candles.longer(of_length, seconds)
        fresh |= {(seconds, *place): candle for place, candle in of_length.items()}
    if not fresh:
        return
    known = _read(_SAME, arrays(fresh))
    rows = {
        key: candles.joined([known[key], new]) if key in known else new
        for key, new in fresh.items()
    }
    _TABLE.write(rows, known=known)


def count_again(places: Collection[Place]) -> None:
    """Put right the candles of these moments of pools, whose newest trades are gone."""
    if not places:
        return
    touched = {(pool, candles.begins(at, MINUTE)) for pool, at in places}
    _replace(MINUTE, touched, candles.minutes(_ticks(touched)))
    for shorter, seconds in pairwise(LENGTHS):
        touched = {(pool, candles.begins(at, seconds)) for pool, at in touched}
        pools, begins = arrays(touched)
        values = {"pools": pools, "begins": begins, "shorter": shorter, "longer": seconds}
        parts = {(pool, at): candle for (_, pool, at), candle in _read(_WITHIN, values).items()}
        _replace(seconds, touched, candles.longer(parts, seconds))


def _ticks(minutes: Collection[Place]) -> list[Tick]:
    """Return the trades that are left in these minutes, oldest first, and perhaps others."""
    known = _read(_SAME, arrays([(MINUTE, *place) for place in minutes]))
    since: dict[int, int] = {}
    for (_, pool, _), candle in known.items():
        since[pool] = min(candle.first_block, since.get(pool, candle.first_block))
    with connection.cursor() as cursor:
        cursor.execute(_TRADES, [array(since), array(since.values())])
        return [
            Tick(pool, at, block, outcome, int(collateral), tuple(prices))
            for pool, at, block, outcome, collateral, prices in cursor
        ]


def _replace(seconds: int, touched: Collection[Place], by: Mapping[Place, Candle]) -> None:
    """Have these candles in the places that were touched, which had some, and none elsewhere."""
    rows = {(seconds, *place): by.get(place) for place in touched}
    _TABLE.write(rows, known=rows.keys())


def _read(query: str, values: Any) -> dict[Key, Candle]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {row[:3]: _candle(row[3:]) for row in cursor}


def _candle(row: Sequence[Any]) -> Candle:
    *prices, volumes, trade_counts, first_block, last_block = row
    opens, highs, lows, closes = map(tuple, prices)
    whole = tuple(map(int, volumes))
    return Candle(opens, highs, lows, closes, whole, tuple(trade_counts), first_block, last_block)
