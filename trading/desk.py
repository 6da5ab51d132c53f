"""Which pool somebody means, whether it may be entered, and what it would give them.

Asks the database only: what a wallet is to sign is worked out beside a node (trading.transactions).
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from chain import status
from markets.errors import NoSuchMarket
from markets.models import Market
from trading import errors, maker, quotes
from trading.maker import Revert
from trading.models import Pause, Pool
from trading.quotes import Quote, Side, Standing


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote, the bound that it comes to, and the newest block that it is of."""

    pool: Pool
    quote: Quote
    slippage_bps: int
    # Of shares: the least to take for a buy, the most to give for a sale.
    bound: int
    block_number: int | None


def pool_of(market_id: int) -> Pool:
    """Return a market's pool.

    Raises:
        NoSuchMarket: there is no such market.
        NotAPool: it is a book, or a pool that is not on the chain, or not in this contract.
    """
    pools = Pool.objects.select_related("market").filter(market_id=market_id)
    pool = pools.filter(contract=settings.CHAIN_CONTRACT).first()
    if pool is None:
        if Market.objects.visible_to(None).filter(pk=market_id).exists():
            raise errors.NotAPool(marketId=market_id)
        raise NoSuchMarket(marketId=market_id)
    return pool


def check_entry(pool: Pool) -> None:
    """Refuse entry where what we have of a market may be wrong.

    Raises:
        TradingPaused: it may be.
    """
    if Pause.objects.filter(contract=pool.contract, number=pool.number).exists():
        raise errors.TradingPaused(marketId=pool.market_id)


def outcome_of(pool: Pool, option: int) -> int:
    """Return what the contract calls an option: it counts from 0, and everybody else from 1.

    Raises:
        NoSuchOutcome: the pool has none of this number.
    """
    if not 1 <= option <= pool.outcome_count:
        raise errors.NoSuchOutcome(outcome=option, outcomes=pool.outcome_count)
    return option - 1


def quote(
    *,
    market_id: int,
    option: int,
    side: Side,
    amount: int | None,
    shares: int | None,
    slippage_bps: int,
    now: datetime,
) -> Offer:
    """Quote a trade: for so much collateral, or the sale of so many shares.

    Raises:
        NoSuchMarket, NotAPool, NoSuchOutcome: there is nothing to trade.
        TradingPaused: what we have of the market may be wrong.
        CallRefused: the contract would refuse it, as its subclasses say.
    """
    pool = pool_of(market_id)
    outcome = outcome_of(pool, option)
    # What may be wrong is no base for a quote, be it of a sale.
    check_entry(pool)
    if pool.status != Pool.Status.OPEN or pool.closes_at <= now.timestamp():
        raise errors.PoolClosed(status=pool.status, closesAt=pool.closes_at * 1000)
    standing = Standing(
        reserves=pool.reserves,
        lp_supply=pool.lp_supply,
        backing=pool.backing,
        fees=pool.fees,
        fee_wad=pool.fee_wad,
    )
    try:
        told = quoted(standing, side=side, outcome=outcome, amount=amount, shares=shares)
    except Revert as revert:
        raise errors.refused(revert.error, revert.values, function=side) from revert
    cursor = status.cursor_of(settings.CHAIN_ID, settings.CHAIN_CONTRACT)
    return Offer(
        pool=pool,
        quote=told,
        slippage_bps=slippage_bps,
        bound=bound_of(told, slippage_bps),
        block_number=None if cursor is None else cursor.last_block,
    )


def quoted(
    standing: Standing, *, side: Side, outcome: int, amount: int | None, shares: int | None
) -> Quote:
    """Quote a trade by its collateral, or a sale by its shares.

    Raises:
        Revert: the contract would refuse it.
    """
    if side == Side.BUY:
        assert amount is not None, "a buy is for so much collateral"
        return quotes.buy(standing, outcome, amount)
    if amount is not None:
        return quotes.sell(standing, outcome, amount)
    assert shares is not None, "a sale is for so much collateral, or of so many shares"
    return quotes.sell_shares(standing, outcome, shares)


def bound_of(told: Quote, slippage_bps: int) -> int:
    """Return the least shares to take for a buy, or the most to give for a sale."""
    if told.side == Side.BUY:
        return max(1, maker.at_least(told.deal.shares, slippage_bps))
    return maker.at_most(told.deal.shares, slippage_bps)
