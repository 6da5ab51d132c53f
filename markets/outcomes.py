"""What an outcome of a pool costs, and the odds that this comes to. Pure.

A pool has 2 to 8 outcomes, its options 1, 2, 3 … One share of the outcome that comes true pays 1,
so that the prices of all of them add up to about 1. They are whole 10^18ths, as on the chain.
"""

from collections.abc import Sequence

from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN, Moneyline, Odds

ONE = 10**18
COUNT_MIN, COUNT_MAX = 2, 8


def odds_of(price: int) -> Odds:
    """Return what 1 pays that is spent at this price, rounded down, as near as odds come to it."""
    assert 0 <= price <= ONE, price
    hundredths = 100 * ONE // price if price else HUNDREDTHS_MAX
    return Odds(min(max(hundredths, HUNDREDTHS_MIN), HUNDREDTHS_MAX))


def moneyline(prices: Sequence[int]) -> Moneyline | None:
    """Return two outcomes as a 2-way moneyline, the first as its home side. None for more."""
    if len(prices) != COUNT_MIN:
        return None
    first, second = map(odds_of, prices)
    return Moneyline(first, second)
