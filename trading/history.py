"""Which history an event belongs to, the columns that it fills there, and what they remember."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from trading import maker
from trading.accounts import Entry, Pairs
from trading.models import Claim, Happening, Liquidity, Proposal, Resolution, Trade

Row = tuple[Any, ...]

# What an event says by itself, in the order of its model's fields.
_OWN: dict[type[Event], tuple[type[Happening], Callable[[Any], Row]]] = {
    SharesBought: (
        Trade,
        lambda event: (
            *(event.trader, Trade.Side.BUY.value, event.outcome),
            *(event.collateral_in, event.fee, event.shares_out),
            *_pools(event.pools_after),
        ),
    ),
    SharesSold: (
        Trade,
        lambda event: (
            *(event.trader, Trade.Side.SELL.value, event.outcome),
            *(event.collateral_out, event.fee, event.shares_in),
            *_pools(event.pools_after),
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


# What an event comes to beside that: the last of the fields.
_KEPT: dict[type[Happening], list[str]] = {
    Trade: ["cost"],
    Liquidity: ["cost", "share_costs", "given", "fees_earned", "fee_per_lp_before"],
    Claim: ["share_costs"],
}


def columns(model: type[Happening]) -> list[str]:
    """Return the names of a history's columns: those of `told`, then those of `entered`."""
    return [field.attname for field in model._meta.concrete_fields]


def told(placed: Placed, pools: Mapping[int, int]) -> tuple[type[Happening], Row]:
    """Return what a log says: the first columns, with its pool's id for the market's number."""
    event, log = placed
    model, own = _OWN[type(event)]
    return model, (*_place(log, pools[event.market_id], event.seq), *own(event))


def entered(event: Event, entry: Entry) -> Row:
    """Return what an event came to: the other columns."""
    match event:
        case SharesBought() | SharesSold():
            return (entry.costs[0][1],)
        case LiquidityAdded() | LiquidityRemoved():
            costs = _listed(entry.costs, len(event.pools_after))
            return (entry.lp_cost, costs, list(entry.given), entry.earned, entry.since)
        case WinningsClaimed():
            return (_listed(entry.costs, len(event.shares_burned)),)
        case _:
            return ()


def entries(placed: Iterable[Placed]) -> dict[int, Entry]:
    """Return what was kept of these events, by their logs' ids. A query for each kind of them."""
    events: dict[type[Happening], dict[int, Event]] = defaultdict(dict)
    for event, log in placed:
        if type(event) in _OWN:
            events[_OWN[type(event)][0]][log.id] = event
    return {
        pk: _entry(of[pk], *row)
        for model, of in events.items()
        if (names := _KEPT.get(model))
        for pk, *row in model._default_manager.filter(pk__in=of).values_list("pk", *names)  # noqa: SLF001 (Django's word)
    }


def _entry(event: Event, *kept: Any) -> Entry:
    match event:
        case SharesBought() | SharesSold():
            return Entry(((event.outcome, *kept),))
        case LiquidityAdded(shares_returned=shares) | LiquidityRemoved(shares_out=shares):
            lp_cost, costs, given, earned, since = kept
            return Entry(_pairs(shares, costs), lp_cost, tuple(given), earned, since)
        case WinningsClaimed():
            return Entry(_pairs(event.shares_burned, *kept))
        case _:
            return Entry()


def _pools(reserves: Sequence[int]) -> Row:
    """Return the reserves after a trade, and the prices that they make."""
    prices = maker.prices(reserves)
    return (list(reserves), None if prices is None else list(prices))


def _listed(costs: Pairs, count: int) -> list[int]:
    by_outcome = dict(costs)
    return [by_outcome.get(outcome, 0) for outcome in range(count)]


def _pairs(shares: Sequence[int], costs: Sequence[int]) -> Pairs:
    """Return the costs of the outcomes of which there are shares."""
    return tuple((outcome, costs[outcome]) for outcome, amount in enumerate(shares) if amount)


def _place(log: Log, pool_id: int, seq: int) -> Row:
    """Return the columns that all histories begin with."""
    return (log.id, pool_id, seq, log.block_number, log.log_index, log.block_time)
