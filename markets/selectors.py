"""Reads that deserve a name because more than one caller needs them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, QuerySet, prefetch_related_objects

from markets import lifecycle
from markets.errors import IllegalTransition
from markets.lifecycle import Event, MarketStatus
from markets.models import Market, OddsUpdate

ACTIVE_MAX = 2000


@dataclass(frozen=True, slots=True)
class ActiveMarket:
    """One line of markets/active."""

    market_id: int
    title: str
    category: str


def following(market: Market, event: Event) -> MarketStatus:
    """Return the state that an event takes a market to.

    Raises:
        IllegalTransition: the event may not happen in the present state.
    """
    present = MarketStatus(market.status)
    after = lifecycle.after(present, event)
    if after is None:
        possible = lifecycle.possible(present)
        raise IllegalTransition(event=event, status=present, possible=possible)
    return after


def current_update(market: Market) -> OddsUpdate | None:
    """Return the market's latest update, None before the first."""
    update = OddsUpdate.objects.filter(market_id=market.pk, seq=market.seq).first()
    if update is not None:
        update.market = market
    return update


def current_updates(markets: Iterable[Market]) -> dict[int, OddsUpdate]:
    """Return the latest update of each market that has one, by market id. One query."""
    priced = {market.pk: market for market in markets if market.seq}
    latest = OddsUpdate.objects.filter(market_id__in=priced, seq=F("market__seq"))
    found = {update.market_id: update for update in latest}
    for pk, update in found.items():
        update.market = priced[pk]
    return found


def updates_since(*, market_id: int, seq: int, limit: int) -> list[OddsUpdate]:
    """Return at most `limit` updates after `seq`, oldest first."""
    newer = OddsUpdate.objects.filter(market_id=market_id, seq__gt=seq)
    found = list(newer.order_by("seq")[:limit])
    load_pools(found)
    return found


def load_pools(updates: Iterable[OddsUpdate]) -> None:
    """Load the markets of pools' updates, which know what outcomes are called. One query, if any.

    To write an update of a book out takes no more than the update.
    """
    prefetch_related_objects([update for update in updates if update.is_pool], "market")


def oldest_seq(*, market_id: int) -> int:
    """Return the first seq that is still stored, 0 where there is none."""
    oldest = OddsUpdate.objects.filter(market_id=market_id).order_by("seq").values_list("seq")
    return next(iter(oldest[:1]), (0,))[0]


def heads(market_ids: Iterable[int]) -> dict[int, int]:
    """Return the present seq of each of these markets that exists and is no draft. One query."""
    found = Market.objects.visible_to(None).filter(pk__in=list(market_ids))
    return dict(found.values_list("pk", "seq"))


def active_markets() -> list[ActiveMarket]:
    """Return what takes bets now, soonest first, at most 2,000."""
    rows: QuerySet[Market] = Market.objects.filter(status=MarketStatus.ACTIVE)
    return [
        ActiveMarket(market.pk, market.title, market.category)
        for market in rows.order_by("start_time", "pk")[:ACTIVE_MAX]
    ]
