"""What a trade or a provision would come to, for somebody who has to decide. Pure.

Prices are in 10^18ths of the collateral's unit, amounts in its smallest unit, outcomes count from
0. Who has to be convinced of a price reads it the worse way: what is paid is rounded up, what is
received down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from trading import maker
from trading.maker import ONE, Amounts, Deal, Provision, Revert


class Side(StrEnum):
    """Of the trader."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Standing:
    """A pool as the maker needs it."""

    reserves: Sequence[int]
    lp_supply: int
    backing: int
    fees: int
    fee_wad: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A trade that would be so at this moment."""

    side: Side
    outcome: int
    deal: Deal
    before: Amounts
    after: Amounts
    # What each share costs or brings, the fee included.
    average_price: int
    # How much worse than the price before the trade that is, the fee aside: 10^18 is all of it.
    price_impact: int


def buy(pool: Standing, outcome: int, collateral: int) -> Quote:
    """Quote what so much collateral buys.

    Raises:
        Revert: ZeroAmount, BeyondLimit; PoolTooShallow: the pool is empty; TooFewShares: it buys
            none.
    """
    maker.check_room(collateral, backing=pool.backing, fees=pool.fees)
    _check_stock(pool)
    deal = maker.buy(pool.reserves, outcome, collateral, pool.fee_wad)
    if not deal.shares:
        raise Revert("TooFewShares", outcome=outcome, shares=0, least=1)
    return _quoted(pool, Side.BUY, outcome, deal)


def sell(pool: Standing, outcome: int, collateral: int) -> Quote:
    """Quote how many shares bring exactly so much collateral.

    Raises:
        Revert: ZeroAmount, BeyondLimit, PoolTooShallow.
    """
    _check_stock(pool)
    deal = maker.sell(pool.reserves, outcome, collateral, pool.fee_wad)
    return _quoted(pool, Side.SELL, outcome, deal)


def sell_shares(pool: Standing, outcome: int, shares: int) -> Quote:
    """Quote the most collateral that so many shares bring.

    Raises:
        Revert: ZeroAmount: they bring none; BeyondLimit, PoolTooShallow.
    """
    _check_stock(pool)
    deal = maker.sell_shares(pool.reserves, outcome, shares, pool.fee_wad)
    return _quoted(pool, Side.SELL, outcome, deal)


def add(pool: Standing, collateral: int) -> Provision:
    """Quote what liquidity for so much collateral is.

    Raises:
        Revert: ZeroAmount, BeyondLimit; TooLittleLp: it is none.
    """
    maker.check_room(collateral, backing=pool.backing, fees=pool.fees)
    _check_stock(pool)
    return maker.add(pool.reserves, pool.lp_supply, collateral)


def remove(pool: Standing, lp: int) -> Provision:
    """Quote what so much LP gives back. With 0 it is the fees alone.

    Raises:
        Revert: InsufficientLp: nobody has so much.
    """
    if lp > pool.lp_supply:
        raise Revert("InsufficientLp", owned=pool.lp_supply, needed=lp)
    return maker.remove(pool.reserves, pool.lp_supply, lp)


def _check_stock(pool: Standing) -> None:
    """Refuse to price what nobody has put anything into. A pool is created before it is funded."""
    for outcome, reserve in enumerate(pool.reserves):
        if not reserve:
            raise Revert("PoolTooShallow", outcome=outcome, pool=0, leaving=0)


def _quoted(pool: Standing, side: Side, outcome: int, deal: Deal) -> Quote:
    before, after = maker.prices(pool.reserves), maker.prices(deal.reserves)
    assert before is not None, pool
    assert after is not None, deal
    # A share is the dearer the fewer of it are left: 1 / reserve, of the sum of all of these.
    inverse = [Fraction(1, reserve) for reserve in pool.reserves]
    price = inverse[outcome] / sum(inverse)
    if side == Side.BUY:
        average = -(-deal.collateral * ONE // deal.shares)
        worse = Fraction(deal.collateral - deal.fee, deal.shares) / price - 1
    else:
        average = deal.collateral * ONE // deal.shares
        worse = 1 - Fraction(deal.collateral + deal.fee, deal.shares) / price
    return Quote(
        side=side,
        outcome=outcome,
        deal=deal,
        before=before,
        after=after,
        average_price=average,
        price_impact=max(0, -int(-worse * ONE // 1)),
    )
