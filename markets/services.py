"""Everything that changes a market. One function, one transaction, one announcement."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from kmarket.api_fields import epoch_ms
from markets import errors, history, lifecycle, selectors, signals
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_book, lock_market
from markets.models import Market, OddsUpdate
from markets.odds import Group, Prices, far_moves, overround

Source = OddsUpdate.Source

ANNOUNCED_AS = {
    # Nobody could see it before.
    Event.OPEN: "created",
    Event.SUSPEND: "updated",
    Event.RESUME: "updated",
    Event.CLOSE: "closed",
    Event.SETTLE: "resolved",
    Event.ROLLBACK: "updated",
    Event.VOID: "resolved",
}


@transaction.atomic
def create_market(
    *,
    league: str,
    home_team: str,
    away_team: str,
    start_time: datetime,
    actor: User | None,
    status: MarketStatus = MarketStatus.ACTIVE,
    prices: Prices = history.UNPRICED,
    source: Source = Source.ADMIN,
    reason: str = "",
    category: str = "sports",
    description: str = "",
    live: bool = False,
    external_ref: str | None = None,
    market_id: int | None = None,
) -> Market:
    """Make a market, open unless it is to be a draft. With prices, that is its seq 1.

    Raises:
        NegativeMargin: a price group has an overround below zero.
    """
    assert status in {MarketStatus.DRAFT, MarketStatus.ACTIVE}, status
    _refuse_negative_margins(prices.groups())
    numbered = {} if market_id is None else {"pk": market_id}
    market = Market.objects.create(
        **numbered,
        league=league,
        home_team=home_team,
        away_team=away_team,
        start_time=start_time,
        status=status,
        category=category,
        description=description,
        live=live,
        external_ref=external_ref,
    )
    if prices.groups():
        history.offer(market, prices)
        history.next_update(market, prices=prices, source=source, reason=reason, actor=actor)
    audit.record(
        actor=actor,
        action="market.create",
        target=market,
        reason=reason,
        after={"title": market.title, "league": league, "status": status},
    )
    _announce(market, "created")
    return market


@transaction.atomic
def set_odds(
    *,
    market_id: int,
    changes: Mapping[str, Group | None],
    actor: User | None,
    source: Source,
    reason: str = "",
    force: bool = False,
) -> OddsUpdate | None:
    """Give a market new prices and announce them once they are stored.

    `changes` maps moneyline, spread and total to their new prices; None takes a group off, and a
    group that is absent stays. A manual override pins the market against feeds. A feed or an
    import that repeats the present prices changes nothing and gets None.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        MarketNotOpen: the market is closed, settled or cancelled.
        MarketPinned: a feed or an import met a manual override.
        WaysAreFixed: the moneyline would gain or lose its draw.
        NegativeMargin: a changed group has an overround below zero.
        FarMove: a price moves by more than 25 % from where it was last, or a handicap flips,
            without force and a reason.
    """
    market = lock_book(market_id)
    by_hand = source == Source.ADMIN
    if market.status not in lifecycle.PRICEABLE:
        raise errors.MarketNotOpen(status=market.status)
    if market.pinned_at is not None and not by_hand:
        raise errors.MarketPinned(marketId=market_id)

    before = history.present_prices(market)
    prices = before.changed(changes)
    if prices == before and not by_hand:
        return None
    _refuse_negative_margins({name: group for name, group in changes.items() if group})
    known = history.last_prices(market, present=before, wanted=prices)
    if (moves := far_moves(known, prices)) and not (force and reason):
        raise errors.FarMove(moves=moves)
    history.offer(market, prices, before=before)
    if by_hand:
        _pin(market)
    if source != Source.FEED and market.feed_id is not None:
        # The price is no feed's any more: that one's silence says nothing about it.
        Market.objects.filter(pk=market_id).update(feed=None)
    update = history.next_update(market, prices=prices, source=source, reason=reason, actor=actor)
    if by_hand:
        audit.record(
            actor=actor,
            action="market.odds",
            target=market,
            reason=reason,
            before=history.readable(before),
            after={**history.readable(prices), "seq": update.seq},
        )
    return update


@transaction.atomic
def release_odds(*, market_id: int, actor: User, reason: str) -> Market:
    """Let feeds price a market again after a manual override. Nothing changes if they may.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
    """
    market = lock_book(market_id)
    if market.pinned_at is not None:
        audit.record(
            actor=actor,
            action="market.release",
            target=market,
            reason=reason,
            before={"pinned_at": market.pinned_at},
        )
        market.pinned_at = None
        market.save(update_fields=["pinned_at"])
    return market


@transaction.atomic
def change_status(*, market_id: int, event: Event, actor: User | None, reason: str) -> Market:
    """Open, suspend, resume or close a market. Results and voids are betting's, with the orders.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        IllegalTransition: the event may not happen in the present state.
        NotPriced: it would open with fewer than two prices.
        StartHasPassed: it would resume after its cut-off.
    """
    assert event in {Event.OPEN, Event.SUSPEND, Event.RESUME, Event.CLOSE}, event
    market = lock_book(market_id)
    if event == Event.OPEN and not history.present_prices(market).groups():
        raise errors.NotPriced(marketId=market_id)
    if event == Event.RESUME and Market.objects.due().filter(pk=market_id).exists():
        raise errors.StartHasPassed(marketId=market_id)
    move(market, event=event, actor=actor, reason=reason)
    return market


def move(market: Market, *, event: Event, actor: User | None, reason: str) -> None:
    """Take a locked market to its next state: checked, numbered, audited, announced.

    For this module and for betting's results; everybody else calls `change_status`.

    Raises:
        IllegalTransition: the event may not happen in the present state.
    """
    before, following = MarketStatus(market.status), selectors.following(market, event)
    market.status = following
    market.save(
        update_fields=["status", "home_score", "away_score", "winning_option"],
    )
    history.same_prices(market, reason=reason, actor=actor)
    audit.record(
        actor=actor,
        action=f"market.{event}",
        target=market,
        reason=reason,
        before={"status": before},
        after={
            "status": following,
            "winning_option": market.winning_option,
            "scores": [market.home_score, market.away_score],
        },
    )
    _announce(market, ANNOUNCED_AS[event])


def correct_result(market: Market, *, actor: User | None, reason: str) -> None:
    """Store another result of a locked, settled market: numbered, audited, announced.

    For betting's corrections; the result is on `market` already.
    """
    assert market.status == MarketStatus.SETTLED, market.status
    market.save(update_fields=["home_score", "away_score", "winning_option"])
    history.same_prices(market, reason=reason, actor=actor)
    audit.record(
        actor=actor,
        action="market.resettle",
        target=market,
        reason=reason,
        after={
            "winning_option": market.winning_option,
            "scores": [market.home_score, market.away_score],
        },
    )
    _announce(market, "resolved")


@transaction.atomic
def update_market(
    *,
    market_id: int,
    actor: User,
    reason: str,
    status: MarketStatus | None = None,
    description: str | None = None,
    start_time: datetime | None = None,
    events: Collection[Event] = frozenset(Event),
) -> Market:
    """Change description, start and state in one step. None, or the present value: leave it.

    `events` are those that the actor may bring about.

    Raises:
        PermissionDenied: it would take another event than these.
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        MarketNotOpen: a new start for a market that is closed, settled or cancelled.
        IllegalTransition: no operator's event leads from the present state to `status`.
        NotPriced: it would open with fewer than two prices.
        StartHasPassed: it would resume after its cut-off.
        StartIsPast: it takes bets, and would be closed for good by its new start.
    """
    market = edit_market(
        market_id=market_id,
        actor=actor,
        reason=reason,
        description=description,
        start_time=start_time,
    )
    if start_time is not None and Market.objects.due().filter(pk=market_id).exists():
        raise errors.StartIsPast(startTime=epoch_ms(start_time))
    present = MarketStatus(market.status)
    if status is None or status == present:
        return market
    event = lifecycle.event_to(present, status)
    if event is None:
        raise errors.IllegalTransition(
            status=present, wanted=status, possible=lifecycle.possible(present)
        )
    if event not in events:
        raise PermissionDenied
    return change_status(market_id=market_id, event=event, actor=actor, reason=reason)


@transaction.atomic
def edit_market(
    *,
    market_id: int,
    actor: User | None,
    reason: str,
    description: str | None = None,
    start_time: datetime | None = None,
) -> Market:
    """Change what an operator may change besides prices and state. None: leave it.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        MarketNotOpen: a new start for a market that is closed, settled or cancelled.
    """
    market = lock_book(market_id)
    before = {"description": market.description, "start_time": market.start_time}
    if description is not None:
        market.description = description
    moved = start_time is not None and start_time != market.start_time
    if start_time is not None and moved:
        if market.status not in lifecycle.PRICEABLE:
            raise errors.MarketNotOpen(status=market.status)
        market.start_time = start_time
    after = {"description": market.description, "start_time": market.start_time}
    if after == before:
        return market

    market.save(update_fields=["description", "start_time"])
    if moved:
        history.same_prices(market, reason=reason, actor=actor)
    audit.record(
        actor=actor,
        action="market.edit",
        target=market,
        reason=reason,
        before=before,
        after=after,
    )
    _announce(market, "updated")
    return market


def close_due() -> list[int]:
    """Close every market whose start has passed by the database's clock; return their ids.

    Each in a transaction of its own: one that fails must not keep the others open.
    """
    assert not connection.in_atomic_block, "each market is closed in a transaction of its own"
    closed = []
    for market_id in Market.objects.due().order_by("start_time", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            market = lock_market(market_id)
            # Somebody may have rescheduled or closed it while we waited for the lock.
            if Market.objects.due().filter(pk=market_id).exists():
                move(market, event=Event.CLOSE, actor=None, reason="start time")
                closed.append(market_id)
    return closed


def _refuse_negative_margins(groups: Mapping[str, Group]) -> None:
    for name, group in groups.items():
        if (margin := overround(group)) < 0:
            raise errors.NegativeMargin(group=name, overround=f"{float(margin):.4f}")


def _pin(market: Market) -> None:
    # Of a market under lock, so that this is still so.
    if market.pinned_at is None:
        Market.objects.filter(pk=market.pk).update(pinned_at=Now())


def _announce(market: Market, event: str) -> None:
    transaction.on_commit(
        partial(signals.market_changed.send_robust, sender=Market, market=market, event=event)
    )
