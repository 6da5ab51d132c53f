"""Turns what the domain announces into copies in Redis and messages to every hub.

With `chain_news` the only module that listens to domain signals. Redis away is nobody's error: the
hubs find what they missed in the database, and users are told that something may be missing.
"""

import logging
import time
import uuid
from collections.abc import Iterable
from typing import Any

from accounts.signals import session_ended
from betting.signals import balance_changed, market_settled
from kmarket import cache
from markets import caches, wire
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate
from markets.signals import market_changed, odds_changed
from oddsfeed import events, line, protocol, rooms

logger = logging.getLogger(__name__)

_outage = cache.Outage(logger, "Not published")


def connect() -> None:
    """Listen from now on. Called once, by AppConfig.ready."""
    odds_changed.connect(publish_odds, dispatch_uid="oddsfeed.publish_odds")
    market_changed.connect(tell_market, dispatch_uid="oddsfeed.tell_market")
    market_settled.connect(tell_bettors, dispatch_uid="oddsfeed.tell_bettors")
    balance_changed.connect(tell_balances, dispatch_uid="oddsfeed.tell_balances")
    session_ended.connect(tell_sessions, dispatch_uid="oddsfeed.tell_sessions")


def publish_odds(updates: tuple[OddsUpdate, ...], **_: Any) -> None:
    """Renew the copies, then tell the hubs: two round trips, however many updates."""
    public = [update for update in updates if update.status != MarketStatus.DRAFT]
    if not public:
        return
    # A market's later updates come later: of several, only the newest would remain.
    newest = {update.market_id: update for update in public}
    # Copies first: who hears of a price and asks for it gets that price.
    if caches.store(newest.values()):
        publish((update.market_id, _packed(update)) for update in public)


def tell_market(market: Market, event: str, **_: Any) -> None:
    """Forget all copies of markets/active: a market began or ceased to take bets, or was edited.

    And tell of it: everybody of a new one, of others those who follow them.
    """
    caches.drop_active()
    if market.status == MarketStatus.DRAFT:
        publish([(line.THE_LIST, b"")])
        return
    frame = events.market(market, event, ts=now_ms())
    if event == events.CREATED:
        publish([(line.THE_LIST, frame.encode())])
    else:
        publish([(line.THE_LIST, b""), (market.pk, line.packed(line.NO_SEQ, frame))])


def tell_bettors(market: Market, **_: Any) -> None:
    """Hint that what a market's bettors are owed may be another amount."""
    publish([(line.SETTLED, str(market.pk).encode())])


def tell_balances(user_ids: Iterable[int], **_: Any) -> None:
    """Hint that users' balances are other ones."""
    publish((line.of_user(user_id), rooms.BALANCE) for user_id in user_ids)


def tell_sessions(session_ids: list[uuid.UUID], **_: Any) -> None:
    """Tell the hubs whose sockets to close now; without it they find out within a second."""
    publish([(line.SESSIONS, " ".join(map(str, session_ids)).encode())])


def _packed(update: OddsUpdate) -> bytes:
    return line.packed(update.seq, protocol.update(wire.update_message(update)))


def publish(messages: Iterable[tuple[int | str, bytes]]) -> None:
    """Publish on these channels, in one round trip."""
    try:
        pipeline = cache.redis().pipeline(transaction=False)
        if _outage.is_on:
            # Of this process's own, which nobody else knows of.
            pipeline.publish(line.channel_of(line.MISSED), b"")
        for name, data in messages:
            pipeline.publish(line.channel_of(name), data)
        pipeline.execute()
    except cache.RedisAway as exc:
        _outage.lasts(exc)
    else:
        _outage.is_over()


def now_ms() -> int:
    """Return what `ts` says of what happens now."""
    return time.time_ns() // 1_000_000
