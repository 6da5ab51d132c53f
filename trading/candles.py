"""Pure: what trades come to, minute by minute and in longer times.

A candle says the prices that trades left behind, of all outcomes at once; a trade moves all of
them. A trade that left no price is in none. Prices are in 10^18ths, times in seconds since 1970.
"""

from collections.abc import Iterable, Mapping
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

    def then(self, later: "Candle") -> "Candle":
        """Return both in one."""
        return Candle(
            self.opens,
            tuple(map(max, self.highs, later.highs)),
            tuple(map(min, self.lows, later.lows)),
            later.closes,
            tuple(map(int.__add__, self.volumes, later.volumes)),
            tuple(map(int.__add__, self.trade_counts, later.trade_counts)),
            self.first_block,
            later.last_block,
        )


def minutes(ticks: Iterable[Tick]) -> dict[Place, Candle]:
    """Return the candles of a minute that trades come to, oldest first."""
    found: dict[Place, Candle] = {}
    for tick in ticks:
        place = (tick.pool, begins(tick.at, MINUTE))
        candle = _of(tick)
        found[place] = found[place].then(candle) if place in found else candle
    return found


def longer(candles: Mapping[Place, Candle], seconds: int) -> dict[Place, Candle]:
    """Return longer candles made of shorter ones, each pool's oldest first."""
    found: dict[Place, Candle] = {}
    for (pool, begun), candle in candles.items():
        place = (pool, begins(begun, seconds))
        found[place] = found[place].then(candle) if place in found else candle
    return found


def begins(at: int, seconds: int) -> int:
    """Return when the candle begins that this moment is in."""
    return at - at % seconds


def _of(tick: Tick) -> Candle:
    prices, none = tick.prices, [0] * len(tick.prices)
    volumes, counts = none.copy(), none
    volumes[tick.outcome], counts[tick.outcome] = tick.collateral, 1
    return Candle(
        *(prices, prices, prices, prices),
        *(tuple(volumes), tuple(counts)),
        *(tick.block, tick.block),
    )
