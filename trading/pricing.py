"""Pools as markets: what the chain made of their prices, states and results is recorded there.

A share costs what the reserves make of it; once a result is final, what it pays. Of what happened
within the last hour every price is recorded, each under the market's next seq. Of what is older
only what it came to, once for each portion: years of history are no news to whoever follows the
odds, and candles have all of it. A replay records what is otherwise than before, and nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from chain.events import (
    LiquidityAdded,
    LiquidityRemoved,
    MarketCreated,
    ResultFinalized,
    SharesBought,
    SharesSold,
)
from chain.logs import Placed
from markets import pools
from markets import selectors as market_selectors
from markets.lifecycle import MarketStatus
from markets.models import Market
from markets.outcomes import ONE
from markets.pools import Change
from trading import maker
from trading.book import Book
from trading.models import Pause, Pool, Resolution
from trading.tables import Known

POOLS_AT_ONCE = 1000

_STATUS = {
    Pool.Status.OPEN: MarketStatus.ACTIVE,
    # The contract takes proposals when trading is over.
    Pool.Status.PROPOSED: MarketStatus.CLOSED,
    Pool.Status.RESOLVED: MarketStatus.SETTLED,
    Pool.Status.VOIDED: MarketStatus.CANCELLED,
}


def applied(taken: Sequence[Placed], news: Sequence[Placed], book: Book, known: Known) -> None:
    """Record what events came to; of news, which are the last of them, each price on the way."""
    ids = {known.ids[placed.event.market_id] for placed in taken}
    older = taken[: len(taken) - len(news)]
    created = [placed for placed in older if isinstance(placed.event, MarketCreated)]
    steps = _steps([*created, *news], book, known)
    pools.record([*steps, *changes(Pool.objects.filter(pk__in=ids))])


def undone(left: Iterable[int], gone: Iterable[int]) -> None:
    """Record what a reorganisation left of pools; and that markets are off whose pools are gone."""
    off = [
        Change(market_id, status=MarketStatus.CANCELLED, reason=pools.REORG) for market_id in gone
    ]
    stand(Pool.objects.filter(pk__in=list(left)), reason=pools.REORG, more=off)


def stand(found: QuerySet[Pool], *, reason: str = "", more: Sequence[Change] = ()) -> None:
    """Record how pools stand now."""
    pools.record([*changes(found, reason=reason), *more])


def replayed(contract: str) -> None:
    """Record how the pools of a contract stand, where that is news, and which markets have none."""
    every = iter(Pool.objects.filter(contract=contract).order_by("pk").values_list("pk", flat=True))
    while ids := list(islice(every, POOLS_AT_ONCE)):
        pools.record(_differing(changes(Pool.objects.filter(pk__in=ids))))
    off = Market.objects.filter(
        external_ref__startswith=f"{contract}:", kind=Market.Kind.POOL, pool=None
    ).exclude(status=MarketStatus.CANCELLED)
    undone([], off.values_list("pk", flat=True))


def changes(found: QuerySet[Pool], *, reason: str = "") -> list[Change]:
    """Return how pools stand, as their markets are told."""
    resolutions = Resolution.objects.filter(pool=OuterRef("pk"))
    pauses = Pause.objects.filter(contract=OuterRef("contract"), number=OuterRef("number"))
    rows = found.annotate(
        winner=Subquery(resolutions.values("outcome")),
        payout=Subquery(resolutions.values("numerators")),
        is_paused=Exists(pauses),
    ).values_list("market_id", "reserves", "status", "winner", "payout", "is_paused")
    return [
        Change(
            market_id,
            prices=prices(reserves, payout),
            status=_status(status, is_paused=is_paused),
            winner=None if winner is None else winner + 1,
            reason=reason,
        )
        for market_id, reserves, status, winner, payout, is_paused in rows
    ]


def prices(reserves: Sequence[int], payout: Sequence[int] | None) -> tuple[int, ...]:
    """Return what a share of each outcome is worth, in 10^18ths; nothing where nobody can say."""
    if payout:
        whole = sum(payout)
        return tuple(numerator * ONE // whole for numerator in payout)
    return maker.prices(reserves) or ()


def _steps(told: Sequence[Placed], book: Book, known: Known) -> Iterator[Change]:
    finalized = {each.event.market_id for each in told if isinstance(each.event, ResultFinalized)}
    # Whose shares are worth what they pay, whatever is in the reserves.
    decided = {number for number, pool in book.pools.items() if pool.payout} - finalized
    for event, _ in told:
        number = event.market_id
        match event:
            case MarketCreated():
                # It may have been called off in a reorganisation.
                yield Change(known.markets[number], prices=(), status=MarketStatus.ACTIVE)
            case ResultFinalized():
                decided.add(number)
            case SharesBought() | SharesSold() | LiquidityAdded() | LiquidityRemoved():
                if number not in decided:
                    yield Change(known.markets[number], prices=prices(event.pools_after, None))
            case _:
                pass


def _status(status: str, *, is_paused: bool) -> MarketStatus:
    if is_paused and status == Pool.Status.OPEN:
        return MarketStatus.SUSPENDED
    return _STATUS[Pool.Status(status)]


def _differing(found: Sequence[Change]) -> list[Change]:
    """Keep what is otherwise than the markets have it, so that no others are locked."""
    markets = Market.objects.in_bulk([change.market_id for change in found])
    present = market_selectors.current_updates(markets.values())
    differing = []
    for change in found:
        market, update = markets[change.market_id], present.get(change.market_id)
        had = tuple(update.outcome_prices or ()) if update else ()
        was = (had, market.status, market.winning_option)
        if was != (change.prices, change.status, change.winner):
            differing.append(change)
    return differing
