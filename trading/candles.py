"""Pure: what trades come to, minute by minute and in longer times.

A candle says the prices that trades left behind, of all outcomes at once; a trade moves all of
them. A trade that left no price is in none. Prices are in 10^18ths, times in seconds since 1970.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

MINUTE = 60
# Each is made of those before it.
INTERVALS = {"1m": MINUTE, "5m": 300, "1h": 3600, "1d": 86_400}
LENGTHS = tuple(INTERVALS.values())

# A pool, and when the candle begins.
Place = tuple[int, int]
Numbers = tuple[int, ...]


class Tick(NamedTuple):
    """A trade."""

    pool: int
    at: int
    block: int
    outcome: int
    # What the trader paid or got.
    collateral: int
    prices: Numbers


class Candle(NamedTuple):
    """First, highest, lowest and last prices, and volumes: of each outcome."""

    opens: Numbers
    highs: Numbers
    lows: Numbers
    closes: Numbers
    volumes: Numbers
    trade_counts: Numbers
    first_block: int
    last_block: int


def minutes(ticks: Iterable[Tick]) -> dict[Place, Candle]:
    """Return the candles of a minute that trades come to, oldest first."""
    within: dict[Place, list[Tick]] = defaultdict(list)
    for tick in ticks:
        within[tick.pool, begins(tick.at, MINUTE)].append(tick)
    return {place: _of(each) for place, each in within.items()}


def longer(candles: Mapping[Place, Candle], seconds: int) -> dict[Place, Candle]:
    """Return longer candles made of shorter ones, each pool's oldest first."""
    within: dict[Place, list[Candle]] = defaultdict(list)
    for (pool, begun), candle in candles.items():
        within[pool, begins(begun, seconds)].append(candle)
    return {place: joined(each) for place, each in within.items()}


def joined(candles: Sequence[Candle]) -> Candle:
    """Return candles that follow each other as one."""
    first, last = candles[0], candles[-1]
    if first is last:
        return first
    return Candle(
        first.opens,
        tuple(map(max, *[candle.highs for candle in candles])),
        tuple(map(min, *[candle.lows for candle in candles])),
        last.closes,
        tuple(map(sum, zip(*[candle.volumes for candle in candles], strict=True))),
        tuple(map(sum, zip(*[candle.trade_counts for candle in candles], strict=True))),
        first.first_block,
        last.last_block,
    )


def begins(at: int, seconds: int) -> int:
    """Return when the candle begins that this moment is in."""
    return at - at % seconds


def _of(ticks: Sequence[Tick]) -> Candle:
    prices = [tick.prices for tick in ticks]
    volumes = [0] * len(prices[0])
    counts = volumes.copy()
    for tick in ticks:
        volumes[tick.outcome] += tick.collateral
        counts[tick.outcome] += 1
    several = len(prices) > 1
    return Candle(
        prices[0],
        tuple(map(max, *prices)) if several else prices[0],
        tuple(map(min, *prices)) if several else prices[0],
        prices[-1],
        tuple(volumes),
        tuple(counts),
        ticks[0].block,
        ticks[-1].block,
    )
