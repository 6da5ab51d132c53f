"""Which history an event belongs to, and the columns that it fills there."""

from collections.abc import Callable, Mapping
from typing import Any

from chain.events import (
    Event,
    LiquidityAdded,
    LiquidityRemoved,
    ResultFinalized,
    ResultProposed,
    SharesBought,
    SharesSold,
    WinningsClaimed,
)
from chain.logs import Log, Placed
from trading.models import Claim, Happening, Liquidity, Proposal, Resolution, Trade

Row = tuple[Any, ...]

# The columns of a model's own, in the order of its fields.
_OWN: dict[type[Event], tuple[type[Happening], Callable[[Any], Row]]] = {
    SharesBought: (
        Trade,
        lambda event: (
            *(event.trader, Trade.Side.BUY.value, event.outcome),
            *(event.collateral_in, event.fee, event.shares_out, list(event.pools_after)),
        ),
    ),
    SharesSold: (
        Trade,
        lambda event: (
            *(event.trader, Trade.Side.SELL.value, event.outcome),
            *(event.collateral_out, event.fee, event.shares_in, list(event.pools_after)),
        ),
    ),
    LiquidityAdded: (
        Liquidity,
        lambda event: (
            *(event.provider, Liquidity.Kind.ADD.value, event.collateral_in, 0, event.lp_minted),
            *(list(event.shares_returned), list(event.pools_after)),
        ),
    ),
    LiquidityRemoved: (
        Liquidity,
        lambda event: (
            *(event.provider, Liquidity.Kind.REMOVE.value, 0, event.fees_paid, event.lp_burned),
            *(list(event.shares_out), list(event.pools_after)),
        ),
    ),
    ResultProposed: (
        Proposal,
        lambda event: (
            *(event.proposer, event.outcome, event.round),
            *(event.disputable_until, event.evidence_hash),
        ),
    ),
    ResultFinalized: (
        Resolution,
        lambda event: (
            None if event.voided else event.outcome,
            *(list(event.payout_numerators), event.payout_denominator),
        ),
    ),
    WinningsClaimed: (
        Claim,
        lambda event: (
            *(event.claimant, event.recipient),
            *(list(event.shares_burned), event.payout),
        ),
    ),
}


def columns(model: type[Happening]) -> list[str]:
    """Return the names of a history's columns, in the order of `told`."""
    return [field.attname for field in model._meta.concrete_fields]


def told(placed: Placed, pools: Mapping[int, int]) -> tuple[type[Happening], Row]:
    """Return what an event leaves behind: its row, with its pool's id for the market's number."""
    event, log = placed
    model, own = _OWN[type(event)]
    return model, (*_place(log, pools[event.market_id], event.seq), *own(event))


def _place(log: Log, pool_id: int, seq: int) -> Row:
    """Return the columns that all histories begin with."""
    return (log.id, pool_id, seq, log.block_number, log.log_index, log.block_time)
