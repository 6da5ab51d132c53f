"""News of the chain, for whoever listens: `trading.signals`, after the commit."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import connection, transaction
from django.dispatch import Signal

from chain.events import (
    Event,
    LiquidityAdded,
    LiquidityRemoved,
    MarketCreated,
    ResultFinalized,
    ResultProposed,
    SharesBought,
    SharesSold,
    WinningsClaimed,
)
from chain.logs import Placed
from trading import signals
from trading.book import effect_of
from trading.models import Happening, Liquidity, Pool, Proposal, Trade
from trading.signals import BalanceChange, PositionChange, TakenBack
from trading.tables import Known

# What happened longer ago than this, when it is read, is history.
NEWS = timedelta(hours=1)

_KINDS: dict[type[Event], str] = {
    MarketCreated: "created",
    SharesBought: "buy",
    SharesSold: "sell",
    LiquidityAdded: "add",
    LiquidityRemoved: "remove",
    ResultProposed: "proposed",
    ResultFinalized: "finalized",
    WinningsClaimed: "claim",
}
Row = TypeVar("Row", bound=Happening)


def news_of(events: Sequence[Placed]) -> list[Placed]:
    """Keep what happened within the last hour, by the database's clock: the last of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        since = cursor.fetchone()[0] - NEWS
    # No block is older than the one before it.
    first = bisect_right(events, since, key=_moment)
    return list(events[first:])


def _moment(placed: Placed) -> datetime:
    assert placed.log.block_time is not None, placed
    return placed.log.block_time


def applied(news: Sequence[Placed], known: Known) -> None:
    """Announce what happened."""
    if not news:
        return
    _announce(signals.traded, trades=_rows(Trade, news, SharesBought, SharesSold))
    liquidity = _rows(Liquidity, news, LiquidityAdded, LiquidityRemoved)
    _announce(signals.liquidity_changed, changes=liquidity)
    _announce(signals.result_proposed, proposals=_rows(Proposal, news, ResultProposed))
    _announce_people(news, known, is_undone=False)


def undone(events: Sequence[Placed], known: Known) -> None:
    """Announce what never happened."""
    taken_back = [
        TakenBack(
            kind=_KINDS[type(event)],
            log_id=log.id,
            market_id=known.markets[event.market_id],
            address=effect_of(event).owner or None,
            transaction_hash=log.transaction_hash,
            block_number=log.block_number,
            log_index=log.log_index,
        )
        for event, log in events
    ]
    _announce(signals.taken_back, undone=taken_back)
    _announce_people(events, known, is_undone=True)


def _announce_people(events: Sequence[Placed], known: Known, *, is_undone: bool) -> None:
    owners = (
        PositionChange(owner, known.markets[event.market_id])
        for event, _ in events
        if (owner := effect_of(event).owner)
    )
    _announce(signals.positions_changed, changes=list(dict.fromkeys(owners)))
    collaterals = dict(
        Pool.objects.filter(market__in=known.markets.values()).values_list(
            "market_id", "collateral"
        )
    )
    moves = [
        BalanceChange(
            address=address,
            market_id=known.markets[placed.event.market_id],
            collateral=collaterals[known.markets[placed.event.market_id]],
            amount=-amount if is_undone else amount,
            why=_KINDS[type(placed.event)],
            transaction_hash=placed.log.transaction_hash,
            block_number=placed.log.block_number,
            log_index=placed.log.log_index,
            is_undone=is_undone,
        )
        for placed in events
        for address, amount in _paid(placed.event)
    ]
    _announce(signals.balances_changed, changes=moves)


def _paid(event: Event) -> list[tuple[str, int]]:
    """Return whose collateral moved, and by how much."""
    match event:
        case SharesBought():
            moved = (event.trader, -event.collateral_in)
        case SharesSold():
            moved = (event.trader, event.collateral_out)
        case LiquidityAdded():
            moved = (event.provider, -event.collateral_in)
        case LiquidityRemoved():
            moved = (event.provider, event.fees_paid)
        case WinningsClaimed():
            moved = (event.recipient, event.payout)
        case _:
            return []
    return [moved] if moved[1] else []


def _rows(model: type[Row], news: Iterable[Placed], *kinds: type[Event]) -> list[Row]:
    """Return the rows of these events, with all that is told of them loaded."""
    ids = [log.id for event, log in news if isinstance(event, kinds)]
    if not ids:
        return []
    found = model._default_manager.filter(pk__in=ids).select_related("pool__market", "log")  # noqa: SLF001 (Django's word)
    return list(found.order_by("block_number", "log_index"))


def _announce(signal: Signal, **told: Sequence[object]) -> None:
    ((name, rows),) = told.items()
    if rows:
        values = {name: tuple(rows)}
        transaction.on_commit(partial(signal.send_robust, sender=Pool, **values))
