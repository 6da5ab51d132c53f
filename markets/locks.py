"""Locks, in the one order everybody takes them: market, order, balance, exposure.

Advisory, because they queue fairly. Row locks do not: bets holding the row FOR SHARE let newer bets
in ahead of a waiting price change (16 bettors held one up for 14 s), so that nobody could suspend.
"""

from collections.abc import Iterable

from django.db import connection

from kmarket.requests import current_market
from markets.errors import ChainDecides, NoSuchMarket
from markets.models import Market

# Ids stay below 2^53; what lies above tells markets from whatever else may come to be locked.
MARKET = 1 << 53


def lock_market(market_id: int) -> Market:
    """Take the market for a change of state or odds. Waits for the bets under way.

    Raises:
        NoSuchMarket: no market has this id.
    """
    _hold("pg_advisory_xact_lock", market_id)
    # A statement of its own, so that it sees what the lock waited for.
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NoSuchMarket(marketId=market_id)
    return market


def lock_book(market_id: int) -> Market:
    """Take the market for what somebody decides about it, or a feed.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
    """
    market = lock_market(market_id)
    if market.is_pool:
        raise ChainDecides(marketId=market_id)
    return market


def lock_markets(market_ids: Iterable[int]) -> None:
    """Take several markets, always in the order of their ids: so two never wait in a circle."""
    assert connection.in_atomic_block, "a lock without a transaction locks nothing"
    keys = [MARKET | market_id for market_id in sorted(set(market_ids))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key)"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY AS k (key, n) ORDER BY n",
            [keys],
        )


def lock_for_result(market_id: int) -> Market:
    """Take the market for a decision about its orders, however many there are.

    From here until the commit no statement is cut short for taking long: there are few of them,
    and each may touch millions of rows.

    Raises:
        NoSuchMarket, ChainDecides: as lock_book.
    """
    market = lock_book(market_id)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    return market


def share_market(market_id: int) -> None:
    """Hold the market as it is until we commit. Any number of bets may do so at once."""
    _hold("pg_advisory_xact_lock_shared", market_id)


def _hold(function: str, market_id: int) -> None:
    assert connection.in_atomic_block, "a lock without a transaction locks nothing"
    # Whatever changes a market comes by here, and log lines name what they are about.
    current_market.set(market_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [MARKET | market_id])
